import { hashOfSealed, linkOf, NO_LINK, type SignedHead } from '../../../src/journal/chain.ts';
import type { Epoch } from '../../../src/journal/epoch-store.ts';
import type { ChainEnd } from '../../../src/journal/journal-store.ts';
import { encodeSegment } from '../../../src/journal/segment.ts';
import type {
  Acknowledgement,
  ForgetStep,
  LastReceipt,
  PruneOptions,
  UploadSegment,
} from '../../../src/journal/uploads.ts';
import { toHex } from '../../../src/kernel/bytes.ts';
import type { UploadJournal } from '../../../src/sync/uplink/upload-journal.ts';
import type { Seeded } from './seeded.ts';

const SEALED_BYTES = 784;
const SIGNATURE = new Uint8Array(64);
const ENC = new Uint8Array(32);

type Segment = {
  readonly epoch: number;
  readonly first: number;
  last: number;
  isClosed: boolean;
  receipt: Uint8Array | null;
};
type Row = { readonly link: Uint8Array; readonly sealed: Uint8Array };
type Opened = { sinceMs: number; through: number };

/** What lies on the disk of a simulated station; whole after every call of the journal, as the real one's. */
export type Disk = {
  epochs: Epoch[];
  segments: Segment[];
  records: Map<number, Row>;
  opened: Map<number, Opened[]>;
  base: Map<number, { sequence: number; link: Uint8Array; receipt: Uint8Array }>;
  end: ChainEnd;
};

export function emptyDisk(station: string, random: Seeded): Disk {
  const epoch: Epoch = {
    ...{ id: 1, epoch: random.bytes(16), station, first: 1, previous: NO_LINK },
    ...{ reason: 'first', continues: null, last: null },
  };
  return {
    ...{ epochs: [epoch], segments: [], records: new Map(), opened: new Map(), base: new Map() },
    end: { sequence: 0, link: NO_LINK },
  };
}

export function copyDisk(disk: Disk): Disk {
  return {
    epochs: disk.epochs.map((epoch) => ({ ...epoch })),
    segments: disk.segments.map((segment) => ({ ...segment })),
    records: new Map(disk.records),
    opened: new Map([...disk.opened].map(([id, list]) => [id, list.map((each) => ({ ...each }))])),
    base: new Map(disk.base),
    end: disk.end,
  };
}

/** A simulated journal: the upload side of the real one over a disk in memory. `trip` may end the process at any step. */
export class MemoryJournal implements UploadJournal {
  readonly disk: Disk;
  readonly #station: string;
  readonly #random: Seeded;
  readonly #trip: (step: string) => void;
  readonly #onClosed: () => void;

  constructor(
    disk: Disk,
    station: string,
    random: Seeded,
    trip: (step: string) => void,
    onClosed: () => void,
  ) {
    this.disk = disk;
    this.#station = station;
    this.#random = random;
    this.#trip = trip;
    this.#onClosed = onClosed;
    this.#close();
  }

