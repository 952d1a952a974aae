import { createHmac } from 'node:crypto';
import { LaneRunner } from '../../src/lane/run-lane.ts';

/**
 * What rules and lane add between a payload in memory and the record handed to the journal, whose disk is not in these
 * figures. A busy lane: everybody a new synthetic person, 1.6 s apart, repeats remembered.
 */
const PEOPLE = 20_000;
const WARM_UP = 2_000;
const GAP_MS = 1_600;

let monoMs = 0;
const startMs = Date.UTC(2026, 0, 1);
const HOUR_MS = 3_600_000;
const nowMs = () => startMs + monoMs;

let records = 0;
const runner = new LaneRunner({
  settings: {
    lane: 'lane-1',
    direction: 'in',
    operation: 'assisted',
    hasBarrier: false,
    clear: 'next',
    openOnClaim: false,
    selfTested: true,
    officerRequired: false,
    joinMs: 15_000,
    repeatMs: 180_000,
  },
  policy: { version: 1, registers: ['f0', 'f1'], requireChip: false },
  limits: () => ({
    f0: { ageingMs: 24 * HOUR_MS, expiredMs: 168 * HOUR_MS },
    f1: { ageingMs: 24 * HOUR_MS, expiredMs: 168 * HOUR_MS },
  }),
  registers: {
    lookup: () => [],
    notices: () => [],
    condition: () => ({ state: 'usable', asOfMs: nowMs() - 60_000, version: 1 }),
  },
  journal: {
    append: (build) => {
      records += 1;
      build(records);
      return records;
    },
    unfinished: () => [],
    openings: () => [],
  },
  barrier: null,
  signals: [],
  cards: null,
  clock: { wallMs: nowMs, monoMs: () => monoMs, sleep: async () => {} },
  time: {
    interval: () => ({ earliestMs: nowMs(), latestMs: nowMs(), trust: 'vouched' }),
    nowMs,
    confirm: () => true,
  },
  subjectKey: (kind, value) =>
    createHmac('sha256', 'bench').update(`${kind} ${value}`).digest('hex').slice(0, 16),
  software: '0.0.0',
});

const payload = (index: number): Uint8Array =>
  new TextEncoder().encode(
    `001200${String(index).padStart(6, '0')}||Nguyễn Văn Mẫu|01022000|Nam|Số 1, Ngõ Thử, Hà Nội|03042021`,
  );

const presentUs: number[] = [];
const tickUs: number[] = [];
const snapshotUs: number[] = [];
for (let index = 0; index < PEOPLE + WARM_UP; index += 1) {
  monoMs += GAP_MS;
  const measured = index >= WARM_UP;
  const bytes = payload(index);
  time(measured ? presentUs : null, () => runner.present(bytes, 'scanner', monoMs));
  time(measured ? snapshotUs : null, () => runner.snapshot());
  time(measured ? tickUs : null, () => runner.tick());
}
if (records < PEOPLE) throw new Error(`expected a record a person, ${records} came`);

console.table([
  row('payload to record handed over, and the pass given', presentUs),
  row('snapshot for the screens', snapshotUs),
  row('tick', tickUs),
]);

function time(into: number[] | null, act: () => void): void {
  const from = performance.now();
  act();
  into?.push((performance.now() - from) * 1_000);
}

function row(what: string, us: number[]): Record<string, string> {
  us.sort((one, other) => one - other);
  const at = (share: number) => (us[Math.floor((us.length - 1) * share)] ?? 0).toFixed(1);
  return { what, 'median us': at(0.5), 'p99 us': at(0.99), 'max us': at(1) };
}
