import type { StoredRecord } from '../../journal/record.ts';
import type { Database } from '../../kernel/encrypted-database.ts';
import type { EpochKey } from '../inbox/inbox-store.ts';
import type { EmptiedPage, ErasableIndex, RecordPlace, Subject } from './index-store.ts';
import type { PatientWriter } from './patient-writer.ts';
import { ERASED, numberOf, subjectBytes, TYPE_NUMBERS } from './record-types.ts';
import { journalId, prepareJournals } from './sqlite-opened.ts';

/** Erasing by person and by age. A place that was buried stays taken, so that nothing is indexed there again. */
export class SqliteErasing implements ErasableIndex {
  readonly #writer: PatientWriter;
  readonly #statements;

  constructor(database: Database, writer: PatientWriter) {
    this.#writer = writer;
    this.#statements = prepare(database);
  }

  async placesOf(subject: Subject, limit: number): Promise<readonly RecordPlace[]> {
    if ('number' in subject) {
      return this.#statements.ofNumber.all({ number: numberOf(subject.number), limit });
    }
    return this.#statements.ofSubject.all({ subject: subjectBytes(subject.subjectKey), limit });
  }

  bury(places: readonly RecordPlace[], atMs: number): Promise<void> {
    return this.#writer.run(() => {
      for (const { station, epoch, sequence } of places) {
        const journal = journalId(this.#statements, { station, epoch });
        const place = { journal, sequence };
        const there = this.#statements.at.get(place);
        if (there?.type === ERASED) continue;
        if (there !== undefined) this.#delete(there.id);
        this.#statements.bury.run({ ...place, atMs });
        this.#statements.toWipeAt.run(place);
      }
    });
  }

  async toWipe(limit: number): Promise<readonly number[]> {
    return this.#statements.toWipe.all({ limit });
  }

  wiped(arrivals: readonly number[]): Promise<void> {
    return this.#writer.run(() => {
      for (const arrival of arrivals) this.#statements.wiped.run({ arrival });
    });
  }

  expire(type: StoredRecord['type'], beforeMs: number, limit: number): Promise<number> {
    return this.#writer.run(() => {
      const ids = this.#statements.expired.all({ type: TYPE_NUMBERS[type], beforeMs, limit });
      for (const id of ids) this.#delete(id);
      return ids.length;
    });
  }

  emptied(after: number, limit: number): Promise<EmptiedPage> {
    return this.#writer.run(() => {
      const looked = this.#statements.opened.all({ after, limit });
      const empty = looked.filter(
        ({ journal, from, to }) => this.#statements.count.get({ journal, from, to }) === undefined,
      );
      for (const { arrival } of empty) this.#statements.setEmptied.run({ arrival });
      const segments = empty.map(({ station, epoch, from, to }) => ({ station, epoch, from, to }));
      const next = looked.length < limit ? null : (looked.at(-1)?.arrival ?? null);
      return { segments, next };
    });
  }

  async openedBefore(arrivals: readonly number[], beforeMs: number): Promise<readonly number[]> {
    return arrivals.filter(
      (arrival) => this.#statements.openedBefore.get({ arrival, beforeMs }) !== undefined,
    );
  }

  #delete(id: number): void {
    this.#statements.deleteStops.run({ id });
    this.#statements.delete.run({ id });
  }
}

type Place = { journal: number; sequence: number };
type Opened = EpochKey & {
  readonly journal: number;
  readonly arrival: number;
  readonly from: number;
  readonly to: number;
};

function prepare(database: Database) {
  return { ...prepareJournals(database), ...prepareBury(database), ...prepareAge(database) };
}

function prepareBury(database: Database) {
  // A passage goes with all that belongs to it: found by any record that names the subject.
  const whole = (condition: string) => `
    WITH named AS (SELECT journal, coalesce(passage, sequence) AS passage, sequence FROM record WHERE ${condition})
    SELECT j.station, j.epoch, r.sequence
    FROM (SELECT journal, sequence FROM named
          UNION SELECT journal, passage FROM named
          UNION SELECT r.journal, r.sequence FROM named n CROSS JOIN record r INDEXED BY record_attached
            ON r.journal = n.journal AND r.passage = n.passage AND r.passage <> r.sequence) r
      JOIN journal j ON j.id = r.journal
      JOIN record there ON there.journal = r.journal AND there.sequence = r.sequence AND there.type <> ${ERASED}
    ORDER BY j.id, r.sequence LIMIT :limit`;
  return {
    ofNumber: database.prepare<{ number: number; limit: number }, RecordPlace>(
      whole('number = :number'),
    ),
    ofSubject: database.prepare<{ subject: Uint8Array; limit: number }, RecordPlace>(
      whole('subject = :subject'),
    ),
    at: database.prepare<Place, { id: number; type: number }>(
      'SELECT id, type FROM record WHERE journal = :journal AND sequence = :sequence',
    ),
    bury: database.prepare<Place & { atMs: number }>(
      `INSERT INTO record (journal, sequence, type, at_ms, keep_ms)
       VALUES (:journal, :sequence, ${ERASED}, :atMs, :atMs)`,
    ),
    toWipeAt: database.prepare<Place>(
      `INSERT OR IGNORE INTO to_wipe (arrival)
       SELECT arrival FROM (
         SELECT arrival, last FROM opened WHERE journal = :journal AND first <= :sequence
         ORDER BY first DESC LIMIT 1)
       WHERE last >= :sequence`,
    ),
    toWipe: database
      .prepare<{ limit: number }, number>(
        'SELECT arrival FROM to_wipe ORDER BY arrival LIMIT :limit',
      )
      .pluck(),
    wiped: database.prepare<{ arrival: number }>('DELETE FROM to_wipe WHERE arrival = :arrival'),
  };
}

function prepareAge(database: Database) {
  return {
    expired: database
      .prepare<{ type: number; beforeMs: number; limit: number }, number>(
        'SELECT id FROM record WHERE type = :type AND keep_ms < :beforeMs ORDER BY keep_ms LIMIT :limit',
      )
      .pluck(),
    delete: database.prepare<{ id: number }>('DELETE FROM record WHERE id = :id'),
    deleteStops: database.prepare<{ id: number }>('DELETE FROM stop_register WHERE record = :id'),
    opened: database.prepare<{ after: number; limit: number }, Opened>(
      `SELECT o.journal, o.arrival, o.first AS "from", o.last AS "to", j.station, j.epoch
       FROM opened o JOIN journal j ON j.id = o.journal
       WHERE o.arrival > :after AND o.emptied = 0 ORDER BY o.arrival LIMIT :limit`,
    ),
    count: database
      .prepare<{ journal: number; from: number; to: number }, number>(
        `SELECT 1 FROM record
         WHERE journal = :journal AND sequence BETWEEN :from AND :to AND type <> ${ERASED} LIMIT 1`,
      )
      .pluck(),
    setEmptied: database.prepare<{ arrival: number }>(
      'UPDATE opened SET emptied = 1 WHERE arrival = :arrival',
    ),
    openedBefore: database
      .prepare<{ arrival: number; beforeMs: number }, number>(
        'SELECT 1 FROM opened WHERE arrival = :arrival AND opened_ms < :beforeMs',
      )
      .pluck(),
  };
}
