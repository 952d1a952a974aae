import {
  type Database,
  type DatabaseMode,
  openEncryptedDatabase,
} from '../kernel/encrypted-database.ts';
import { StorageFault } from '../kernel/errors.ts';
import { type Epoch, EpochStore, type NewEpoch } from './epoch-store.ts';
import { JOURNAL_MIGRATIONS } from './journal-schema.ts';
import type { JournalRecord } from './record.ts';
import type { Segment } from './segment.ts';
import { ShiftStore } from './shift-store.ts';
import { UploadStore } from './upload-store.ts';

export type ChainEnd = { readonly sequence: number; readonly link: Uint8Array };

export type SegmentRow = {
  readonly first: number;
  readonly epoch: number;
  readonly keyId: string;
  readonly enc: Uint8Array;
  readonly last: number | null;
  readonly signature: Uint8Array | null;
};
export type RecordRow = ChainEnd & { readonly sealed: Uint8Array };

/** A record as it goes to disk: what it says is needed for nothing but the shift's counters. */
export type SealedRecord = RecordRow & { readonly record: JournalRecord };

/** What one transaction writes. `after` is where the writer believes the chain ends. */
export type Batch = {
  readonly after: ChainEnd;
  readonly opened: readonly SegmentRow[];
  readonly records: readonly SealedRecord[];
  readonly closed: readonly ClosedSegment[];
};
export type ClosedSegment = {
  readonly first: number;
  readonly last: number;
  readonly signature: Uint8Array;
};

/** The back-stop of `checkpoint`, which is called between records so that none has to wait for it. */
const WAL_PAGES_MAX = 16_384;

/** Throws StorageFault. */
export function openJournalStore(path: string, key: Uint8Array, mode: DatabaseMode): JournalStore {
  const database = openEncryptedDatabase(path, { key, migrations: JOURNAL_MIGRATIONS, mode });
  try {
    database.pragma(`wal_autocheckpoint = ${WAL_PAGES_MAX}`);
    return new JournalStore(database);
  } catch (error) {
    database.close();
    throw error;
  }
}

/** The journal's SQL. Everything that belongs to one record is in one transaction, which is one fsync. */
export class JournalStore {
  readonly epochs: EpochStore;
  readonly shifts: ShiftStore;
  readonly uploads: UploadStore;
  readonly #database: Database;
  readonly #head;
  readonly #setHead;
  readonly #newestRecord;
  readonly #insertSegment;
  readonly #closeSegment;
  readonly #insertRecord;
  readonly #segments;
  readonly #segment;
  readonly #unsigned;
  readonly #nextSegment;
  readonly #records;
  readonly #link;
  readonly #count;
  readonly #oldest;
  readonly #probe;
  readonly #write;

