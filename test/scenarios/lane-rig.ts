import { createHash } from 'node:crypto';
import type { ShiftOpenings } from '../../src/journal/openings.ts';
import type { JournalRecord } from '../../src/journal/record.ts';
import { DAY_MS, dayOf } from '../../src/kernel/calendar.ts';
import { DeviceFault, StorageFault, type StorageFaultKind } from '../../src/kernel/errors.ts';
import type { TimeInterval } from '../../src/kernel/time-interval.ts';
import type { LaneRunnerDeps } from '../../src/lane/lane-deps.ts';
import type { LaneEvent } from '../../src/lane/lane-news.ts';
import type { LaneSettings } from '../../src/lane/lane-settings.ts';
import type { Recent } from '../../src/lane/lane-state.ts';
import type { LaneAction, PassageAction, Refusal } from '../../src/lane/lane-words.ts';
import { LaneRunner } from '../../src/lane/run-lane.ts';
import type { LaneSnapshot } from '../../src/lane/snapshot.ts';
import type { OutwardSignal } from '../../src/ports/signal.ts';
import type { RegisterCondition, RegisterHit } from '../../src/registers/lookup.ts';
import { VirtualClock } from '../support/virtual-clock.ts';

export const OFFICER = 'mau';

export type RigOptions = Partial<LaneSettings> & {
  readonly clock?: VirtualClock;
  readonly registers?: readonly string[];
  readonly requireChip?: boolean;
  readonly cards?: LaneRunnerDeps['cards'];
  /** Besides the rig's own lamp. */
  readonly signals?: LaneRunnerDeps['signals'];
  /** Openings that the journal counted before this start. */
  readonly before?: readonly ShiftOpenings[] | null;
};

/** One lane with everything around it simulated: registers, journal, barrier, lamp, clock. */
export class LaneRig {
  readonly clock: VirtualClock;
  readonly records: JournalRecord[] = [];
  readonly outcomes: Recent[] = [];
  readonly told: LaneEvent[] = [];
  readonly outward: OutwardSignal[] = [];
  /** What the barrier had been told when, and how many records were on disk by then. */
  readonly openings: { readonly atMonoMs: number; readonly records: number }[] = [];
  readonly runner: LaneRunner;
  journalFault: StorageFaultKind | null = null;
  /** Passages without an end on disk. */
  readonly unfinished = new Set<number>();
  condition: RegisterCondition = { state: 'absent' };
  time: TimeInterval | null = null;
  confirms = true;
  failBarrier = false;
  breakRegisters = false;
  lampDelayMs = 0;
  onSignal: (state: OutwardSignal) => void = () => {};
  readonly #listed = new Map<string, RegisterHit[]>();
  readonly #stop = new AbortController();
  #track = 0;
  #sequence = 0;

  constructor({
    registers = ['f0'],
    requireChip = false,
    clock = new VirtualClock(),
    cards = null,
    signals = [],
    before = [],
    ...settings
  }: RigOptions = {}) {
    this.clock = clock;
    this.freshen();
    const limits = { ageingMs: DAY_MS, expiredMs: 7 * DAY_MS };
    this.runner = new LaneRunner({
      settings: { ...SETTINGS, ...settings },
      policy: { version: 1, registers, requireChip },
      limits: () => ({ f0: limits, f1: limits }),
      registers: {
        lookup: (register, _kind, value) => {
          if (this.breakRegisters) throw new Error('simulated: torn page');
          return this.#listed.get(`${register} ${value}`) ?? [];
        },
        notices: () => [],
        condition: () => this.condition,
      },
      journal: {
        append: (build) => this.#append(build),
        unfinished: () => (this.journalFault === null ? [...this.unfinished] : null),
        openings: () => before,
      },
      barrier: {
        open: async () => {
          if (this.failBarrier) throw new DeviceFault('simulated: no answer');
          const atMonoMs = this.clock.monoMs();
          this.openings.push({ atMonoMs, records: this.records.length });
        },
      },
      cards,
      signals: [
        ...signals,
        {
          deviceId: 'lamp-1',
          show: async (state, signal) => {
            this.outward.push(state);
            this.onSignal(state);
            await this.clock.sleep(this.lampDelayMs, signal);
          },
        },
      ],
      clock: this.clock,
      time: {
        interval: () => this.time ?? around(this.clock.wallMs()),
        nowMs: () => this.clock.wallMs(),
        confirm: () => this.confirms,
      },
      subjectKey: (kind, value) =>
        createHash('sha256').update(`${kind} ${value}`).digest('hex').slice(0, 16),
      software: '0.1.0',
    });
    this.runner.onOutcome((row) => this.outcomes.push(row));
    this.runner.onTold((event) => this.told.push(event));
  }

  /** Registers as old as they get between two updates: not at all. */
  freshen(): void {
    this.condition = { state: 'usable', asOfMs: this.clock.wallMs(), version: 1 };
  }

