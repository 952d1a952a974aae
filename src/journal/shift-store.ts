import type { Database } from '../kernel/encrypted-database.ts';
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

/** The only things a station can still read of its journal: open passages and the shift's counters. */
export class ShiftStore {
  readonly #open;
  readonly #finish;
  readonly #unfinished;
  readonly #add;
  readonly #reset;
  readonly #counters;

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
          this.#add.run({ lane, name: SINCE, value: record.atMs });
        }
        break;
      default:
    }
  }
}
