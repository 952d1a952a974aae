import type { Database } from '../kernel/encrypted-database.ts';

/**
 * Why an epoch began. first: a journal that continues nothing. conflict: the hub holds something else under our numbers.
 * behind: the hub's head is further than ours, as after an older disk was put back. lost: the database was gone.
 */
export const EPOCH_REASONS = ['first', 'conflict', 'behind', 'lost'] as const;
export type EpochReason = (typeof EPOCH_REASONS)[number];

/** One run of a journal's chain. */
export type Epoch = {
  readonly id: number;
  readonly epoch: Uint8Array;
  readonly station: string;
  readonly first: number;
  /** What the first record is linked to. */
  readonly previous: Uint8Array;
  readonly reason: EpochReason;
  /** Sequence of the receipted head that `previous` is the link of; null when it continues nothing. */
  readonly continues: number | null;
  /** Its newest record, set once another epoch follows. */
  readonly last: number | null;
};
export type NewEpoch = Omit<Epoch, 'id' | 'last'>;

/** The newest record that was pruned of an epoch, and the hub's receipt for the segment it ended. */
export type PrunedBase = {
  readonly sequence: number;
  readonly link: Uint8Array;
  readonly receipt: Uint8Array;
};

/** The epochs of a journal: their sequences never overlap and grow from one to the next. */
export class EpochStore {
  readonly #newest;
  readonly #all;
  readonly #at;
  readonly #insert;
  readonly #remove;
  readonly #end;
  readonly #base;
  readonly #setBase;

  constructor(database: Database) {
    this.#newest = database.prepare<[], Epoch>('SELECT * FROM epoch ORDER BY id DESC LIMIT 1');
    this.#all = database.prepare<[], Epoch>('SELECT * FROM epoch ORDER BY id');
    this.#at = database.prepare<{ sequence: number }, Epoch>(
      'SELECT * FROM epoch WHERE first <= :sequence ORDER BY first DESC LIMIT 1',
    );
    this.#insert = database.prepare<NewEpoch>(
      `INSERT INTO epoch (epoch, station, first, previous, reason, continues)
       VALUES (:epoch, :station, :first, :previous, :reason, :continues)`,
    );
    this.#remove = database.prepare<{ id: number }>('DELETE FROM epoch WHERE id = :id');
    this.#end = database.prepare<{ id: number; last: number }>(
      'UPDATE epoch SET last = :last WHERE id = :id',
    );
    this.#base = database.prepare<{ id: number }, PrunedBase>(
      'SELECT sequence, link, receipt FROM pruned WHERE epoch = :id',
    );
    this.#setBase = database.prepare<PrunedBase & { readonly id: number }>(
      `INSERT OR REPLACE INTO pruned (epoch, sequence, link, receipt)
       VALUES (:id, :sequence, :link, :receipt)`,
    );
  }

  newest(): Epoch | null {
    return this.#newest.get() ?? null;
  }

  all(): readonly Epoch[] {
    return this.#all.all();
  }

  /** The epoch that a record at `sequence` is in. */
  at(sequence: number): Epoch | null {
    return this.#at.get({ sequence }) ?? null;
  }

  named(epoch: Uint8Array): Epoch | null {
    return this.all().find((each) => Buffer.from(each.epoch).equals(epoch)) ?? null;
  }

  /** `end` is the journal's newest sequence. An epoch that never got a record leaves nothing behind. */
  start(epoch: NewEpoch, end: number): void {
    const before = this.newest();
    if (before !== null && end < before.first) this.#remove.run({ id: before.id });
    else if (before !== null) this.#end.run({ id: before.id, last: end });
    this.#insert.run(epoch);
  }

  base({ id }: Epoch): PrunedBase | null {
    return this.#base.get({ id }) ?? null;
  }

  setBase({ id }: Epoch, base: PrunedBase): void {
    this.#setBase.run({ id, ...base });
  }
}
