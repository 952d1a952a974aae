import type { Journal } from '../journal/journal.ts';
import { journalRoom } from '../journal/reserve.ts';
import type { Registers } from '../registers/lookup.ts';
import type { StationPort } from './http/lane-port.ts';
import type { BoardView, SelfTestView } from './http/shapes.ts';
import type { LaneService } from './lane-service.ts';
import type { StationOfficers } from './officers.ts';

type Parts = Pick<StationPort, 'id' | 'software' | 'demo' | 'boot'> & {
  readonly lanes: readonly LaneService[];
  readonly officers: StationOfficers;
  readonly journal: Pick<Journal, 'state' | 'disk'>;
  readonly registers: Pick<Registers, 'condition'>;
  readonly policyRegisters: () => readonly string[];
  readonly selfTest: () => SelfTestView;
  readonly boards: () => readonly BoardView[];
  /** Codes from the dealings with the hub. */
  readonly hub: () => {
    readonly problems: readonly string[];
    readonly warnings: readonly string[];
  };
};

type ReadinessParts = Pick<
  Parts,
  'selfTest' | 'lanes' | 'journal' | 'registers' | 'policyRegisters' | 'hub'
>;

/** The station as HTTP sees it. */
export function stationPort(parts: Parts): StationPort {
  const { id, software, demo, boot, lanes, officers } = parts;
  return {
    id,
    software,
    demo,
    boot,
    lanes,
    officers: () => officers.current()?.list() ?? [],
    readiness: () => readinessOf(parts),
    selfTest: parts.selfTest,
    boards: parts.boards,
    onLane: (listener) => joined(lanes.map((lane) => lane.onView(listener))),
    onHistory: (listener) =>
      joined(lanes.map((lane) => lane.onOutcome((row) => listener(lane.id, row)))),
  };
}

/** What `/readyz` says, and the station's report to its hub. */
export function readinessOf(parts: ReadinessParts) {
  const { problems, warnings } = parts.hub();
  return {
    problems: [...problemsOf(parts), ...problems],
    warnings: [...warningsOf(parts), ...warnings],
  };
}

function problemsOf(parts: ReadinessParts): string[] {
  const { journal, registers, policyRegisters, lanes, selfTest } = parts;
  const problems: string[] = [];
  const { state: tested, code } = selfTest();
  if (tested === 'failed' && code !== null) problems.push(code);
  const { fault } = journal.disk();
  if (journal.state().kind !== 'writing') problems.push('journal.not-writing');
  if (fault !== null) problems.push(`journal.${fault}`);
  for (const register of policyRegisters()) {
    const { state } = registers.condition(register);
    if (state !== 'usable') problems.push(`register.${state}.${register}`);
  }
  for (const lane of lanes) {
    for (const device of lane.view().devices) {
      if (device.state !== 'online') problems.push(`device.${device.state}.${device.id}`);
    }
  }
  return problems;
}

/** Passages go on being recorded, but for less than the days without a hub that the disk is there for. */
function warningsOf({ journal, lanes }: ReadinessParts): string[] {
  const { isEnough } = journalRoom(lanes.length, journal.disk().freeBytes);
  return isEnough ? [] : ['journal.room-short'];
}

function joined(stops: readonly (() => void)[]): () => void {
  return () => {
    for (const stop of stops) stop();
  };
}