  readonly uploads = {
    unsent: (order: 'newest' | 'oldest', limit: number): readonly UploadSegment[] => {
      const unsent = this.disk.segments.filter((each) => each.isClosed && each.receipt === null);
      if (order === 'newest') unsent.reverse();
      return unsent
        .slice(0, limit)
        .map(({ epoch, first, last }) => ({ epoch: this.#epoch(epoch).epoch, first, last }));
    },
    unsentCount: () =>
      this.disk.segments.filter((each) => each.isClosed && each.receipt === null).length,
    unsentAt: (first: number): UploadSegment | null => {
      const unsent = this.disk.segments.filter((each) => each.isClosed && each.receipt === null);
      const found = unsent.find((each) => each.first === first);
      return found === undefined ? null : { ...found, epoch: this.#epoch(found.epoch).epoch };
    },
    segmentBytes: (first: number) => this.#segmentBytes(first),
    lastReceipt: () => this.#lastReceipt(),
    acknowledge: (what: Acknowledgement) =>
      this.#durably('acknowledge', () => this.#acknowledge(what)),
    noteOpened: (said: { epoch: Uint8Array; through: number; atMs: number }) =>
      this.#durably('opened', () => this.#noteOpened(said)),
    forgetAcknowledged: (what: { epoch: Uint8Array; from: number }) =>
      this.#durably('forget', () => this.#forget(what)),
    prune: (options: PruneOptions) => this.#durably('prune', () => this.#prune(options)),
  };

  state() {
    return { kind: 'writing' } as const;
  }

  epochs(): readonly Epoch[] {
    return this.disk.epochs;
  }

  linkAt(sequence: number): Uint8Array | null {
    return this.disk.records.get(sequence)?.link ?? null;
  }

  head(): SignedHead | null {
    const { end } = this.disk;
    const epoch = this.#current();
    if (end.sequence < epoch.first) return null;
    const segment = this.disk.segments.at(-1)?.first ?? 0;
    return {
      ...{ station: this.#station, epoch: epoch.epoch, ...end, segment },
      ...{ keyId: 'k', enc: ENC, signature: SIGNATURE },
    };
  }

  startEpoch(reason: 'conflict' | 'behind' | 'lost', from: ChainEnd | null): Epoch {
    return this.#durably('epoch', () => {
      this.#close();
      const { end, epochs } = this.disk;
      const before = this.#current();
      if (end.sequence < before.first) epochs.pop();
      else epochs[epochs.length - 1] = { ...before, last: end.sequence };
      const first = Math.max(end.sequence, from?.sequence ?? 0) + 1;
      const epoch: Epoch = {
        ...{ id: before.id + 1, epoch: this.#random.bytes(16), station: this.#station, first },
        ...{
          previous: from?.link ?? NO_LINK,
          reason,
          continues: from?.sequence ?? null,
          last: null,
        },
      };
      epochs.push(epoch);
      this.disk.end = { sequence: first - 1, link: epoch.previous };
      return epoch;
    });
  }

  /** A record; its link once it is on disk. */
  append(): { readonly epoch: string; readonly sequence: number; readonly link: string } {
    return this.#durably('append', () => {
      const { disk } = this;
      const epoch = this.#current();
      const sequence = disk.end.sequence + 1;
      const sealed = new Uint8Array(SEALED_BYTES);
      new DataView(sealed.buffer).setFloat64(0, this.#random.next());
      const place = { station: this.#station, epoch: epoch.epoch, sequence };
      const link = linkOf(place, disk.end.link, hashOfSealed(sealed));
      const open = disk.segments.at(-1);
      if (open === undefined || open.isClosed) {
        disk.segments.push({
          epoch: epoch.id,
          first: sequence,
          last: sequence,
          isClosed: false,
          receipt: null,
        });
      } else open.last = sequence;
      disk.records.set(sequence, { link, sealed });
      disk.end = { sequence, link };
      return { epoch: toHex(epoch.epoch), sequence, link: toHex(link) };
    });
  }

  closeSegment(): void {
    this.#durably('close', () => this.#close());
    this.#onClosed();
  }

  #close(): void {
    const open = this.disk.segments.at(-1);
    if (open !== undefined) open.isClosed = true;
  }

  /** The process may end before anything happened, or after all of it did. */
  #durably<T>(step: string, act: () => T): T {
    this.#trip(`before ${step}`);
    const result = act();
    this.#trip(`after ${step}`);
    return result;
  }

  #segmentBytes(first: number): Uint8Array | null {
    const { segments, records } = this.disk;
    const segment = segments.find((each) => each.first === first && each.isClosed);
    if (segment === undefined) return null;
    const epoch = this.#epoch(segment.epoch);
    const sealed: Uint8Array[] = [];
    for (let at = first; at <= segment.last; at++) {
      const row = records.get(at);
      if (row === undefined) return null;
      sealed.push(row.sealed);
    }
    const previous =
      first === epoch.first
        ? epoch.previous
        : (records.get(first - 1)?.link ?? this.disk.base.get(epoch.id)?.link);
    if (previous === undefined) throw new Error('no link before a segment');
    const at = { station: this.#station, epoch: epoch.epoch, first, keyId: 'k', enc: ENC };
    return encodeSegment({ ...at, previous, signature: SIGNATURE, sealed });
  }

  #acknowledge({ epoch, first, receipt }: Acknowledgement): boolean {
    const known = this.#named(epoch);
    if (first <= (this.disk.base.get(known.id)?.sequence ?? known.first - 1)) return false;
    const segment = this.disk.segments.find(
      (each) => each.epoch === known.id && each.first === first && each.isClosed,
    );
    if (segment === undefined) throw new Error(`no closed segment at ${first}`);
    if (segment.receipt !== null) return false;
    segment.receipt = receipt;
    return true;
  }

  #lastReceipt(): LastReceipt | null {
    const stored = this.disk.segments.findLast((each) => each.receipt !== null);
    if (stored?.receipt) {
      return { epoch: this.#epoch(stored.epoch).epoch, last: stored.last, receipt: stored.receipt };
    }
    for (const epoch of this.disk.epochs.toReversed()) {
      const base = this.disk.base.get(epoch.id);
      if (base === undefined) continue;
      return { epoch: epoch.epoch, last: base.sequence, receipt: base.receipt };
    }
    return null;
  }

  #noteOpened({
    epoch,
    through,
    atMs,
  }: {
    epoch: Uint8Array;
    through: number;
    atMs: number;
  }): boolean {
    const known = this.#named(epoch);
    if (through > (known.last ?? this.disk.end.sequence)) throw new Error('opened beyond the end');
    const list = this.disk.opened.get(known.id) ?? [];
    if (through <= Math.max(0, ...list.map((each) => each.through))) return false;
    list.push({ sinceMs: atMs, through });
    this.disk.opened.set(known.id, list);
    return true;
  }

  #forget({ epoch, from }: { epoch: Uint8Array; from: number }): ForgetStep {
    const known = this.#named(epoch);
    for (const each of this.disk.opened.get(known.id) ?? []) {
      each.through = Math.min(each.through, from - 1);
    }
    const base = this.disk.base.get(known.id)?.sequence ?? known.first - 1;
    const end = known.last ?? this.disk.end.sequence;
    const hit = this.disk.segments
      .filter((each) => each.receipt !== null && each.first <= end)
      .filter((each) => each.last >= Math.max(from, base + 1, known.first))
      .slice(-2);
    for (const each of hit) each.receipt = null;
    const gone =
      base >= Math.max(from, known.first) ? { from: Math.max(from, known.first), to: base } : null;
    return { segments: hit.length, more: hit.length === 2, gone };
  }

  #prune({ backupIntervalMs, nowMs }: PruneOptions) {
    for (const epoch of this.disk.epochs) {
      const list = this.disk.opened.get(epoch.id) ?? [];
      const byThen = list.filter(({ sinceMs }) => sinceMs <= nowMs - backupIntervalMs);
      const through = Math.max(0, ...byThen.map((each) => each.through));
      const base = this.disk.base.get(epoch.id)?.sequence ?? epoch.first - 1;
      const newest = this.disk.segments.at(-1);
      const oldest = this.disk.segments.find(
        (each) => each.epoch === epoch.id && each.first === base + 1 && each !== newest,
      );
      if (oldest === undefined || oldest.receipt === null || oldest.last > through) continue;
      const link = this.disk.records.get(oldest.last)?.link;
      if (link === undefined) throw new Error('a record is missing');
      this.disk.base.set(epoch.id, { sequence: oldest.last, link, receipt: oldest.receipt });
      for (let at = oldest.first; at <= oldest.last; at++) this.disk.records.delete(at);
      this.disk.segments.splice(this.disk.segments.indexOf(oldest), 1);
      return { records: oldest.last - base, more: true };
    }
    return { records: 0, more: false };
  }

  #current(): Epoch {
    const current = this.disk.epochs.at(-1);
    if (current === undefined) throw new Error('a journal without an epoch');
    return current;
  }

  #epoch(id: number): Epoch {
    const epoch = this.disk.epochs.find((each) => each.id === id);
    if (epoch === undefined) throw new Error(`no epoch ${id}`);
    return epoch;
  }

  #named(epoch: Uint8Array): Epoch {
    const known = this.disk.epochs.find((each) => toHex(each.epoch) === toHex(epoch));
    if (known === undefined) throw new Error('an epoch that this journal does not have');
    return known;
  }
}
