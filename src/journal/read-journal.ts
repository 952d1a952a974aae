import { statSync } from 'node:fs';
import { toHex } from '../kernel/bytes.ts';
import { StorageFault } from '../kernel/errors.ts';
import { storageFault } from '../kernel/storage-fault.ts';
import type { Epoch, EpochReason } from './epoch-store.ts';
import { type JournalStore, openJournalStore } from './journal-store.ts';
import type { Segment } from './segment.ts';
import type { UnfinishedPassage } from './shift-store.ts';

export type JournalStatus = {
  readonly station: string | null;
  readonly records: number;
  readonly segments: number;
  readonly openSegments: number;
  readonly unfinished: readonly UnfinishedPassage[];
  /** `<epoch>:<sequence>:<link>` of the newest record; null in an empty journal. */
  readonly head: string | null;
  readonly bytesOnDisk: number;
  /** Of `bytesOnDisk`, what pruning left for new records. */
  readonly bytesFree: number;
  /** Closed segments that the hub still has to get, and those it gave a receipt for. */
  readonly unsent: number;
  readonly stored: number;
  /** Records that the hub gave no receipt for, those of an open segment among them. */
  readonly unsentRecords: number;
  /** The oldest record that is still here; null in an empty journal. */
  readonly oldest: number | null;
  readonly epochs: readonly EpochStatus[];
};

export type EpochStatus = {
  readonly epoch: string;
  readonly first: number;
  readonly reason: EpochReason;
  /** Sequence of the receipted head that it goes on from. */
  readonly continues: number | null;
  /** How far the hub has opened it, and how far it was pruned. */
  readonly openedThrough: number | null;
  readonly prunedThrough: number | null;
};

/** Reads beside a running station. Throws StorageFault. */
export function journalStatus(path: string, key: Uint8Array): JournalStatus {
  return reading(path, key, (store) => {
    const head = store.head();
    const epoch = head === null ? store.epochs.newest() : store.epochs.at(head.sequence);
    const rows = [...store.segments()];
    return {
      station: epoch?.station ?? null,
      records: store.count(),
      segments: rows.length,
      openSegments: rows.filter(({ signature }) => signature === null).length,
      unfinished: store.shifts.unfinished(),
      head:
        epoch === null || head === null
          ? null
          : `${toHex(epoch.epoch)}:${head.sequence}:${toHex(head.link)}`,
      bytesOnDisk: sizeOf(path) + sizeOf(`${path}-wal`),
      bytesFree: store.bytesFree(),
      unsent: store.uploads.countUnsent(),
      stored: store.uploads.countStored(),
      unsentRecords: store.count() - store.uploads.countStoredRecords(),
      oldest: store.oldest(),
      epochs: store.epochs.all().map((each) => epochStatus(store, each)),
    };
  });
}

function epochStatus(store: JournalStore, epoch: Epoch): EpochStatus {
  const { first, reason, continues } = epoch;
  return {
    ...{ epoch: toHex(epoch.epoch), first, reason, continues },
    openedThrough: store.uploads.openedThrough(epoch),
    prunedThrough: store.epochs.base(epoch)?.sequence ?? null,
  };
}

/**
 * Calls `visit` with every segment in order, the open one too (its `signature` is null), one in memory at a time.
 * Throws StorageFault at the first that is not whole.
 */
export function eachSegment(
  path: string,
  key: Uint8Array,
  visit: (segment: Segment) => void,
): void {
  reading(path, key, (store) => {
    for (const { first } of store.segments()) {
      const segment = store.segment(first);
      if (segment === null) {
        throw new StorageFault(
          'damaged',
          `records of segment ${first} are missing: run chot journal verify`,
        );
      }
      visit(segment);
    }
  });
}

function reading<T>(path: string, key: Uint8Array, act: (store: JournalStore) => T): T {
  const store = openJournalStore(path, key, 'read-only');
  try {
    return store.atOneMoment(() => act(store));
  } catch (error) {
    throw storageFault(error) ?? error;
  } finally {
    store.close();
  }
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
