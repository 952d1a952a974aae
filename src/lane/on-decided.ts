import { compareSeverity, type ReasonCode } from '../rules/reasons.ts';
import type { Verdict, VerdictKind } from '../rules/verdict.ts';
import type { LaneInput } from './lane-input.ts';
import { OVERDUE_MS, TRAY_MAX } from './lane-settings.ts';
import type { Parked, Passage, Stage } from './lane-state.ts';
import { endOnPaper, goneOnPaper } from './on-paper.ts';
import { endPassage, followGiven } from './passage-end.ts';
import type { Turn } from './turn.ts';

/** What the rules say about an open passage: the first time it becomes a record, later an amendment if it changed. */
export function onDecided(
  turn: Turn,
  { ordinal, round, verdict }: Extract<LaneInput, { kind: 'decided' }>,
): void {
  const passage = turn.passage(ordinal);
  if (passage === null || passage.round !== round || passage.askedMonoMs === null) return;
  const answered = { ...passage, askedMonoMs: null };
  if (answered.verdict === null) decideFirst(turn, answered, verdict);
  else amend(turn, answered, answered.verdict, verdict);
}

/** The record is on disk, or surely not; only now can a pass be given. */
export function onRecorded(
  turn: Turn,
  { ordinal, sequence }: Extract<LaneInput, { kind: 'recorded' }>,
): void {
  const passage = turn.passage(ordinal);
  if (passage === null || passage.record !== 'pending') return;
  const recorded = turn.put({
    ...passage,
    sequence,
    record: sequence === null ? 'failed' : 'written',
  });
  const { whyTyped, slip } = recorded;
  if (slip !== null) {
    endOnPaper(turn, recorded, slip);
    return;
  }
  if (whyTyped !== null) {
    const { officer } = turn.state;
    turn.record({ type: 'action', passage: sequence, action: 'typed', reason: whyTyped, officer });
  }
  if (recorded.stage.kind === 'given' && recorded.stage.by === 'release') {
    endPassage(turn, recorded, 'assumed');
  }
}

/** The change is on disk, or surely not; only now can a barrier open on it. */
export function onAmended(
  turn: Turn,
  { ordinal, round, isWritten }: Extract<LaneInput, { kind: 'amended' }>,
): void {
  const passage = turn.passage(ordinal);
  if (passage?.amendment?.round !== round) return;
  turn.put({ ...passage, amendment: { round, record: isWritten ? 'written' : 'failed' } });
}

export function parkedNow({ at }: Turn, byRelease = false): Parked {
  return {
    byRelease,
    sinceMs: at.wallMs,
    sinceMonoMs: at.monoMs,
    remindAtMonoMs: at.monoMs + OVERDUE_MS,
  };
}

export function trayIsFull({ state }: Turn): boolean {
  return state.passages.filter(({ parked }) => parked !== null).length >= TRAY_MAX;
}

function decideFirst(turn: Turn, passage: Passage, verdict: Verdict): void {
  const decided: Passage = {
    ...passage,
    verdict,
    decidedAtMs: turn.at.wallMs,
    tookMs: turn.at.monoMs - passage.startedAtMonoMs,
    stage: { kind: verdict.kind === 'pass' ? 'queued' : 'held' },
  };
  if (passage.slip !== null) turn.put({ ...decided, stage: goneOnPaper(turn) });
  else takePlace(turn, decided, verdict.kind);
  const { mode, officer } = turn.state;
  turn.record({ type: 'passage', passage: decided, mode, officer });
}

function takePlace(turn: Turn, decided: Passage, verdict: VerdictKind): void {
  followGiven(turn, decided, turn.state.front);
  turn.put(turn.state.mode === 'release' ? released(turn, decided) : decided);
  // A pass is told when it is given, which is after it was recorded.
  if (verdict !== 'pass') turn.announce = true;
}

/** While released nobody is stopped: everybody counts as gone, but a stop is put into the tray to be followed up. */
function released(turn: Turn, passage: Passage): Passage {
  const { monoMs } = turn.at;
  const gone: Stage = { kind: 'given', by: 'release', sinceMonoMs: monoMs, untilMonoMs: monoMs };
  if (passage.verdict?.kind !== 'stop') return { ...passage, stage: gone };
  const parked = !trayIsFull(turn);
  turn.tell({ event: 'held-in-release', ordinal: passage.ordinal, parked });
  return parked ? { ...passage, parked: parkedNow(turn, true) } : { ...passage, stage: gone };
}

function amend(turn: Turn, passage: Passage, before: Verdict, answer: Verdict): void {
  const verdict = passage.shed ? worse(before, answer) : answer;
  const stage = stageAfter(passage, before, verdict);
  const returned = stage.kind === 'queued' && passage.stage.kind === 'held';
  const amended = turn.put({
    ...passage,
    verdict,
    stage,
    parked: returned ? null : passage.parked,
  });
  if (isSameVerdict(before, verdict)) return;
  const { officer } = turn.state;
  turn.put({ ...amended, amendment: { round: passage.round, record: 'pending' } });
  turn.record({ type: 'amendment', passage: amended, officer });
  const brought = passage.stage.kind === 'given' && isWorse(before, verdict);
  if (brought) turn.announce = true;
  turn.tell({
    ...{ event: 'amended', ordinal: passage.ordinal, verdict: verdict.kind },
    reasons: verdict.reasons.map(({ code }) => code),
    opened: brought && passage.opened,
  });
}

/**
 * A passage follows its verdict until staff or lane have let it go; from then on only a worse one brings it back. A pass
 * that staff set aside stays with them.
 */
function stageAfter({ stage }: Passage, before: Verdict, verdict: Verdict): Stage {
  switch (stage.kind) {
    case 'held':
      return before.kind !== 'pass' && verdict.kind === 'pass' ? { kind: 'queued' } : stage;
    case 'queued':
      return verdict.kind === 'pass' ? stage : { kind: 'held' };
    case 'given':
      return isWorse(before, verdict) ? { kind: 'held' } : stage;
    case 'deciding':
    case 'settled':
      return stage;
    default:
      return stage satisfies never;
  }
}

/** What brings back who was let go: a worse verdict, or what staff could not have known when they let them. */
function isWorse(before: Verdict, after: Verdict): boolean {
  if (compareSeverity(after.kind, before.kind) > 0) return true;
  const known = new Set(before.reasons.map(({ code }) => code));
  return after.reasons.some(({ code }) => FOUND_OUT.has(code) && !known.has(code));
}

const FOUND_OUT: ReadonlySet<ReasonCode> = new Set<ReasonCode>([
  'chip.altered',
  'chip.cloned',
  'documents.differ-number',
]);

function worse(one: Verdict, other: Verdict): Verdict {
  return compareSeverity(other.kind, one.kind) >= 0 ? other : one;
}

function isSameVerdict(one: Verdict, other: Verdict): boolean {
  const told = ({ kind, proof, reasons }: Verdict): string =>
    [kind, proof, ...reasons.map(({ code }) => code)].join();
  return told(one) === told(other);
}
