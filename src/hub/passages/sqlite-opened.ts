import type { OpenedRecord } from '../../journal/segment.ts';
import type { Database } from '../../kernel/encrypted-database.ts';
import type { Arrival, EpochKey } from '../inbox/inbox-store.ts';
import type {
  OpenableEpoch,
  OpenedIndex,
  OpeningOutcome,
  SetAside,
  SetAsideReason,
} from './index-store.ts';
import type { PatientWriter } from './patient-writer.ts';
import { ERASED, type RecordRow, rowOf } from './record-types.ts';
import type { SqliteCases } from './sqlite-cases.ts';

/** A record's own time counts for retention, but a clock that was years behind shall not make it expire at once. */
const BACKDATED_MS_MAX = 45 * 86_400_000;
/** Segments that one call goes over for one epoch; the rest waits for the next. */
const ADVANCE_STEPS_MAX = 4_000;

/** What the opener writes. */
export class SqliteOpened implements OpenedIndex {
  readonly #writer: PatientWriter;
  readonly #cases: SqliteCases;
  readonly #statements;

  constructor(database: Database, writer: PatientWriter, cases: SqliteCases) {
    this.#writer = writer;
    this.#cases = cases;
    this.#statements = prepare(database);
  }

  async position(): Promise<number> {
    return this.#statements.position.get() ?? 0;
  }

  add(outcomes: readonly OpeningOutcome[], atMs: number): Promise<void> {
    return this.#writer.run(() => {
      for (const outcome of outcomes) {
        if ('failure' in outcome) this.#putAside(outcome.arrival, outcome.failure, atMs);
        else this.#addOne(outcome.arrival, outcome.records, atMs);
        this.#statements.moveTo.run({ arrival: outcome.arrival.arrival });
      }
    });
  }

  async setAside(limit: number): Promise<readonly SetAside[]> {
    return this.#statements.setAside.all({ limit });
  }

  advance(epochs: readonly OpenableEpoch[]): Promise<readonly number[]> {
    return this.#writer.run(() => epochs.map((epoch) => this.#advanceOne(epoch)));
  }

  async openedThrough({ station, epoch }: EpochKey): Promise<number> {
    return this.#statements.journal.get({ station, epoch })?.through ?? 0;
  }

  #addOne(arrival: Arrival, records: readonly OpenedRecord[], atMs: number): void {
    const { first, last } = arrival;
    const journal = this.#journalOf(arrival);
    this.#statements.notAside.run({ arrival: arrival.arrival });
    const isNew = this.#statements.addOpened.run({
      ...{ journal, first, last, arrival: arrival.arrival, atMs },
    }).changes;
    // Sent again after a restore, where the index held it already.
    if (isNew === 0) this.#statements.moveOpened.run({ journal, first, arrival: arrival.arrival });
    for (const each of records) this.#addRecord(journal, each, arrival, atMs);
  }

  #addRecord(
    journal: number,
    { record, bytes }: OpenedRecord,
    arrival: Arrival,
    atMs: number,
  ): void {
    const { sequence } = record;
    const row = rowOf(record);
    const keepMs = Math.min(
      arrival.storedMs,
      Math.max(row.atMs, arrival.storedMs - BACKDATED_MS_MAX),
    );
    const added = this.#statements.add.run({ ...row, journal, sequence, keepMs, body: bytes });
    if (added.changes === 0) {
      const there = this.#statements.typeAt.get({ journal, sequence });
      if (there === ERASED) this.#statements.toWipe.run({ arrival: arrival.arrival });
      return;
    }
    const isStop = 'verdict' in record && 'registers' in record && record.verdict === 'stop';
    if (!isStop) return;
    this.#cases.open(journal, record.passage, atMs);
    for (const { register, version } of record.registers) {
      if (version === null) continue;
      this.#statements.addStop.run({ register, version, record: added.lastInsertRowid });
    }
  }

  #putAside(arrival: Arrival, reason: SetAsideReason, atMs: number): void {
    const { station, epoch, first, last } = arrival;
    const at = { arrival: arrival.arrival, station, epoch, first, last };
    this.#statements.putAside.run({ ...at, reason, atMs });
  }

  #advanceOne({ station, epoch, first, through }: OpenableEpoch): number {
    const journal = this.#statements.journal.get({ station, epoch });
    if (journal === undefined) return 0;
    let mark = journal.through;
    for (let step = 0; step < ADVANCE_STEPS_MAX; step++) {
      const next = mark === 0 ? first : mark + 1;
      const last = this.#statements.lastOf.get({ journal: journal.id, first: next });
      if (last === undefined || last > through) break;
      mark = last;
    }
    if (mark !== journal.through) this.#statements.mark.run({ journal: journal.id, mark });
    return mark;
  }

  #journalOf({ station, epoch }: EpochKey): number {
    return journalId(this.#statements, { station, epoch });
  }
}

