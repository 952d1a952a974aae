import type { EpochReason } from '../../journal/epoch-store.ts';

/**
 * What keeps sealed segments at a hub. Every method is one transaction and durable when it resolves; nothing here holds a
 * lock between two calls, so that a database on another machine, shared by several hubs, can stand behind it. The suite in
 * test/support/inbox-store-contract.ts says what an implementation must do.
 */
export interface InboxStore {
  /** 16 bytes, drawn when the store was made or restored. */
  readonly hub: Uint8Array;

  /** `same`: announced before with the same fields. `other`: with other ones. `full`: the station has too many. */
  addEpoch(epoch: NewEpoch): Promise<'added' | 'same' | 'other' | 'full'>;
  /** False when there is none that waits. */
  grantEpoch(key: EpochKey, by: string, atMs: number): Promise<boolean>;
  /** In the order in which they were announced. */
  epochs(station: string): Promise<readonly StoredEpoch[]>;

  /**
   * Stores what can be stored and links what has become whole; one verdict each, in the same order. The segments were
   * checked; place, overlap, conflict and erasure are decided here, in the transaction.
   */
  store(segments: readonly CheckedSegment[], atMs: number): Promise<readonly StoreVerdict[]>;
  /** Goes on linking where `store` left off. True: there may be more. */
  linkMore(): Promise<boolean>;

  /**
   * Segments in the order in which they were stored, after arrival `after`. No later call gets one at or before the
   * greatest arrival returned that this one did not have.
   */
  arrivals(after: number, limit: number): Promise<readonly Arrival[]>;
  arrival(key: SegmentKey): Promise<Arrival | null>;
  /** The segment as it came; null when it is not kept any more. */
  body(arrival: number): Promise<Uint8Array | null>;

  /** A page of an epoch's segments with `first` > `afterFirst`, by `first`. */
  headers(key: EpochKey, afterFirst: number, limit: number): Promise<readonly SegmentHeader[]>;
  /** The epoch in which a segment of this station ends at this link; null when none does. */
  endsAt(station: string, sequence: number, link: Uint8Array): Promise<Uint8Array | null>;
  /** Stations with an epoch. */
  stations(): Promise<readonly string[]>;
  /** Missing runs between what is held, and before it; of every epoch, at most `limit`. */
  gaps(station: string, limit: number): Promise<readonly Gap[]>;

  /** Arrivals after `after` whose sealed body is kept, in order. */
  kept(after: number, limit: number): Promise<readonly number[]>;
  /** Lets go of sealed bodies; header and leaves stay. `wiped`: overwritten first, so that nobody reads them again. */
  dropBodies(arrivals: readonly number[], how: 'left' | 'wiped'): Promise<void>;
  /** From now on segments wholly within one of these are erased: wiped, and refused. Repeating it changes nothing. */
  erase(ranges: readonly ErasedRange[]): Promise<void>;

  close(): Promise<void>;
}

export type EpochKey = { readonly station: string; readonly epoch: Uint8Array };
export type SegmentKey = EpochKey & { readonly first: number };

export type NewEpoch = EpochKey & {
  readonly region: string;
  readonly first: number;
  readonly previous: Uint8Array;
  readonly reason: EpochReason;
  readonly atMs: number;
};

export type StoredEpoch = NewEpoch & {
  readonly state: 'granted' | 'waiting';
  /** As in a receipt: 0 and zeros while nothing is linked. */
  readonly through: number;
  readonly link: Uint8Array;
  /** Greatest sequence that is held, linked or not; 0 while there is none. */
  readonly last: number;
};

/** In the clear of every segment, and what its records lead to. */
export type SegmentHeader = {
  readonly first: number;
  readonly last: number;
  readonly keyId: string;
  readonly enc: Uint8Array;
  readonly previous: Uint8Array;
  readonly link: Uint8Array;
  readonly signature: Uint8Array;
  /** SHA-256 of each sealed record, one after the other. */
  readonly leaves: Uint8Array;
};

/** A segment whose layout, chain and signature were found right. */
export type CheckedSegment = SegmentHeader & EpochKey & { readonly bytes: Uint8Array };

export type StoreVerdict =
  | {
      readonly kind: 'stored' | 'known';
      readonly through: number;
      readonly throughLink: Uint8Array;
      /** Stored, but a neighbour's link is not the one that it continues, or leads to. */
      readonly unlinked: boolean;
    }
  | { readonly kind: 'conflict' | 'overlap' | 'erased' | 'place' | 'unknown-epoch' };

export type Arrival = SegmentKey & {
  readonly arrival: number;
  readonly last: number;
  /** `held`: the sealed body is kept. `dropped`: it was let go of. `erased`: its records must not come back. */
  readonly state: 'held' | 'dropped' | 'erased';
  readonly storedMs: number;
};

export type Gap = EpochKey & { readonly from: number; readonly to: number };
export type ErasedRange = EpochKey & { readonly from: number; readonly to: number };
