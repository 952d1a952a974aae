import type { ShiftOpenings } from '../journal/openings.ts';
import type { JournalRecord } from '../journal/record.ts';
import { StorageFault } from '../kernel/errors.ts';
import type { LaneEntry } from './lane-input.ts';
import {
  gapRecord,
  type RecordContext,
  type RecordTime,
  recordOf,
  type WritableEntry,
} from './record-entry.ts';

/** The station's journal as a lane sees it. */
export interface LaneJournal {
  /**
   * Writes one record and returns its sequence number once it is on disk; `build` gets that number first. Throws
   * StorageFault when it cannot, and then nothing was written.
   */
  append(build: (sequence: number) => JournalRecord): number;
  /** Sequence numbers of this lane's passages without an end, oldest first; null while the journal cannot be read. */
  unfinished(): readonly number[] | null;
  /** What opened at this lane without a passage, counted by shift, oldest first; null while the journal cannot be read. */
  openings(): readonly ShiftOpenings[] | null;
}

export type JournalCondition = {
  readonly state: 'writing' | 'not-writing';
  /** Why not, as a code; null while writing. */
  readonly reason: string | null;
  /** Crossings since it stopped, to be told in one gap record. */
  readonly unrecorded: number;
};

export type JournalTold =
  | { readonly event: 'journal-lost'; readonly cause: string }
  | { readonly event: 'journal-back'; readonly decided: number; readonly crossed: number };

/** Passages that the journal holds open and the lane does not know. */
export type Strays = { readonly since: 'start' | 'gap'; readonly sequences: readonly number[] };

type Gap = {
  readonly cause: string;
  readonly fromMs: number;
  readonly triedAtMonoMs: number;
  readonly decided: number;
  readonly crossed: number;
};

/** A broken disk can take seconds to say so, and the lane waits for it. */
const RETRY_MS = 5_000;
/** Actions and ends kept for later: a busy lane's half hour. They hold no personal field. */
const BACKLOG_MAX = 512;

export type KeeperDeps = {
  readonly journal: LaneJournal;
  readonly context: RecordContext;
  readonly time: () => RecordTime;
  readonly monoMs: () => number;
  readonly tell: (told: JournalTold) => void;
};

/**
 * Writes a lane's records and bears a journal that cannot (design: verdicts). What is decided and who crosses meanwhile
 * is counted, and told in one gap record as the first thing once it writes again; actions and ends of recorded passages
 * follow it under the time they happened at.
 */
export class JournalKeeper {
  readonly #deps: KeeperDeps;
  #gap: Gap | null = null;
  #backlog: readonly JournalRecord[] = [];
  /** Since when the journal may hold passages open that nobody knows. */
  #unsureSince: Strays['since'] | null = 'start';

  constructor(deps: KeeperDeps) {
    this.#deps = deps;
  }

  /** The record's sequence number, or null when it could not be written. */
  write(entry: LaneEntry): number | null {
    this.#recover();
    if (entry.type !== 'end') return this.#writeOrCount(entry);
    const { passage, crossed, test, officer } = entry;
    if (passage !== null) return this.#writeOrCount({ ...entry, passage });
    if (test || crossed === 'no' || crossed === 'unknown') return null;
    if (this.#gap !== null) {
      this.#gap = { ...this.#gap, crossed: this.#gap.crossed + 1 };
      return null;
    }
    // Decided while nothing could be written, crossed after the gap was told.
    const action = 'crossed-unrecorded';
    return this.#writeOrCount({ type: 'action', passage: null, action, reason: crossed, officer });
  }

  /** Tries again from time to time, so that a lane without traffic notices too. */
  tick(): void {
    this.#recover();
  }

  /**
   * Told once after a start, and once after every gap when all that waited is written: what a killed daemon left open,
   * and records that reached the disk although their writing failed, or whose end found no room here. They are for the
   * lane to end. `known`: sequences of passages in the lane.
   */
  strays(known: readonly (number | null)[]): Strays | null {
    if (this.#unsureSince === null || this.#gap !== null || this.#backlog.length > 0) return null;
    const unfinished = this.#deps.journal.unfinished();
    if (unfinished === null) return null;
    const since = this.#unsureSince;
    this.#unsureSince = null;
    return { since, sequences: unfinished.filter((sequence) => !known.includes(sequence)) };
  }

  condition(): JournalCondition {
    const gap = this.#gap;
    return gap === null
      ? { state: 'writing', reason: null, unrecorded: 0 }
      : { state: 'not-writing', reason: `journal.${gap.cause}`, unrecorded: gap.crossed };
  }

  #writeOrCount(entry: WritableEntry): number | null {
    const time = this.#deps.time();
    if (this.#gap === null) {
      const sequence = this.#append((next) => recordOf(entry, next, time, this.#deps.context));
      if (sequence !== null) return sequence;
    }
    this.#miss(entry, time);
    return null;
  }

  #miss(entry: WritableEntry, time: RecordTime): void {
    if (entry.type === 'passage') {
      const counts = !(entry.passage.verdict?.test ?? false);
      if (this.#gap !== null && counts) {
        this.#gap = { ...this.#gap, decided: this.#gap.decided + 1 };
      }
      return;
    }
    // An amendment holds a number, which must not wait in memory.
    if (entry.type === 'amendment' || this.#backlog.length >= BACKLOG_MAX) return;
    this.#backlog = [...this.#backlog, recordOf(entry, 0, time, this.#deps.context)];
  }

  #recover(): void {
    const gap = this.#gap;
    if (gap === null || this.#deps.monoMs() - gap.triedAtMonoMs < RETRY_MS) return;
    const time = this.#deps.time();
    const { cause, fromMs, decided, crossed } = gap;
    const counts = { cause, fromMs, untilMs: time.nowMs, decided, crossed };
    const told = this.#append(() => gapRecord(counts, time, this.#deps.context));
    if (told === null) return;
    this.#gap = null;
    this.#deps.tell({ event: 'journal-back', decided, crossed });
    this.#writeBacklog();
  }

  #writeBacklog(): void {
    for (const record of this.#backlog) {
      if (this.#append(() => record) === null) return;
      this.#backlog = this.#backlog.slice(1);
    }
  }

  /** Null, and a gap begins or goes on, when the journal cannot write. */
  #append(build: (sequence: number) => JournalRecord): number | null {
    try {
      return this.#deps.journal.append(build);
    } catch (error) {
      // Whatever it was: it is not on disk.
      this.#stop(error instanceof StorageFault ? error.kind : 'fault');
      return null;
    }
  }

  #stop(cause: string): void {
    this.#unsureSince ??= 'gap';
    const triedAtMonoMs = this.#deps.monoMs();
    if (this.#gap !== null) {
      this.#gap = { ...this.#gap, triedAtMonoMs };
      return;
    }
    const { nowMs } = this.#deps.time();
    this.#gap = { cause, fromMs: nowMs, triedAtMonoMs, decided: 0, crossed: 0 };
    this.#deps.tell({ event: 'journal-lost', cause });
  }
}
