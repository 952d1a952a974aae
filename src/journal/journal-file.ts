import { dirname } from 'node:path';
import { ConfigError, StorageFault } from '../kernel/errors.ts';
import { storageFault } from '../kernel/storage-fault.ts';
import { Ballast, freeBytesAt } from './ballast.ts';
import { diagnose, lookAt } from './disk-diagnosis.ts';
import type { JournalDisk, JournalOptions, JournalState } from './journal-options.ts';
import { type JournalStore, openJournalStore } from './journal-store.ts';

const RETRY_MS = 1_000;
const BALLAST_BYTES = 32 * 1024 * 1024;

type FileOptions = Pick<
  JournalOptions,
  'path' | 'key' | 'clock' | 'onEvent' | 'ballastBytes' | 'freeBytes'
>;

/** What is made of the database each time it was opened. */
type Usable = { readonly store: JournalStore };

/**
 * The journal's database on a disk that may be full, read-only, broken or gone for a while: open or at fault, opened
 * again once it can be, with the ballast given up for a record that would not fit.
 */
export class JournalFile<Opened extends Usable> {
  readonly #options: FileOptions;
  readonly #ready: (store: JournalStore) => Opened;
  readonly #freeBytes: () => number;
  readonly #ballast: Ballast;
  #opened: Opened | null = null;
  #fault: StorageFault | null = null;
  #hasOpened = false;
  #ballastFreed = false;
  #retryAtMs = 0;

  /** `ready` is called with every database that was opened; ConfigError from it at the first opening is passed on. */
  constructor(options: FileOptions, ready: (store: JournalStore) => Opened) {
    this.#options = options;
    this.#ready = ready;
    const { path, ballastBytes = BALLAST_BYTES } = options;
    this.#freeBytes = options.freeBytes ?? (() => freeBytesAt(dirname(path)));
    this.#ballast = new Ballast(`${path}.ballast`, ballastBytes, this.#freeBytes);
    this.#open();
  }

  /** Null while it is at fault. */
  get opened(): Opened | null {
    return this.#opened;
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

  /** Throws the fault there is instead. */
  there(): Opened {
    if (this.#opened !== null) return this.#opened;
    throw this.#fault ?? new StorageFault('io', 'the journal is closed');
  }

  /** Runs what writes. A full disk gets the ballast and a second try, any other fault ends writing until it heals. */
  durably<T>(act: (opened: Opened) => T, hasFreedBallast = false): T {
    const opened = this.there();
    try {
      return act(opened);
    } catch (error) {
      const fault = this.#faultOf(error);
      if (fault === null) throw error;
      this.#letGo();
      if (fault.kind === 'full' && !hasFreedBallast && this.#freeBallast()) {
        this.#open();
        return this.durably(act, true);
      }
      this.#stop(fault);
      throw fault;
    }
  }

  /** As `durably`, for what nobody waits for: a fault is told by event and state. */
  quietly(act: (opened: Opened) => void): void {
    if (this.#opened === null) return;
    try {
      this.durably(act);
    } catch (error) {
      if (!(error instanceof StorageFault)) throw error;
    }
  }

  /** Nothing that reading meets, a damaged page of long ago, keeps records from being written. */
  reading<T>(act: (store: JournalStore) => T): T {
    const { store } = this.there();
    try {
      return act(store);
    } catch (error) {
      throw this.#faultOf(error) ?? error;
    }
  }

  /**
   * For writing about records, not records. What does not fit on a full disk waits: the ballast is for records. After
   * any other fault the file is opened anew at once: a disk that is well goes on without anybody noticing, and one that
   * is not is found out there.
   */
  aside<T>(act: (store: JournalStore) => T): T {
    const { store } = this.there();
    try {
      return store.atOnce(() => act(store));
    } catch (error) {
      const fault = this.#faultOf(error);
      if (fault === null) throw error;
      // Rolled back, and the connection is as good as before; another kind of failure may have left it in doubt.
      if (storageFault(error)?.kind === 'full') throw fault;
      this.#letGo();
      this.#open();
      throw fault;
    }
  }

  /** About once a second: tries a broken disk again, keeps the ballast. */
  tick(): void {
    if (this.#opened === null) {
      if (this.#options.clock.monoMs() >= this.#retryAtMs) this.#open();
      return;
    }
    if (this.#ballast.grow() && this.#ballastFreed) {
      this.#ballastFreed = false;
      this.#options.onEvent({ kind: 'alarm', code: 'journal.ballast-restored' });
    }
  }

  /** For good. */
  close(): void {
    this.#letGo();
    this.#fault ??= new StorageFault('io', 'the journal is closed');
    this.#retryAtMs = Number.POSITIVE_INFINITY;
  }

  /** Something else was made of the database that is open. */
  replace(opened: Opened): void {
    this.#opened = opened;
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
    quietClose(this.#opened?.store ?? null);
    this.#opened = null;
  }
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
