import type { Database } from '../kernel/encrypted-database.ts';
import type { Epoch } from './epoch-store.ts';

export type UploadOrder = 'newest' | 'oldest';

/** A closed segment. */
export type ClosedRow = { readonly epoch: number; readonly first: number; readonly last: number };
type HeldRow = ClosedRow & { readonly link: Uint8Array; readonly receipt: Uint8Array };

type Span = { readonly from: number; readonly to: number; readonly limit: number };
type Opened = { readonly epoch: number; readonly sinceMs: number; readonly through: number };

const CLOSED = 'epoch, first, last';
const UNSENT = 'signature IS NOT NULL AND stored_at_ms IS NULL';

/** What the hub is known to have: receipts by segment, and since when it has opened how much of an epoch. */
export class UploadStore {
  readonly #newestUnsent;
  readonly #oldestUnsent;
  readonly #unsentAt;
  readonly #countUnsent;
  readonly #countStored;
  readonly #countStoredRecords;
  readonly #isStored;
  readonly #store;
  readonly #lastStored;
  readonly #forget;
  readonly #openedThrough;
  readonly #openedSince;
  readonly #openedBy;
  readonly #noteOpened;
  readonly #lowerOpened;
  readonly #dropOpened;
  readonly #settledFrom;
  readonly #removeRecords;
  readonly #removeSegments;

