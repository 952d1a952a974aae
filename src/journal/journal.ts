import { type KeyObject, randomBytes } from 'node:crypto';
import { dirname } from 'node:path';
import { ConfigError, StorageFault, type StorageFaultKind } from '../kernel/errors.ts';
import { storageFault } from '../kernel/storage-fault.ts';
import type { Clock } from '../ports/clock.ts';
import { Ballast, freeBytesAt } from './ballast.ts';
import { EPOCH_BYTES, NO_LINK, type SignedHead } from './chain.ts';
import { type DiskFaultKind, diagnose, lookAt } from './disk-diagnosis.ts';
import { type ChainEnd, type JournalStore, openJournalStore } from './journal-store.ts';
import type { Recipient } from './recipient.ts';
import type { JournalRecord } from './record.ts';
import { encodeRecord } from './record-codec.ts';
import { type OpenContext, type Sealed, SegmentWriter } from './segment-writer.ts';
import type { ShiftCounters, UnfinishedPassage } from './shift-store.ts';

/** How long a segment stays open after its first record: short while the hub waits for it. */
const SEGMENT_HUB_MS = 3_000;
const SEGMENT_ALONE_MS = 60_000;
const RETRY_MS = 1_000;
/** Commits after which the write-ahead log is moved into the database, between two records. */
const CHECKPOINT_COMMITS = 256;
const BATCH_RECORDS_MAX = 64;
const BALLAST_BYTES = 32 * 1024 * 1024;

export type JournalOptions = {
  readonly path: string;
  /** 32 raw bytes of the database. */
  readonly key: Uint8Array;
  readonly station: string;
  readonly recipient: Recipient;
  /** Ed25519: signs the head of every closed segment. */
  readonly signingKey: KeyObject;
  readonly clock: Clock;
  readonly onEvent: (event: JournalEvent) => void;
  readonly ballastBytes?: number;
  /** Free space on the journal's disk, bytes. */
  readonly freeBytes?: () => number;
  /** How a segment's sealing context is made. */
  readonly openContext?: OpenContext;
};

export type JournalEvent =
  | { readonly kind: 'fault'; readonly fault: StorageFaultKind; readonly message: string }
  /** Writes again. Lanes notice by themselves: they write their gap record and end what only `unfinished` knows. */
  | { readonly kind: 'healed' }
  | {
      readonly kind: 'alarm';
      readonly code: 'journal.ballast-freed' | 'journal.ballast-restored';
    };

export type JournalState =
  | { readonly kind: 'writing' }
  | { readonly kind: 'not-writing'; readonly fault: StorageFaultKind; readonly message: string };

/** `fault`: what would keep a record from it. `freeBytes`: with the ballast, which is given up for records. */
export type JournalDisk = { readonly fault: DiskFaultKind | null; readonly freeBytes: number };

/** `segment` is the sequence of the first record of the segment that the record is in. */
export type Appended = { readonly sequence: number; readonly segment: number };

/**
 * Makes the record that is to stand at `sequence`, which a passage carries as its own number. May be called again for
 * the same record when the first attempt could not be written.
 */
export type BuildRecord = (sequence: number) => JournalRecord;

/**
 * Opens the station's journal, making it when there is none. A disk that cannot be written gives a journal that says so
 * and tries again at every tick. Throws ConfigError when the journal is another station's.
 */
export function openJournal(options: JournalOptions): Journal {
  return new Journal(options);
}

type Opened = { readonly store: JournalStore; readonly writer: SegmentWriter; end: ChainEnd };

/** The one writer of a station's journal. Everything is synchronous: what returned is on disk. */
export class Journal {
  readonly #options: JournalOptions;
  readonly #freeBytes: () => number;
  readonly #ballast: Ballast;
  #opened: Opened | null = null;
  #fault: StorageFault | null = null;
  #hasOpened = false;
  #ballastFreed = false;
  #retryAtMs = 0;
  #commits = 0;

  constructor(options: JournalOptions) {
    this.#options = options;
    const { path, ballastBytes = BALLAST_BYTES } = options;
    this.#freeBytes = options.freeBytes ?? (() => freeBytesAt(dirname(path)));
    this.#ballast = new Ballast(`${path}.ballast`, ballastBytes, this.#freeBytes);
    this.#open();
  }

