import { InputError } from '../kernel/errors.ts';
import type { Epoch } from './epoch-store.ts';
import type { ChainEnd, JournalStore } from './journal-store.ts';
import { encodeSegment } from './segment.ts';
import type { UploadOrder } from './upload-store.ts';

export const RECEIPT_BYTES_MAX = 4_096;
const UNSENT_MAX = 1_024;
/** One step of pruning or forgetting, so that no lane waits for it: scripts/bench/journal.ts. */
const PRUNE_RECORDS = 256;
const FORGET_SEGMENTS = 512;
/** Instants at which the hub said how far it is are kept this coarse, rounded up: a day of them is 144. */
const SINCE_STEP_MS = 600_000;

/** A closed segment, as it is asked for at the hub. */
export type UploadSegment = {
  readonly epoch: Uint8Array;
  readonly first: number;
  readonly last: number;
};
/** `last` is the newest record that the receipt speaks of. */
export type LastReceipt = {
  readonly epoch: Uint8Array;
  readonly last: number;
  readonly receipt: Uint8Array;
};
export type Acknowledgement = {
  readonly epoch: Uint8Array;
  readonly first: number;
  /** The hub's receipt as it came; empty when the hub said that retention has removed the segment there. */
  readonly receipt: Uint8Array;
  readonly atMs: number;
};
export type PruneOptions = {
  /** The hub may be restored to what it was this long ago. */
  readonly backupIntervalMs: number;
  /** The earliest that it can be now. */
  readonly nowMs: number;
};
export type PruneStep = { readonly records: number; readonly more: boolean };
export type ForgetStep = {
  /** Segments that are unsent again. */
  readonly segments: number;
  readonly more: boolean;
  /** What was pruned already and cannot be sent again; null when nothing of it was. */
  readonly gone: { readonly from: number; readonly to: number } | null;
};

/** Runs `act` on the journal's one connection; throws StorageFault. */
export type OnStore = <T>(act: (store: JournalStore) => T) => T;

/**
 * What becomes of closed segments: which the hub still has to get, what it said, and what may go (security J4). Works
 * on the journal's own connection in transactions of a few milliseconds, so records are appended between them. Every
 * method throws StorageFault while the journal cannot be read or written, InputError for what is not in it.
 */
export class Uploads {
  readonly #read: OnStore;
  readonly #write: OnStore;

  constructor(read: OnStore, write: OnStore) {
    this.#read = read;
    this.#write = write;
  }

