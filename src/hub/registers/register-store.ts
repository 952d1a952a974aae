import type { StoredStatement } from '../store/stored-statement.ts';
import type { Entry } from './register-records.ts';

/** `adding`: lines are coming in. `preview`: whole, waits for somebody. `waiting`: one operator published it, a second must too. */
export type BatchState =
  | 'adding'
  | 'preview'
  | 'waiting'
  | 'in-force'
  | 'superseded'
  | 'withdrawn'
  | 'discarded';

/** `add`: beside what is listed. `replace`: in the place of every batch in force. */
export type BatchMode = 'add' | 'replace';

export type NewBatch = {
  readonly region: string;
  readonly register: string;
  readonly mode: BatchMode;
  /** When what the list says was so. */
  readonly asOfMs: number;
  readonly madeMs: number;
  readonly madeBy: string;
  /** A preview is thrown away then. */
  readonly expiresMs: number;
};

export type Batch = NewBatch & {
  readonly id: number;
  readonly state: BatchState;
  readonly rows: number;
  readonly publishedBy: string | null;
  readonly confirmedBy: string | null;
  /** Manifest versions. */
  readonly publishedVersion: number | null;
  readonly withdrawnVersion: number | null;
  readonly supersededBy: number | null;
};

export type BatchSource = { readonly id: number; readonly batch: number; readonly name: string };

/** Against the batches in force. `added`: of a batch that is added all its rows, of one that replaces those not listed before. */
export type PreviewCounts = {
  readonly added: number;
  readonly removed: number;
  readonly listed: number;
};

export type BatchChange = Partial<
  Pick<
    Batch,
    | 'state'
    | 'publishedBy'
    | 'confirmedBy'
    | 'publishedVersion'
    | 'withdrawnVersion'
    | 'supersededBy'
  >
> & { readonly id: number };

/** Entries by number and QID: so that a new generation of the region's key can be published from them. */
export interface RegisterStore {
  begin(batch: NewBatch): Promise<number>;
  /** An id of the register's that no other batch's rows bear, 1 to 255; throws InputError when there is none left. */
  addSource(batch: number, name: string): Promise<number>;
  addEntries(batch: number, entries: readonly Entry[]): Promise<void>;
  /** `adding` becomes `preview`. */
  complete(batch: number): Promise<void>;
  compare(batch: number): Promise<PreviewCounts>;
  /** What was given up or has waited too long goes, entries and all. */
  discard(batch: number): Promise<void>;
  expire(nowMs: number): Promise<number>;

  get(batch: number): Promise<Batch | null>;
  /** Newest first. */
  batches(region: string, register: string | null): Promise<readonly Batch[]>;
  sources(region: string, register: string): Promise<readonly BatchSource[]>;
  /** Pages of a batch, in any order; `after` is the last `next`, 0 at the beginning. */
  entries(
    batch: number,
    after: number,
    limit: number,
  ): Promise<{ readonly entries: readonly Entry[]; readonly next: number | null }>;
  change(changes: readonly BatchChange[]): Promise<void>;
  /** Attributes that rows of the region bear, or will when somebody publishes them. */
  attributesBorne(region: string): Promise<readonly number[]>;

  /** What a list (notices, attributes, officers) was last published from. */
  listSource(region: string, list: string): Promise<string | null>;
  /** A manifest and everything that became true with it: all or nothing. */
  publish(region: string, publication: Publication): Promise<void>;
}

export type Publication = {
  readonly manifest: StoredStatement;
  readonly batches: readonly BatchChange[];
  readonly list: { readonly name: string; readonly source: string } | null;
  /** When a new generation of the region's key comes with it. */
  readonly generation: number | null;
};