type JournalStatements = ReturnType<typeof prepareJournals>;

/** The epoch's row, made where there is none. */
export function journalId(statements: JournalStatements, key: EpochKey): number {
  const { station, epoch } = key;
  const there = statements.journal.get({ station, epoch });
  return there?.id ?? Number(statements.addJournal.run({ station, epoch }).lastInsertRowid);
}

export function prepareJournals(database: Database) {
  return {
    journal: database.prepare<EpochKey, { id: number; through: number }>(
      `SELECT id, opened_through AS through FROM journal
       WHERE station = :station AND epoch = :epoch`,
    ),
    addJournal: database.prepare<EpochKey>(
      'INSERT INTO journal (station, epoch) VALUES (:station, :epoch)',
    ),
  };
}

type Place = { journal: number; sequence: number };

function prepare(database: Database) {
  return {
    ...prepareJournals(database),
    ...prepareRecords(database),
    ...prepareProgress(database),
  };
}

function prepareRecords(database: Database) {
  return {
    add: database.prepare<RecordRow & Place & { keepMs: number; body: Uint8Array }>(
      `INSERT INTO record (journal, sequence, type, passage, verdict, at_ms, keep_ms, subject, number, body)
       VALUES (:journal, :sequence, :type, :passage, :verdict, :atMs, :keepMs, :subject, :number, :body)
       ON CONFLICT (journal, sequence) DO NOTHING`,
    ),
    typeAt: database
      .prepare<Place, number>(
        'SELECT type FROM record WHERE journal = :journal AND sequence = :sequence',
      )
      .pluck(),
    toWipe: database.prepare<{ arrival: number }>(
      'INSERT OR IGNORE INTO to_wipe (arrival) VALUES (:arrival)',
    ),
    addStop: database.prepare<{ register: string; version: number; record: number | bigint }>(
      'INSERT OR IGNORE INTO stop_register VALUES (:register, :version, :record)',
    ),
  };
}

function prepareProgress(database: Database) {
  return {
    position: database.prepare<[], number>('SELECT arrival FROM position').pluck(),
    // What was set aside is tried again behind the position.
    moveTo: database.prepare<{ arrival: number }>(
      'UPDATE position SET arrival = max(arrival, :arrival)',
    ),
    addOpened: database.prepare<{
      journal: number;
      first: number;
      last: number;
      arrival: number;
      atMs: number;
    }>(
      `INSERT INTO opened (journal, first, last, arrival, opened_ms)
       VALUES (:journal, :first, :last, :arrival, :atMs) ON CONFLICT (journal, first) DO NOTHING`,
    ),
    moveOpened: database.prepare<{ journal: number; first: number; arrival: number }>(
      'UPDATE opened SET arrival = :arrival WHERE journal = :journal AND first = :first',
    ),
    lastOf: database
      .prepare<{ journal: number; first: number }, number>(
        'SELECT last FROM opened WHERE journal = :journal AND first = :first',
      )
      .pluck(),
    mark: database.prepare<{ journal: number; mark: number }>(
      'UPDATE journal SET opened_through = :mark WHERE id = :journal',
    ),
    setAside: database.prepare<{ limit: number }, SetAside>(
      `SELECT arrival, station, epoch, first, last, reason, since_ms AS sinceMs FROM set_aside
       ORDER BY arrival LIMIT :limit`,
    ),
    putAside: database.prepare<Omit<SetAside, 'sinceMs'> & { atMs: number }>(
      `INSERT INTO set_aside VALUES (:arrival, :station, :epoch, :first, :last, :reason, :atMs)
       ON CONFLICT (arrival) DO UPDATE SET reason = excluded.reason`,
    ),
    notAside: database.prepare<{ arrival: number }>(
      'DELETE FROM set_aside WHERE arrival = :arrival',
    ),
  };
}
