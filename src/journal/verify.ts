import type { KeyObject } from 'node:crypto';
import { toHex } from '../kernel/bytes.ts';
import { storageFault } from '../kernel/storage-fault.ts';
import { hashOfSealed, isSignedBy, linkOf } from './chain.ts';
import type { Epoch } from './epoch-store.ts';
import {
  type ChainEnd,
  type JournalStore,
  openJournalStore,
  type RecordRow,
  type SegmentRow,
} from './journal-store.ts';
import { isSealedLength } from './sealing.ts';
import { SEGMENT_RECORDS_MAX } from './segment.ts';
import type { Damage, DamageKind, KnownHead, Verification, VerifiedEpoch } from './verification.ts';

export type VerifyOptions = {
  readonly path: string;
  readonly key: Uint8Array;
  readonly station: string | null;
  readonly verifyingKey: KeyObject;
  readonly knownHead?: KnownHead | null;
};

const DAMAGES_MAX = 1_000;
/** Altered records kept to tell a swap from a change. */
const SUSPECTS_MAX = 256;

/**
 * Walks a journal once, in bounded memory, beside a running station or not. It can show that what is there is
 * unaltered, in order and complete up to a head known from elsewhere; not what was cut off after the last such head.
 * Throws StorageFault when the file cannot be read at all.
 */
export function verifyJournal(options: VerifyOptions): Verification {
  const store = openJournalStore(options.path, options.key, 'read-only');
  try {
    store.refuseBrokenPages();
    return new Verifier(store, options).run();
  } catch (error) {
    throw storageFault(error) ?? error;
  } finally {
    store.close();
  }
}

type Suspect = {
  readonly sequence: number;
  readonly storedLink: Uint8Array;
  readonly previous: Uint8Array;
  readonly sealedHash: Uint8Array;
};

class Verifier {
  readonly #store: JournalStore;
  readonly #options: VerifyOptions;
  readonly #epochs: ReadonlyMap<number, Epoch>;
  /** By epoch; null where it is not known what the next record follows. */
  readonly #ends = new Map<number, ChainEnd | null>();
  readonly #damages: Damage[] = [];
  readonly #suspects: Suspect[] = [];
  #damageCount = 0;
  #records = 0;

  constructor(store: JournalStore, options: VerifyOptions) {
    this.#store = store;
    this.#options = options;
    this.#epochs = new Map(store.epochs.all().map((epoch) => [epoch.id, epoch]));
  }

  run(): Verification {
    // One transaction: a station that goes on writing, or closes a segment, is seen as it was at one moment.
    return this.#store.atOneMoment(() => this.#walk());
  }

  #walk(): Verification {
    for (const { station, first } of this.#epochs.values()) {
      const { station: expected } = this.#options;
      if (expected !== null && station !== expected) this.#found('station', first, first);
    }
    let segments = 0;
    let open = 0;
    for (const row of this.#store.segments()) {
      segments++;
      if (row.signature === null) open++;
      this.#ends.set(row.epoch, this.#segment(row));
    }
    for (const epoch of this.#epochs.values()) this.#compareLast(epoch);
    this.#nameSwaps();
    const head = this.#store.head();
    this.#compareEnd(head);
    this.#compareKnown(head);
    const epoch = head === null ? null : this.#store.epochs.at(head.sequence);
    return {
      records: this.#records,
      segments,
      openSegments: open,
      epochs: [...this.#epochs.values()].map((each) => this.#verified(each)),
      head:
        head === null || epoch === null
          ? null
          : { epoch: toHex(epoch.epoch), sequence: head.sequence, link: toHex(head.link) },
      damages: this.#damages,
      damageCount: this.#damageCount,
    };
  }

  /** Checks one segment and returns the record it ends with, null where that is not known. */
  #segment(row: SegmentRow): ChainEnd | null {
    const epoch = this.#epochs.get(row.epoch);
    if (epoch === undefined) {
      this.#found('segment', row.first, row.first);
      return null;
    }
    const before = this.#endOf(epoch);
    const last = this.#store.lastOf(row);
    const start = this.#startOf(row, last, epoch, before);
    const { sequence, link } = this.#recordsOf(row.first, last, epoch, start);
    if (sequence < last) {
      this.#found('cut', sequence + 1, last);
      return null;
    }
    if (link === null) return null;
    this.#signature(row, epoch, { sequence: last, link });
    return { sequence: last, link };
  }