  unsent(order: UploadOrder, limit: number): readonly UploadSegment[] {
    return this.#read((store) =>
      store.uploads
        .unsent(order, Math.min(limit, UNSENT_MAX))
        .map((row) => ({ epoch: epochOf(store, row.epoch), first: row.first, last: row.last })),
    );
  }

  unsentCount(): number {
    return this.#read((store) => store.uploads.countUnsent());
  }

  /** The closed segment without a receipt that begins there; null for any other. */
  unsentAt(first: number): UploadSegment | null {
    return this.#read((store) => {
      const row = store.uploads.unsentAt(first);
      return row === null ? null : { ...row, epoch: epochOf(store, row.epoch) };
    });
  }

  /** Bytes of the closed segment that starts at `first`, the same every time; null when none does (any more). */
  segmentBytes(first: number): Uint8Array | null {
    return this.#read((store) => {
      const segment = store.segment(first);
      if (segment === null) return null;
      const { signature } = segment;
      return signature === null ? null : encodeSegment({ ...segment, signature });
    });
  }

  /** The last receipt for a segment of this journal, also when the segment itself was pruned. */
  lastReceipt(): LastReceipt | null {
    return this.#read(lastReceipt);
  }

  /** True with the first receipt for a segment, false with every further one. */
  acknowledge({ epoch, first, receipt, atMs }: Acknowledgement): boolean {
    if (receipt.length > RECEIPT_BYTES_MAX) {
      throw new InputError(
        `receipt: expected at most ${RECEIPT_BYTES_MAX} bytes, came ${receipt.length}`,
      );
    }
    return this.#write((store) => {
      const known = knownEpoch(store, epoch);
      if (first <= prunedThrough(store, known)) return false;
      const stored = store.uploads.isStored(known, first);
      if (stored === null) {
        throw new InputError(`receipt: no closed segment of this epoch begins at ${first}`);
      }
      if (!stored) store.uploads.store(first, receipt, Math.trunc(atMs));
      return !stored;
    });
  }

  /**
   * The hub says that it has opened and indexed every record of `epoch` up to `through`. `atMs` is the latest that it
   * can be now; of what was said before, the earlier instant stands. True when it is further than before.
   */
  noteOpened(said: { epoch: Uint8Array; through: number; atMs: number }): boolean {
    return this.#write((store) => {
      const epoch = knownEpoch(store, said.epoch);
      const before = store.uploads.openedThrough(epoch) ?? epoch.first - 1;
      if (said.through <= Math.max(before, prunedThrough(store, epoch))) return false;
      const end = epoch.last ?? store.head()?.sequence ?? 0;
      if (said.through > end) {
        throw new InputError(
          `opened through ${said.through}: this epoch ends at ${end}, so it was not said of this journal`,
        );
      }
      const sinceMs = Math.ceil(said.atMs / SINCE_STEP_MS) * SINCE_STEP_MS;
      store.uploads.noteOpened(
        epoch,
        Math.max(sinceMs, store.uploads.openedSinceMs(epoch)),
        said.through,
      );
      return true;
    });
  }

  /**
   * A hub that was restored from a backup lost what it had of `epoch` from `from` on: segments still here are unsent
   * again, newest first, some hundred a call. To be called until there is no more.
   */
  forgetAcknowledged({ epoch, from }: { epoch: Uint8Array; from: number }): ForgetStep {
    return this.#write((store) => {
      const known = knownEpoch(store, epoch);
      store.uploads.lowerOpened(known, from - 1);
      const base = prunedThrough(store, known);
      const start = Math.max(from, base + 1, known.first);
      const end = known.last ?? store.head()?.sequence ?? 0;
      const segments = store.uploads.forget(start, end, FORGET_SEGMENTS);
      const gone = base >= from ? { from: Math.max(from, known.first), to: base } : null;
      return { segments, more: segments === FORGET_SEGMENTS, gone };
    });
  }

  /**
   * One step: removes the oldest segments, up to 256 records of them, that the hub has a receipt for and has opened, and
   * has been known to have opened for longer than it can fall back. The newest segment always stays. What a passage
   * without an end needs is kept elsewhere.
   */
  prune(options: PruneOptions): PruneStep {
    return this.#write((store) => {
      for (const epoch of store.epochs.all()) {
        const records = pruneEpoch(store, epoch, options);
        if (records > 0) return { records, more: true };
      }
      return { records: 0, more: false };
    });
  }
}

function pruneEpoch(store: JournalStore, epoch: Epoch, options: PruneOptions): number {
  const openedThrough = store.uploads.openedBy(epoch, options.nowMs - options.backupIntervalMs);
  const newest = store.segmentOf(Number.MAX_SAFE_INTEGER);
  if (openedThrough === null || newest === null) return 0;
  const base = prunedThrough(store, epoch);
  const to = Math.min(openedThrough, newest.first - 1);
  let end: (ChainEnd & { readonly receipt: Uint8Array }) | null = null;
  for (const row of store.uploads.settledFrom(base + 1, to, PRUNE_RECORDS)) {
    const follows = row.epoch === epoch.id && row.first === (end?.sequence ?? base) + 1;
    if (!follows || (end !== null && row.last - base > PRUNE_RECORDS)) break;
    end = { sequence: row.last, link: row.link, receipt: row.receipt };
  }
  if (end === null) return 0;
  store.uploads.remove(base + 1, end.sequence);
  store.epochs.setBase(epoch, end);
  store.uploads.dropOpenedBelow(epoch, end.sequence);
  return end.sequence - base;
}

function prunedThrough(store: JournalStore, epoch: Epoch): number {
  return store.epochs.base(epoch)?.sequence ?? epoch.first - 1;
}

function lastReceipt(store: JournalStore): LastReceipt | null {
  const row = store.uploads.lastStored();
  if (row !== null) {
    const { epoch, last, receipt } = row;
    return { epoch: epochOf(store, epoch), last, receipt };
  }
  for (const epoch of store.epochs.all().toReversed()) {
    const base = store.epochs.base(epoch);
    if (base === null) continue;
    const { sequence, receipt } = base;
    return { epoch: epoch.epoch, last: sequence, receipt };
  }
  return null;
}

function epochOf(store: JournalStore, id: number): Uint8Array {
  const epoch = store.epochs.all().find((each) => each.id === id);
  if (epoch === undefined) throw new Error(`no epoch ${id}, though a segment names it`);
  return epoch.epoch;
}

function knownEpoch(store: JournalStore, epoch: Uint8Array): Epoch {
  const known = store.epochs.named(epoch);
  if (known !== null) return known;
  throw new InputError('this journal has no such epoch: the hub spoke of another one');
}
