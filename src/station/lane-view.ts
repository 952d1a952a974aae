import { dayToIso } from '../kernel/calendar.ts';
import type { CardSnapshot } from '../lane/card-snapshot.ts';
import type { LaneSnapshot, PassageSnapshot } from '../lane/snapshot.ts';
import type { Reason } from '../rules/verdict.ts';
import type { LaneConfig } from './config-schema.ts';
import type { CardView } from './http/card-shape.ts';
import type { LaneView } from './http/lane-shape.ts';
import type { PassageView } from './http/passage-shape.ts';
import type { TimeKeeper } from './time-keeper.ts';

export type DeviceView = LaneView['devices'][number];

export type LaneViewContext = {
  readonly lane: LaneConfig;
  readonly devices: readonly DeviceView[];
  readonly time: Pick<TimeKeeper, 'interval' | 'nowMs' | 'uncertaintyMs'>;
  readonly hub: LaneHub;
  readonly healthPhone: string | null;
  readonly demo: boolean;
};

/** What a lane's screen shows of the hub. */
export type LaneHub = {
  readonly line: () => LaneView['hub'];
  /** Short code of a stop's case; null while the hub has not said. */
  readonly caseCode: (passage: number) => string | null;
};

/** A lane's snapshot in the shape that pages rely on: days as ISO text, arrays of their own. */
export function laneView(snapshot: LaneSnapshot, context: LaneViewContext): LaneView {
  const { lane, devices, time, hub, healthPhone, demo } = context;
  const { counted, current, emergencyAtMs, ...same } = snapshot;
  const { trust } = time.interval();
  return {
    id: lane.id,
    name: lane.name,
    direction: lane.direction,
    mode: same.mode,
    modeSinceMs: same.modeSinceMs,
    released: counted,
    officer: same.officer,
    current: current === null ? null : passageView(current, hub),
    waiting: same.waiting,
    card: same.card === null ? null : cardView(same.card),
    notice: same.notice,
    parked: same.parked.map((parked) => ({ ...parked, reasons: [...parked.reasons] })),
    recent: same.recent.map((row) => ({ ...row, reasons: [...row.reasons] })),
    undo: same.undo,
    hint: same.hint,
    outward: same.outward,
    devices: [...devices],
    paperLines: same.paperLines.map((line) => ({ ...line })),
    foundOnPaper: same.foundOnPaper,
    registers: same.registers.map(({ register, state, asOfMs, ageMs, acknowledged }) => ({
      register,
      state,
      asOfMs,
      // While nobody answers for the date, nobody knows how old anything is.
      ageMs: trust === 'unset' ? null : ageMs,
      acknowledged,
    })),
    journal: same.journal,
    hub: hub.line(),
    time: {
      trust,
      nowMs: time.nowMs(),
      uncertaintyMs: time.uncertaintyMs(),
    },
    restart: same.restart,
    emergencyAtMs,
    openings: { ...same.openings },
    barrier: { ...same.barrier },
    healthPhone,
    luminance: same.luminance,
    demo,
  };
}

function passageView(passage: PassageSnapshot, { caseCode }: LaneHub): PassageView {
  return {
    ...passage,
    caseCode: passage.verdict === 'stop' ? caseCode(passage.passage) : null,
    reasons: passage.reasons.map(reasonView),
    checks: passage.checks.map((check) => ({ ...check })),
    registers: passage.registers.map(({ register, state, asOfMs }) => ({
      register,
      state,
      asOfMs,
    })),
    documents: [...passage.documents],
    comparison: passage.comparison.map((each) => ({ ...each })),
  };
}

function cardView(card: CardSnapshot): CardView {
  const { progress, proof, fields, ...same } = card;
  return {
    ...same,
    fields: fields === null ? null : { ...fields },
    phase: progress?.phase ?? null,
    group: progress?.group ?? null,
    bytes: progress?.bytes ?? 0,
    bytesTotal: progress?.bytesTotal ?? null,
    authenticity: proof,
  };
}

function reasonView({ code, hit, ...times }: Reason): PassageView['reasons'][number] {
  if (hit === null) return { code, hit: null, ...times };
  const { register, status, fromDay, untilDay, source } = hit;
  const days = { from: dayToIso(fromDay), until: dayToIso(untilDay) };
  return { code, hit: { register, status, ...days, source }, ...times };
}