  /** The link that the segment's first record follows, null where that record is missing. */
  #startOf(
    { first }: SegmentRow,
    last: number,
    epoch: Epoch,
    before: ChainEnd | null,
  ): Uint8Array | null {
    const expected = (before?.sequence ?? first - 1) + 1;
    if (first > expected) this.#found('gap', expected, first - 1);
    if (first < expected || last - first >= SEGMENT_RECORDS_MAX) {
      this.#found('segment', first, last);
    }
    if (first === epoch.first) return epoch.previous;
    return first === expected ? (before?.link ?? null) : null;
  }

  /** Where the walk is in an epoch: at first what its oldest record that is still here has to follow. */
  #endOf(epoch: Epoch): ChainEnd | null {
    const end = this.#ends.get(epoch.id);
    if (end !== undefined) return end;
    return this.#store.epochs.base(epoch) ?? { sequence: epoch.first - 1, link: epoch.previous };
  }

  /** An epoch that another one followed ends where it did then. */
  #compareLast(epoch: Epoch): void {
    const { last } = epoch;
    const end = this.#endOf(epoch);
    if (last === null || end === null) return;
    if (end.sequence < last) this.#found('cut', end.sequence + 1, last);
    if (end.sequence > last) this.#found('segment', last + 1, end.sequence);
  }

  #verified(epoch: Epoch): VerifiedEpoch {
    const { first, reason, continues, previous } = epoch;
    const own = continues === null ? null : this.#store.linkAt(continues);
    const follows = own !== null && isEqual(own, previous) ? 'own' : 'receipt';
    return {
      epoch: toHex(epoch.epoch),
      ...{ first, reason },
      follows: continues === null ? 'nothing' : follows,
      prunedThrough: this.#store.epochs.base(epoch)?.sequence ?? null,
    };
  }

  /** The last record there and its stored link; null when there is none. */
  #recordsOf(
    first: number,
    last: number,
    epoch: Epoch,
    start: Uint8Array | null,
  ): { readonly sequence: number; readonly link: Uint8Array | null } {
    let sequence = first - 1;
    let link = start;
    for (const record of this.#store.records(first, last)) {
      if (record.sequence > sequence + 1) {
        this.#found('gap', sequence + 1, record.sequence - 1);
        link = null;
      }
      this.#record(record, link, epoch);
      ({ sequence, link } = record);
    }
    return { sequence, link };
  }

  #record(record: RecordRow, previous: Uint8Array | null, epoch: Epoch): void {
    const { sequence, sealed, link } = record;
    this.#records++;
    if (!isSealedLength(sealed.length)) this.#found('length', sequence, sequence);
    if (previous === null) return;
    const sealedHash = hashOfSealed(sealed);
    const place = { station: epoch.station, epoch: epoch.epoch, sequence };
    if (isEqual(linkOf(place, previous, sealedHash), link)) return;
    const isReplay = [...this.#epochs.values()].some((other) =>
      isEqual(
        linkOf({ station: other.station, epoch: other.epoch, sequence }, previous, sealedHash),
        link,
      ),
    );
    this.#found(isReplay ? 'replayed' : 'altered', sequence, sequence);
    if (this.#suspects.length < SUSPECTS_MAX) {
      this.#suspects.push({ sequence, storedLink: link, previous, sealedHash });
    }
  }

  #signature(row: SegmentRow, epoch: Epoch, end: ChainEnd): void {
    const { signature, keyId, enc, first } = row;
    if (signature === null) {
      // Only the newest segment may be open.
      if (this.#store.segmentOf(Number.MAX_SAFE_INTEGER)?.first !== first) {
        this.#found('signature', first, end.sequence);
      }
      return;
    }
    const { station, epoch: id } = epoch;
    const head = { station, epoch: id, ...end, segment: first, keyId, enc, signature };
    if (!isSignedBy(head, this.#options.verifyingKey)) {
      this.#found('signature', first, end.sequence);
    }
  }

  /** Two altered records whose contents fit each other's place are one swap. */
  #nameSwaps(): void {
    const epochs = [...this.#epochs.values()];
    const fits = (content: Suspect, place: Suspect) =>
      epochs.some(({ station, epoch }) =>
        // Sealed texts alone may have changed places, or whole rows with their links.
        [place.previous, content.storedLink].some((previous) => {
          const link = linkOf(
            { station, epoch, sequence: place.sequence },
            previous,
            content.sealedHash,
          );
          return isEqual(link, place.storedLink) || isEqual(link, content.storedLink);
        }),
      );
    for (const one of this.#suspects) {
      const partner = this.#suspects.find((other) => other !== one && fits(one, other));
      const index = this.#damages.findIndex(
        ({ kind, from }) => kind === 'altered' && from === one.sequence,
      );
      if (partner !== undefined && index >= 0) {
        this.#damages[index] = { kind: 'swapped', from: one.sequence, to: partner.sequence };
      }
    }
  }

  #compareEnd(head: ChainEnd | null): void {
    const newest = this.#store.newestRecord();
    if (head === null) {
      if (newest !== null) this.#found('beyond-head', 1, newest.sequence);
      return;
    }
    const last = newest?.sequence ?? 0;
    if (last > head.sequence) this.#found('beyond-head', head.sequence + 1, last);
    if (last < head.sequence && !this.#isNamed(head.sequence)) {
      this.#found('cut', last + 1, head.sequence);
    }
    const end = [...this.#ends.values()].at(-1) ?? null;
    if (end?.sequence === head.sequence && !isEqual(end.link, head.link)) {
      this.#found('altered', head.sequence, head.sequence);
    }
  }

  #compareKnown(head: ChainEnd | null): void {
    const { knownHead } = this.#options;
    if (knownHead === undefined || knownHead === null) return;
    const { sequence, link } = knownHead;
    const hasEpoch = [...this.#epochs.values()].some(({ epoch }) =>
      isEqual(epoch, knownHead.epoch),
    );
    const stored = this.#store.linkAt(sequence);
    if (!hasEpoch || (stored !== null && !isEqual(stored, link))) {
      this.#found('forked', sequence, sequence);
    } else if (stored === null && (head?.sequence ?? 0) < sequence) {
      this.#found('behind', (head?.sequence ?? 0) + 1, sequence);
    }
  }

  #isNamed(sequence: number): boolean {
    return this.#damages.some(({ kind, to }) => kind === 'cut' && to === sequence);
  }

  #found(kind: DamageKind, from: number, to: number): void {
    this.#damageCount++;
    if (this.#damages.length < DAMAGES_MAX) this.#damages.push({ kind, from, to });
  }
}

function isEqual(one: Uint8Array, other: Uint8Array): boolean {
  return Buffer.from(one.buffer, one.byteOffset, one.byteLength).equals(other);
}