  state(): JournalState {
    if (this.#fault === null) return { kind: 'writing' };
    return { kind: 'not-writing', fault: this.#fault.kind, message: this.#fault.message };
  }

  /** What the disk says now, beside `state`, which is what the last write met: a lane without traffic writes nothing. */
  disk(): JournalDisk {
    try {
      const freeBytes = this.#freeBytes() + this.#ballast.heldBytes();
      return { fault: lookAt(this.#options.path, freeBytes), freeBytes };
    } catch {
      return { fault: 'io', freeBytes: 0 };
    }
  }

  /** Durable once it returns. Throws StorageFault when it could not be written, InputError for a record that is none. */
  append(build: BuildRecord): Appended {
    const [appended] = this.appendAll([build]);
    if (appended === undefined) throw new Error('one record in, none out');
    return appended;
  }

  /** As `append`, several records in one transaction: all or none. */
  appendAll(builds: readonly BuildRecord[]): readonly Appended[] {
    if (builds.length > BATCH_RECORDS_MAX) {
      throw new RangeError(`at most ${BATCH_RECORDS_MAX} records at once, came ${builds.length}`);
    }
    return this.#durably((opened) => {
      const encoded = builds.map((build, index) =>
        this.#encode(build, opened.end.sequence + 1 + index),
      );
      const sealed = opened.writer.seal(encoded, opened.end, this.#options.clock.monoMs());
      this.#commit(opened, sealed);
      return sealed.records.map(({ sequence }) => ({
        sequence,
        segment: opened.store.segmentOf(sequence)?.first ?? sequence,
      }));
    });
  }

  /** Passages without an end, oldest first; after a start they are for their lanes to end as unknown. */
  unfinished(): readonly UnfinishedPassage[] {
    return this.#opened?.store.shifts.unfinished() ?? [];
  }

  /** Null while the journal cannot be read. */
  counters(lane: string): ShiftCounters | null {
    return this.#opened?.store.shifts.counters(lane) ?? null;
  }

  /** The newest record, signed now; null in an empty journal or one that cannot be read. */
  head(): SignedHead | null {
    if (this.#opened === null || this.#opened.end.sequence === 0) return null;
    const { store, writer, end } = this.#opened;
    const segment = store.segmentOf(end.sequence);
    return segment === null ? null : writer.signedHead(segment, end);
  }

  /** To be called about once a second: closes a segment that is due, tries a broken disk again, keeps the ballast. */
  tick(hubAnswers: boolean): void {
    const nowMs = this.#options.clock.monoMs();
    if (this.#opened === null) {
      if (nowMs >= this.#retryAtMs) this.#open();
      return;
    }
    const openedMs = this.#opened.writer.openedMonoMs;
    const limitMs = hubAnswers ? SEGMENT_HUB_MS : SEGMENT_ALONE_MS;
    if (openedMs !== null && nowMs - openedMs >= limitMs) this.#quietly(closeSegment);
    if (this.#commits >= CHECKPOINT_COMMITS) {
      this.#commits = 0;
      this.#quietly(({ store }) => store.checkpoint());
    }
    if (this.#ballast.grow() && this.#ballastFreed) {
      this.#ballastFreed = false;
      this.#options.onEvent({ kind: 'alarm', code: 'journal.ballast-restored' });
    }
  }

  /** Closes the open segment and the file. Never throws: what could not be closed is closed at the next start. */
  close(): void {
    this.#quietly(closeSegment);
    this.#letGo();
    this.#fault ??= new StorageFault('io', 'the journal is closed');
    this.#retryAtMs = Number.POSITIVE_INFINITY;
  }

  #encode(build: BuildRecord, sequence: number) {
    const record = build(sequence);
    if (record.type === 'passage' && record.passage !== sequence) {
      throw new RangeError(`a passage at ${sequence} must carry that number`);
    }
    const { station } = this.#options;
    return { record, bytes: encodeRecord({ ...record, station, sequence }) };
  }

  #commit(opened: Opened, sealed: Sealed): void {
    opened.store.write({ after: opened.end, ...sealed });
    const last = sealed.records.at(-1);
    if (last !== undefined) opened.end = { sequence: last.sequence, link: last.link };
    this.#commits++;
  }

  /** Runs what writes. A full disk gets the ballast and a second try, any other fault ends writing until it heals. */
  #durably<T>(act: (opened: Opened) => T, hasFreedBallast = false): T {
    if (this.#opened === null) throw this.#fault ?? new StorageFault('io', 'the journal is closed');
    try {
      return act(this.#opened);
    } catch (error) {
      const fault = this.#faultOf(error);
      if (fault === null) {
        // Nothing was written, and what was sealed for it must never be sealed again.
        this.#opened.writer.abandon();
        throw error;
      }
      this.#letGo();
      if (fault.kind === 'full' && !hasFreedBallast && this.#freeBallast()) {
        this.#open();
        return this.#durably(act, true);
      }
      this.#stop(fault);
      throw fault;
    }
  }

  /** For what nobody waits for: a fault is told by event and state. */
  #quietly(act: (opened: Opened) => void): void {
    if (this.#opened === null) return;
    try {
      this.#durably(act);
    } catch (error) {
      if (!(error instanceof StorageFault)) throw error;
    }
  }

  #open(hasFreedBallast = false): void {
    const fault = this.#tryToOpen();
    if (fault === null) {
      const wasFaulty = this.#fault !== null;
      this.#fault = null;
      if (wasFaulty) this.#options.onEvent({ kind: 'healed' });
    } else if (fault.kind === 'full' && !hasFreedBallast && this.#freeBallast()) {
      this.#open(true);
    } else {
      this.#stop(fault);
    }
  }

  #tryToOpen(): StorageFault | null {
    const { path, key } = this.#options;
    let store: JournalStore | null = null;
    try {
      // Once it was there, a missing file is an unmounted disk and no reason to start anew beneath the mount point.
      store = openJournalStore(path, key, this.#hasOpened ? 'open' : 'create');
      this.#opened = this.#ready(store);
      this.#hasOpened = true;
      return null;
    } catch (error) {
      quietClose(store);
      const fault = this.#faultOf(error);
      if (fault !== null) return fault;
      const isStart = !this.#hasOpened && this.#fault === null;
      if (isStart || !(error instanceof ConfigError)) throw error;
      return new StorageFault('damaged', error.message, { cause: error });
    }
  }

  /** Finds where the chain ends, proves that the disk takes writes, closes what an earlier run left open. */
  #ready(store: JournalStore): Opened {
    const { station, recipient, signingKey, openContext, clock } = this.#options;
    store.settle();
    store.probe(Math.trunc(clock.wallMs()));
    if (store.epoch() === null) {
      store.startEpoch({ epoch: randomBytes(EPOCH_BYTES), station, first: 1, previous: NO_LINK });
    }
    const epoch = store.epoch();
    if (epoch === null) throw new StorageFault('damaged', 'the journal has no epoch');
    if (epoch.station !== station) {
      throw new ConfigError(
        `the journal is that of station "${epoch.station}", the configuration says "${station}": put the right data directory or station.id`,
      );
    }
    const writer = new SegmentWriter(epoch, recipient, signingKey, openContext);
    const end = store.end() ?? { sequence: epoch.first - 1, link: epoch.previous };
    const closed = store.leftOpen(epoch).map(({ segment, end: at }) => writer.closeAt(segment, at));
    if (closed.length > 0) store.write({ after: end, opened: [], records: [], closed });
    return { store, writer, end };
  }

  /** Any refusal of the database counts: a lock held by somebody else keeps a record from disk like a full one. */
  #faultOf(error: unknown): StorageFault | null {
    const fault = storageFault(error) ?? refusal(error);
    return fault === null ? null : diagnose(fault, dirname(this.#options.path), this.#freeBytes);
  }

  #freeBallast(): boolean {
    try {
      if (!this.#ballast.free()) return false;
    } catch {
      return false;
    }
    this.#ballastFreed = true;
    this.#options.onEvent({ kind: 'alarm', code: 'journal.ballast-freed' });
    return true;
  }

  #stop(fault: StorageFault): void {
    const isNews = this.#fault?.kind !== fault.kind;
    this.#fault = fault;
    this.#retryAtMs = this.#options.clock.monoMs() + RETRY_MS;
    if (isNews) {
      this.#options.onEvent({ kind: 'fault', fault: fault.kind, message: fault.message });
    }
  }

  #letGo(): void {
    this.#opened?.writer.abandon();
    quietClose(this.#opened?.store ?? null);
    this.#opened = null;
  }
}

function closeSegment({ store, writer, end }: Opened): void {
  if (writer.openedMonoMs === null) return;
  store.write({ after: end, opened: [], records: [], closed: [writer.close(end)] });
}

function refusal(error: unknown): StorageFault | null {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (!code.startsWith('SQLITE_')) return null;
  const message = `the journal refused a write (${code}): see that no other process uses it`;
  return new StorageFault('io', message, { cause: error });
}

function quietClose(store: JournalStore | null): void {
  try {
    store?.close();
  } catch {
    // The disk is broken already; closing flushes nothing that was promised to anybody.
  }
}