  constructor(database: Database) {
    const unsent = (order: string) =>
      database.prepare<{ limit: number }, ClosedRow>(
        `SELECT ${CLOSED} FROM segment INDEXED BY unsent WHERE ${UNSENT} ORDER BY first ${order} LIMIT :limit`,
      );
    this.#newestUnsent = unsent('DESC');
    this.#oldestUnsent = unsent('ASC');
    this.#unsentAt = database.prepare<{ first: number }, ClosedRow>(
      `SELECT ${CLOSED} FROM segment WHERE first = :first AND ${UNSENT}`,
    );
    this.#countUnsent = database
      .prepare<[], number>(`SELECT count(*) FROM segment INDEXED BY unsent WHERE ${UNSENT}`)
      .pluck();
    this.#countStored = database
      .prepare<[], number>('SELECT count(stored_at_ms) FROM segment')
      .pluck();
    this.#countStoredRecords = database
      .prepare<[], number>(
        'SELECT coalesce(sum(last - first + 1), 0) FROM segment WHERE stored_at_ms IS NOT NULL',
      )
      .pluck();
    this.#isStored = database
      .prepare<{ epoch: number; first: number }, number>(
        `SELECT stored_at_ms IS NOT NULL FROM segment
         WHERE first = :first AND epoch = :epoch AND signature IS NOT NULL`,
      )
      .pluck();
    this.#store = database.prepare<{ first: number; receipt: Uint8Array; atMs: number }>(
      'UPDATE segment SET receipt = :receipt, stored_at_ms = :atMs WHERE first = :first',
    );
    this.#lastStored = database.prepare<[], ClosedRow & { readonly receipt: Uint8Array }>(
      `SELECT ${CLOSED}, receipt FROM segment WHERE stored_at_ms IS NOT NULL
       ORDER BY first DESC LIMIT 1`,
    );
    this.#forget = database.prepare<Span>(
      `UPDATE segment SET receipt = NULL, stored_at_ms = NULL WHERE first IN (
         SELECT first FROM segment
         WHERE first <= :to AND last >= :from AND stored_at_ms IS NOT NULL
         ORDER BY first DESC LIMIT :limit)`,
    );
    this.#openedThrough = database
      .prepare<{ epoch: number }, number>('SELECT max(through) FROM opened WHERE epoch = :epoch')
      .pluck();
    this.#openedSince = database
      .prepare<{ epoch: number }, number>('SELECT max(since_ms) FROM opened WHERE epoch = :epoch')
      .pluck();
    this.#openedBy = database
      .prepare<{ epoch: number; byMs: number }, number>(
        'SELECT max(through) FROM opened WHERE epoch = :epoch AND since_ms <= :byMs',
      )
      .pluck();
    this.#noteOpened = database.prepare<Opened>(
      `INSERT INTO opened (epoch, since_ms, through) VALUES (:epoch, :sinceMs, :through)
       ON CONFLICT (epoch, since_ms) DO UPDATE SET through = max(through, excluded.through)`,
    );
    this.#lowerOpened = database.prepare<{ epoch: number; through: number }>(
      'UPDATE opened SET through = :through WHERE epoch = :epoch AND through > :through',
    );
    this.#dropOpened = database.prepare<{ epoch: number; through: number }>(
      'DELETE FROM opened WHERE epoch = :epoch AND through < :through',
    );
    this.#settledFrom = database.prepare<Span, HeldRow>(
      `SELECT segment.epoch, first, last, link, receipt
       FROM segment JOIN record ON record.sequence = last
       WHERE first >= :from AND last <= :to AND stored_at_ms IS NOT NULL
       ORDER BY first LIMIT :limit`,
    );
    this.#removeRecords = database.prepare<{ from: number; to: number }>(
      'DELETE FROM record WHERE sequence BETWEEN :from AND :to',
    );
    this.#removeSegments = database.prepare<{ from: number; to: number }>(
      'DELETE FROM segment WHERE first BETWEEN :from AND :to',
    );
  }

  unsent(order: UploadOrder, limit: number): readonly ClosedRow[] {
    return (order === 'newest' ? this.#newestUnsent : this.#oldestUnsent).all({ limit });
  }

  unsentAt(first: number): ClosedRow | null {
    return this.#unsentAt.get({ first }) ?? null;
  }

  countUnsent(): number {
    return this.#countUnsent.get() ?? 0;
  }

  countStored(): number {
    return this.#countStored.get() ?? 0;
  }

  countStoredRecords(): number {
    return this.#countStoredRecords.get() ?? 0;
  }

  /** Null when no closed segment of that epoch begins there. */
  isStored({ id: epoch }: Epoch, first: number): boolean | null {
    const stored = this.#isStored.get({ epoch, first });
    return stored === undefined ? null : stored === 1;
  }

  store(first: number, receipt: Uint8Array, atMs: number): void {
    this.#store.run({ first, receipt, atMs });
  }

  /** The newest segment that the hub gave a receipt for and that is still here. */
  lastStored(): (ClosedRow & { readonly receipt: Uint8Array }) | null {
    return this.#lastStored.get() ?? null;
  }

  /** Takes the receipts off segments that reach into [from, to], newest first; how many it were, at most `limit`. */
  forget(from: number, to: number, limit: number): number {
    return this.#forget.run({ from, to, limit }).changes;
  }

  /** Null before anything was opened. */
  openedThrough({ id: epoch }: Epoch): number | null {
    return this.#openedThrough.get({ epoch }) ?? null;
  }

  openedSinceMs({ id: epoch }: Epoch): number {
    return this.#openedSince.get({ epoch }) ?? 0;
  }

  /** What had been opened by then. */
  openedBy({ id: epoch }: Epoch, byMs: number): number | null {
    return this.#openedBy.get({ epoch, byMs }) ?? null;
  }

  noteOpened({ id: epoch }: Epoch, sinceMs: number, through: number): void {
    this.#noteOpened.run({ epoch, sinceMs, through });
  }

  lowerOpened({ id: epoch }: Epoch, through: number): void {
    this.#lowerOpened.run({ epoch, through });
  }

  /** Of what was opened, only what is not removed yet has to be remembered. */
  dropOpenedBelow({ id: epoch }: Epoch, through: number): void {
    this.#dropOpened.run({ epoch, through });
  }

  /** Segments within [from, to] that the hub gave a receipt for, oldest first, each with its last link. */
  settledFrom(from: number, to: number, limit: number): readonly HeldRow[] {
    return this.#settledFrom.all({ from, to, limit });
  }

  remove(from: number, to: number): void {
    this.#removeRecords.run({ from, to });
    this.#removeSegments.run({ from, to });
  }
}
