import type { KeyObject } from 'node:crypto';
import { storageFault } from '../kernel/storage-fault.ts';
import { type SignedHead, signHead } from './chain.ts';
import type { Epoch } from './epoch-store.ts';
import { type JournalStore, openJournalStore } from './journal-store.ts';
import { encodeSegment } from './segment.ts';
import type { UploadSegment } from './uploads.ts';

/** A month and a half at one segment a minute. */
const UNSENT_MAX = 65_536;

/** What the hub still has to get, read beside a running station, which alone writes. Everything throws StorageFault. */
export class Outbox {
  readonly #store: JournalStore;

  constructor(path: string, key: Uint8Array) {
    this.#store = openJournalStore(path, key, 'read-only');
  }

  epochs(): readonly Epoch[] {
    return this.#reading((store) => store.epochs.all());
  }

  /** The newest record, signed now; null while its epoch has none. */
  head(signingKey: KeyObject): SignedHead | null {
    return this.#reading((store) => {
      const end = store.head();
      const epoch = end === null ? null : store.epochs.at(end.sequence);
      const segment = end === null ? null : store.segmentOf(end.sequence);
      if (end === null || epoch === null || segment === null) return null;
      const head = {
        ...{ station: epoch.station, epoch: epoch.epoch, sequence: end.sequence, link: end.link },
        ...{ segment: segment.first, keyId: segment.keyId, enc: segment.enc },
      };
      return { ...head, signature: signHead(head, signingKey) };
    });
  }

  /** Closed segments without a receipt, the oldest first. */
  unsent(): readonly UploadSegment[] {
    return this.#reading((store) => {
      const epochs = new Map(store.epochs.all().map(({ id, epoch }) => [id, epoch]));
      return store.uploads.unsent('oldest', UNSENT_MAX).flatMap(({ epoch, first, last }) => {
        const named = epochs.get(epoch);
        return named === undefined ? [] : [{ epoch: named, first, last }];
      });
    });
  }

  /** Null when it was pruned since. */
  segmentBytes(first: number): Uint8Array | null {
    return this.#reading((store) => {
      const segment = store.segment(first);
      const signature = segment?.signature ?? null;
      return segment === null || signature === null
        ? null
        : encodeSegment({ ...segment, signature });
    });
  }

  close(): void {
    this.#store.close();
  }

  /** Each in a moment of its own: a slow stick must not hold up what the station writes. */
  #reading<T>(act: (store: JournalStore) => T): T {
    try {
      return this.#store.atOneMoment(() => act(this.#store));
    } catch (error) {
      throw storageFault(error) ?? error;
    }
  }
}
