import { toHex } from '../../kernel/bytes.ts';
import type { Clock } from '../../ports/clock.ts';
import type { ErasedRange, InboxStore } from '../inbox/inbox-store.ts';
import type { Erasure, ErasureCause, ErasureJournal } from './erasure-journal.ts';
import type { ErasableIndex, RecordPlace, Subject } from './index-store.ts';

const BATCH_MAX = 1_000;
/** A range of a person's erasure comes from one batch; what is longer was not written by us. */
const RANGE_MAX = 1_000_000;

export type EraserOptions = {
  readonly inbox: Pick<InboxStore, 'dropBodies' | 'erase'>;
  readonly index: ErasableIndex;
  readonly journal: ErasureJournal;
  readonly clock: Clock;
};

/**
 * Erases records: written down first, then in force, so that a crash in between, or a backup put back, loses no erasure.
 * Leaves and headers stay, and with them the proof. A sealed body that holds an erased record is overwritten whole as soon
 * as it is opened; its other records are in the index.
 */
export class Eraser {
  readonly #options: EraserOptions;
  /** One at a time: a mark in the journal speaks for everything before it. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: EraserOptions) {
    this.#options = options;
  }

  /**
   * Everything that is indexed about a person, with all that belongs to the passages. Gives how many records. What
   * stations have not sent yet is not found: ask again when they have.
   */
  erasePerson(subject: Subject): Promise<number> {
    return this.#alone(() => this.#erasePerson(subject));
  }

  /** Segments of which retention left nothing: they are not taken again. */
  eraseEmptied(ranges: readonly ErasedRange[]): Promise<void> {
    return ranges.length === 0 ? Promise.resolve() : this.#alone(() => this.#eraseEmptied(ranges));
  }

  /** `pending`: at every start. `all`: after a restore. Gives how many entries it went through. */
  replay(which: 'all' | 'pending'): Promise<number> {
    return this.#alone(() => this.#replay(which));
  }

  async #erasePerson(subject: Subject): Promise<number> {
    const { index, journal, clock } = this.#options;
    let erased = 0;
    for (;;) {
      const places = await index.placesOf(subject, BATCH_MAX);
      if (places.length === 0) break;
      const atMs = clock.wallMs();
      const ranges = rangesOf(places);
      journal.append(ranges.map((range) => ({ ...range, cause: 'person', atMs })));
      await this.#enforce('person', ranges, atMs);
      erased += places.length;
    }
    if (erased > 0) await this.#finish();
    return erased;
  }

  async #eraseEmptied(ranges: readonly ErasedRange[]): Promise<void> {
    const { journal, clock } = this.#options;
    const atMs = clock.wallMs();
    journal.append(ranges.map((range) => ({ ...range, cause: 'retention', atMs })));
    await this.#enforce('retention', ranges, atMs);
    await this.#finish();
  }

  async #replay(which: 'all' | 'pending'): Promise<number> {
    let count = 0;
    let batch: Erasure[] = [];
    for await (const erasure of this.#options.journal.read(which)) {
      count++;
      batch.push(erasure);
      if (batch.length === BATCH_MAX) {
        await this.#replayBatch(batch);
        batch = [];
      }
    }
    await this.#replayBatch(batch);
    if (count > 0) await this.#finish();
    return count;
  }

  /** Overwrites the sealed bodies that were opened and hold erased records. */
  async wipe(): Promise<void> {
    const { inbox, index } = this.#options;
    for (;;) {
      const arrivals = await index.toWipe(BATCH_MAX);
      if (arrivals.length === 0) return;
      await inbox.dropBodies(arrivals, 'wiped');
      await index.wiped(arrivals);
    }
  }

  #alone<T>(act: () => Promise<T>): Promise<T> {
    const result = this.#last.then(act);
    this.#last = result.catch(() => {});
    return result;
  }

  async #replayBatch(batch: readonly Erasure[]): Promise<void> {
    const atMs = this.#options.clock.wallMs();
    for (const cause of ['person', 'retention'] as const) {
      const ranges = batch.filter((erasure) => erasure.cause === cause);
      if (ranges.length > 0) await this.#enforce(cause, ranges, atMs);
    }
  }

  async #enforce(cause: ErasureCause, ranges: readonly ErasedRange[], atMs: number): Promise<void> {
    const { inbox, index } = this.#options;
    if (cause === 'person') await index.bury(ranges.flatMap(placesOf), atMs);
    await inbox.erase(ranges);
  }

  async #finish(): Promise<void> {
    await this.wipe();
    this.#options.journal.markDone(this.#options.clock.wallMs());
  }
}

/** Neighbouring places as one range each. */
function rangesOf(places: readonly RecordPlace[]): ErasedRange[] {
  const ranges: { station: string; epoch: Uint8Array; from: number; to: number }[] = [];
  const sorted = [...places].sort((one, other) => order(one).localeCompare(order(other)));
  for (const { station, epoch, sequence } of sorted) {
    const last = ranges.at(-1);
    const isNext =
      last !== undefined &&
      last.station === station &&
      last.to + 1 === sequence &&
      toHex(last.epoch) === toHex(epoch);
    if (isNext) last.to = sequence;
    else ranges.push({ station, epoch, from: sequence, to: sequence });
  }
  return ranges;
}

function order({ station, epoch, sequence }: RecordPlace): string {
  return `${station} ${toHex(epoch)} ${String(sequence).padStart(16, '0')}`;
}

function placesOf({ station, epoch, from, to }: ErasedRange): RecordPlace[] {
  const count = Math.min(RANGE_MAX, to - from + 1);
  return Array.from({ length: count }, (_, at) => ({ station, epoch, sequence: from + at }));
}