  age(ms: number): void {
    this.condition = { state: 'usable', asOfMs: this.clock.wallMs() - ms, version: 1 };
  }

  list(number: string, register = 'f0'): void {
    const today = dayOf(this.clock.wallMs());
    this.#listed.set(`${register} ${number}`, [
      { register, status: 'active', fromDay: today - 2, untilDay: today + 12, source: 'cdc' },
    ]);
  }

  unlist(number: string, register = 'f0'): void {
    this.#listed.delete(`${register} ${number}`);
  }

  /** Runs the lane's own loop until `stop`. */
  start(): Promise<void> {
    return this.runner.run(this.#stop.signal);
  }

  stop(): void {
    this.#stop.abort();
  }

  /** Time goes by, with the lane's ticks in it. */
  async pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= 250) {
      await this.clock.advance(Math.min(left, 250));
      this.runner.tick();
    }
  }

  /** Somebody goes over the loop under the arm, where the lane clears by it. */
  cross(): void {
    const felt = { kind: 'input', deviceId: 'barrier-1', input: 'closing' } as const;
    for (const on of [true, false]) {
      this.runner.barrier({ ...felt, on, atMs: this.clock.wallMs() });
    }
  }

  /** Held before a hand scanner. */
  scan(text: string): LaneSnapshot {
    this.runner.present(bytes(text), 'scanner', this.clock.monoMs());
    return this.view;
  }

  type(text: string): LaneSnapshot {
    this.runner.presentTyped(text, this.clock.monoMs());
    return this.view;
  }

  /** Comes into a camera's view; answers the track. */
  hold(text: string): number {
    this.#track += 1;
    const monoMs = this.clock.monoMs();
    this.runner.vision({
      kind: 'code-shown',
      deviceId: 'cam-1',
      track: this.#track,
      code: { bytes: bytes(text), text, corners: [ORIGIN, ORIGIN, ORIGIN, ORIGIN] },
      frameAtMonoMs: monoMs,
      decodedAtMonoMs: monoMs,
    });
    return this.#track;
  }

  withdraw(track: number): void {
    this.runner.vision({ kind: 'code-left', deviceId: 'cam-1', track });
  }

  /** An officer's tap; on whoever holds the screen unless `ordinal` says whom. */
  tap(
    action: PassageAction | LaneAction,
    ordinal: number | null = null,
    reason = 'seen',
  ): Refusal | null {
    return this.runner.staff({ action, ordinal, reason }, OFFICER);
  }

  get view(): LaneSnapshot {
    return this.runner.snapshot();
  }

  /** Word and reasons on the screen, or nothing. */
  get shown(): string {
    const { current } = this.view;
    return current === null
      ? ''
      : [current.verdict, ...current.reasons.map(({ code }) => code)].join(' ');
  }

  of<Type extends JournalRecord['type']>(type: Type): Extract<JournalRecord, { type: Type }>[] {
    return this.records.filter(
      (record): record is Extract<JournalRecord, { type: Type }> => record.type === type,
    );
  }

  #append(build: (sequence: number) => JournalRecord): number {
    if (this.journalFault !== null) throw new StorageFault(this.journalFault, 'simulated');
    this.#sequence += 1;
    const record = build(this.#sequence);
    this.records.push(record);
    if (record.type === 'passage') this.unfinished.add(this.#sequence);
    if (record.type === 'end') this.unfinished.delete(record.passage);
    return this.#sequence;
  }
}

const SETTINGS: LaneSettings = {
  lane: 'lane-1',
  direction: 'in',
  operation: 'assisted',
  hasBarrier: true,
  clear: 'next',
  openOnClaim: false,
  selfTested: true,
  officerRequired: true,
  joinMs: 15_000,
  repeatMs: 180_000,
};

const ORIGIN = [0, 0] as const;
const SYLLABLES = ['An', 'Bình', 'Chi', 'Dũng', 'Giang', 'Hòa', 'Khánh', 'Lan', 'Mẫu', 'Thử'];

export type Person = {
  readonly number: string;
  /** The code on the chip card. */
  readonly card: string;
  /** The unified personal code with a masked number: same name and birth date. */
  readonly personal: string;
};

/** Synthetic person number `index`, from 0 to 999,999. */
export function person(index: number): Person {
  const digits = String(index).padStart(6, '0');
  const number = `001200${digits}`;
  const name = [...digits].map((digit) => SYLLABLES[Number(digit)]).join(' ');
  const ascii = name.normalize('NFD').replace(/\p{M}/gu, '').toUpperCase();
  return {
    number,
    card: `${number}||Nguyễn ${name}|01022000|Nam|Hà Nội|03042021`,
    personal: `******${digits}|NGUYEN ${ascii}|2000-02-01|1|Q${digits}|`,
  };
}

function around(wallMs: number): TimeInterval {
  return { earliestMs: wallMs - 1_000, latestMs: wallMs + 1_000, trust: 'vouched' };
}

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
