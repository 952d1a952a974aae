import { statSync } from 'node:fs';
import { toHex } from '../kernel/bytes.ts';
import { StorageFault } from '../kernel/errors.ts';
import { storageFault } from '../kernel/storage-fault.ts';
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
    };
  });
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