  constructor(database: Database) {
    this.#database = database;
    this.epochs = new EpochStore(database);
    this.shifts = new ShiftStore(database);
    this.uploads = new UploadStore(database);
    this.#head = database.prepare<[], ChainEnd>('SELECT sequence, link FROM head');
    this.#setHead = database.prepare<ChainEnd>(
      'INSERT OR REPLACE INTO head (id, sequence, link) VALUES (1, :sequence, :link)',
    );
    this.#newestRecord = database.prepare<[], ChainEnd>(
      'SELECT sequence, link FROM record ORDER BY sequence DESC LIMIT 1',
    );
    this.#insertSegment = database.prepare<SegmentRow>(
      `INSERT INTO segment (first, epoch, key_id, enc, last, signature)
       VALUES (:first, :epoch, :keyId, :enc, :last, :signature)`,
    );
    this.#closeSegment = database.prepare<ClosedSegment>(
      `UPDATE segment SET last = :last, signature = :signature
       WHERE first = :first AND signature IS NULL`,
    );
    this.#insertRecord = database.prepare<RecordRow>(
      'INSERT INTO record (sequence, link, sealed) VALUES (:sequence, :link, :sealed)',
    );
    const columns = 'first, epoch, key_id AS keyId, enc, last, signature';
    this.#segments = database.prepare<[], SegmentRow>(
      `SELECT ${columns} FROM segment ORDER BY first`,
    );
    this.#unsigned = database.prepare<{ epoch: number }, SegmentRow>(
      `SELECT ${columns} FROM segment
       WHERE signature IS NULL AND epoch = :epoch ORDER BY first`,
    );
    this.#segment = database.prepare<{ sequence: number }, SegmentRow>(
      `SELECT ${columns} FROM segment WHERE first <= :sequence ORDER BY first DESC LIMIT 1`,
    );
    this.#nextSegment = database
      .prepare<{ first: number; epoch: number }, number>(
        'SELECT first FROM segment WHERE first > :first AND epoch = :epoch ORDER BY first LIMIT 1',
      )
      .pluck();
    this.#records = database.prepare<{ first: number; last: number }, RecordRow>(
      `SELECT sequence, link, sealed FROM record
       WHERE sequence BETWEEN :first AND :last ORDER BY sequence`,
    );
    this.#link = database
      .prepare<{ sequence: number }, Uint8Array>(
        'SELECT link FROM record WHERE sequence = :sequence',
      )
      .pluck();
    this.#count = database.prepare<[], number>('SELECT count(*) FROM record').pluck();
    this.#oldest = database.prepare<[], number | null>('SELECT min(sequence) FROM record').pluck();
    this.#probe = database.prepare<{ atMs: number }>(
      'INSERT OR REPLACE INTO probe (id, at_ms) VALUES (1, :atMs)',
    );
    this.#write = database.transaction((batch: Batch) => this.#writeAll(batch));
  }

  /** Where the chain was last written to. Records beyond it, or short of it, are damage that `verifyJournal` names. */
  head(): ChainEnd | null {
    return this.#head.get() ?? null;
  }

  /**
   * Where the next record follows: the head, or on a damaged disk whichever of head and records is further; in an epoch
   * without records, what it continues.
   */
  end(): ChainEnd | null {
    const head = this.head();
    const newest = this.newestRecord();
    const end = (newest?.sequence ?? 0) > (head?.sequence ?? 0) ? newest : head;
    const epoch = this.epochs.newest();
    if (epoch === null || (end?.sequence ?? 0) >= epoch.first) return end;
    return { sequence: epoch.first - 1, link: epoch.previous };
  }

  newestRecord(): ChainEnd | null {
    return this.#newestRecord.get() ?? null;
  }

  count(): number {
    return this.#count.get() ?? 0;
  }

  /** Reads everything in `act` as it was when it began. */
  atOneMoment<T>(act: () => T): T {
    return this.#database.transaction(act).deferred();
  }

  /** Everything that `act` writes, or nothing of it; durable once it returns. */
  atOnce<T>(act: () => T): T {
    return this.#database.transaction(act).immediate();
  }

  /** Durable once it returns. */
  write(batch: Batch): void {
    this.#write.immediate(batch);
  }

  /** Closed ones and an open one alike, in order. */
  segments(): IterableIterator<SegmentRow> {
    return this.#segments.iterate();
  }

  segmentOf(sequence: number): SegmentRow | null {
    return this.#segment.get({ sequence }) ?? null;
  }

  /** Last sequence of a segment: where it was closed, else where the next one, its epoch or the journal ends. */
  lastOf({ first, last, epoch }: SegmentRow): number {
    if (last !== null) return last;
    const next = this.#nextSegment.get({ first, epoch });
    if (next !== undefined) return next - 1;
    const ended = this.epochs.all().find(({ id }) => id === epoch)?.last ?? null;
    return ended ?? this.head()?.sequence ?? first;
  }

  /** Segments without a signature and the newest record of each: what a stopped or killed process left behind. */
  leftOpen({ id }: Epoch): readonly { readonly segment: SegmentRow; readonly end: ChainEnd }[] {
    return this.#unsigned.all({ epoch: id }).flatMap((segment) => {
      const sequence = this.lastOf(segment);
      const link = this.linkAt(sequence);
      return link === null ? [] : [{ segment, end: { sequence, link } }];
    });
  }

  records(first: number, last: number): IterableIterator<RecordRow> {
    return this.#records.iterate({ first, last });
  }

  linkAt(sequence: number): Uint8Array | null {
    return this.#link.get({ sequence }) ?? null;
  }

  linkBefore(first: number, epoch: Epoch): Uint8Array | null {
    if (first === epoch.first) return epoch.previous;
    const base = this.epochs.base(epoch);
    return base?.sequence === first - 1 ? base.link : this.linkAt(first - 1);
  }

  /** The whole segment that starts at `first`, open or closed; null when there is none or records are missing. */
  segment(first: number): Segment | null {
    const row = this.segmentOf(first);
    const epoch = this.epochs.all().find(({ id }) => id === row?.epoch);
    if (row === null || row.first !== first || epoch === undefined) return null;
    const previous = this.linkBefore(first, epoch);
    const last = this.lastOf(row);
    const sealed = [...this.records(first, last)].map((record) => record.sealed);
    if (previous === null || sealed.length !== last - first + 1) return null;
    const { keyId, enc, signature } = row;
    const { station, epoch: id } = epoch;
    return { station, epoch: id, first, keyId, enc, previous, signature, sealed };
  }

  oldest(): number | null {
    return this.#oldest.get() ?? null;
  }

  /** Bytes of the file that hold nothing any more and are written to first. */
  bytesFree(): number {
    const pages = this.#database.pragma('freelist_count', { simple: true }) as number;
    return pages * (this.#database.pragma('page_size', { simple: true }) as number);
  }

  probe(atMs: number): void {
    this.#probe.run({ atMs });
  }

  /**
   * Moves what the write-ahead log holds into the database. After a failed fsync the pages of the log may be in memory
   * only and count as clean; written anew into the database they become durable.
   */
  settle(): void {
    this.#database.pragma('wal_checkpoint(TRUNCATE)');
  }

  /** As far as readers allow, without waiting for any. */
  checkpoint(): void {
    this.#database.pragma('wal_checkpoint(PASSIVE)');
  }

  /** Reads every page, so that each one's authenticator is checked. Throws StorageFault for the first that is damaged. */
  refuseBrokenPages(): void {
    const said = this.#database.pragma('integrity_check(1)', { simple: true });
    if (said === 'ok') return;
    throw new StorageFault(
      'damaged',
      'a page of the journal does not fit the others: expected integrity_check to pass; keep the file for the hub and start a new one',
    );
  }

  close(): void {
    this.#database.close();
  }

  /** Ends what is open and begins another epoch behind it. */
  startEpoch(batch: Batch, epoch: NewEpoch): void {
    this.atOnce(() => {
      this.write(batch);
      this.epochs.start(epoch, this.head()?.sequence ?? 0);
    });
  }

  #writeAll({ after, opened, records, closed }: Batch): void {
    this.#refuseOtherWriter(after, opened, records);
    for (const segment of opened) this.#insertSegment.run(segment);
    for (const { sequence, link, sealed, record } of records) {
      this.#insertRecord.run({ sequence, link, sealed });
      this.shifts.note(record, sequence);
    }
    const last = records.at(-1);
    if (last !== undefined) this.#setHead.run({ sequence: last.sequence, link: last.link });
    for (const segment of closed) this.#closeSegment.run(segment);
  }

  /** A second process would continue a chain, or a segment, that it believes to be its own. */
  #refuseOtherWriter(
    after: ChainEnd,
    opened: readonly SegmentRow[],
    records: readonly RecordRow[],
  ): void {
    const end = this.end();
    const first = records[0]?.sequence;
    const continued =
      first === undefined || opened[0]?.first === first ? null : this.segmentOf(first);
    const isOurs = end === null || isSameEnd(end, after);
    if (isOurs && (continued === null || continued.signature === null)) return;
    throw new StorageFault(
      'io',
      'the journal was written by another process: stop it, one station has one writer',
    );
  }
}

function isSameEnd(one: ChainEnd, other: ChainEnd): boolean {
  return one.sequence === other.sequence && Buffer.from(one.link).equals(other.link);
}
