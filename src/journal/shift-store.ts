import type { Database } from '../kernel/encrypted-database.ts';
import {
  type OpeningRecord,
  type ShiftOpenings,
  type UntiedOpening,
  untiedOpening,
} from './openings.ts';
import type { JournalRecord } from './record.ts';

/** A passage without an end. */
export type UnfinishedPassage = {
  readonly sequence: number;
  readonly lane: string;
  readonly test: boolean;
};

/** What a lane did since its officer signed in; test codes are never counted. */
export type ShiftCounters = Readonly<Record<CounterName, number>> & {
  /** When the shift began, ms since 1970 UTC; null before anybody signed in. */
  readonly sinceMs: number | null;
};

const COUNTER_NAMES = [
  ...(['pass', 'check', 'stop'] as const),
  ...(['crossed', 'crossedAssumed', 'turnedBack', 'unknown'] as const),
];
type CounterName = (typeof COUNTER_NAMES)[number];

const OUTCOMES = {
  yes: 'crossed',
  assumed: 'crossedAssumed',
  no: 'turnedBack',
  unknown: 'unknown',
} as const satisfies Record<string, CounterName>;
const SINCE = 'sinceMs';
/** Openings are counted for this shift and so many before it: signing in anew must not hide them. */
const SHIFTS_BEFORE = 5;
const NOBODY_YET = 0;

/** The only things a station can still read of its journal: open passages and the shift's counters. */
export class ShiftStore {
  readonly #open;
  readonly #finish;
  readonly #unfinished;
  readonly #add;
  readonly #reset;
  readonly #counters;
  readonly #opened;
  readonly #forgetOpenings;
  readonly #openings;

  constructor(database: Database) {
    this.#open = database.prepare<{ sequence: number; lane: string; test: number }>(
      'INSERT INTO unfinished (sequence, lane, test) VALUES (:sequence, :lane, :test)',
    );
    this.#finish = database
      .prepare<{ sequence: number }, number>(
        'DELETE FROM unfinished WHERE sequence = :sequence RETURNING test',
      )
      .pluck();
    this.#unfinished = database.prepare<[], { sequence: number; lane: string; test: number }>(
      'SELECT sequence, lane, test FROM unfinished ORDER BY sequence',
    );
    this.#add = database.prepare<{ lane: string; name: string; value: number }>(
      `INSERT INTO counter (lane, name, value) VALUES (:lane, :name, :value)
       ON CONFLICT (lane, name) DO UPDATE SET value = value + :value`,
    );
    this.#reset = database.prepare<{ lane: string }>('DELETE FROM counter WHERE lane = :lane');
    this.#counters = database.prepare<{ lane: string }, { name: string; value: number }>(
      'SELECT name, value FROM counter WHERE lane = :lane',
    );
    this.#opened = database.prepare<{ lane: string; sinceMs: number; kind: string }>(
      `INSERT INTO opening (lane, since_ms, kind, count) VALUES (:lane, :sinceMs, :kind, 1)
       ON CONFLICT (lane, since_ms, kind) DO UPDATE SET count = count + 1`,
    );
    this.#forgetOpenings = database.prepare<{ lane: string; kept: number }>(
      `DELETE FROM opening WHERE lane = :lane AND since_ms NOT IN
         (SELECT DISTINCT since_ms FROM opening WHERE lane = :lane ORDER BY since_ms DESC LIMIT :kept)`,
    );
    this.#openings = database.prepare<
      { lane: string },
      { sinceMs: number; kind: UntiedOpening; count: number }
    >(
      `SELECT since_ms AS sinceMs, kind, count FROM opening WHERE lane = :lane
       ORDER BY since_ms, kind`,
    );
  }

  unfinished(): readonly UnfinishedPassage[] {
    return this.#unfinished.all().map((row) => ({ ...row, test: row.test === 1 }));
  }

  counters(lane: string): ShiftCounters {
    const values = new Map(this.#counters.all({ lane }).map(({ name, value }) => [name, value]));
    const counts = COUNTER_NAMES.map((name) => [name, values.get(name) ?? 0] as const);
    return {
      ...(Object.fromEntries(counts) as Record<CounterName, number>),
      sinceMs: values.get(SINCE) ?? null,
    };
  }

  /** Of the shifts in which anything opened without a passage, oldest first; the last is the one that runs. */
  openings(lane: string): readonly ShiftOpenings[] {
    const shifts = new Map<number, Partial<Record<UntiedOpening, number>>>();
    for (const { sinceMs, kind, count } of this.#openings.all({ lane })) {
      shifts.set(sinceMs, { ...shifts.get(sinceMs), [kind]: count });
    }
    const runningMs = this.counters(lane).sinceMs ?? NOBODY_YET;
    const running = shifts.get(runningMs) ?? {};
    shifts.delete(runningMs);
    shifts.set(runningMs, running);
    return [...shifts].map(([sinceMs, counts]) => ({
      sinceMs: sinceMs === NOBODY_YET ? null : sinceMs,
      counts,
    }));
  }

  /** What `record`, written at `sequence`, changes; called inside the transaction that writes it. */
  note(record: JournalRecord, sequence: number): void {
    const { lane } = record;
    switch (record.type) {
      case 'passage':
        this.#open.run({ sequence, lane, test: record.test ? 1 : 0 });
        if (!record.test) this.#add.run({ lane, name: record.verdict, value: 1 });
        break;
      case 'end': {
        // A passage ends once; what is written about it afterwards (an undone tap) is not counted again.
        const test = this.#finish.get({ sequence: record.passage });
        if (test === 0) this.#add.run({ lane, name: OUTCOMES[record.crossed], value: 1 });
        break;
      }
      case 'officer':
        if (record.event === 'signed-in' || record.event === 'handed-over') {
          this.#reset.run({ lane });
          this.#forgetOpenings.run({ lane, kept: SHIFTS_BEFORE });
          this.#add.run({ lane, name: SINCE, value: record.atMs });
        }
        break;
      case 'action':
      case 'mode':
        this.#noteOpening(lane, record);
        break;
      default:
    }
  }

  #noteOpening(lane: string, record: OpeningRecord): void {
    const kind = untiedOpening(record);
    if (kind === null) return;
    const sinceMs = this.counters(lane).sinceMs ?? NOBODY_YET;
    this.#opened.run({ lane, sinceMs, kind });
  }
}
