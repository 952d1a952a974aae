import { randomBytes } from 'node:crypto';
import { ConfigError, StorageFault } from '../kernel/errors.ts';
import { EPOCH_BYTES, NO_LINK, type SignedHead } from './chain.ts';
import type { Epoch, EpochReason, NewEpoch } from './epoch-store.ts';
import { JournalFile } from './journal-file.ts';
import type {
  Appended,
  BuildRecord,
  JournalDisk,
  JournalOptions,
  JournalState,
} from './journal-options.ts';
import type { ChainEnd, JournalStore } from './journal-store.ts';
import type { ShiftOpenings } from './openings.ts';
import { type Recipient, refusePublished } from './recipient.ts';
import { encodeRecord } from './record-codec.ts';
import { type Sealed, SegmentWriter } from './segment-writer.ts';
import type { ShiftCounters, UnfinishedPassage } from './shift-store.ts';
import { Uploads } from './uploads.ts';

export type {
  Appended,
  BuildRecord,
  JournalDisk,
  JournalEvent,
  JournalOptions,
  JournalState,
} from './journal-options.ts';

/** How long a segment stays open after its first record: short while the hub waits for it. */
const SEGMENT_HUB_MS = 3_000;
const SEGMENT_ALONE_MS = 60_000;
/** Commits after which the write-ahead log is moved into the database, between two records. */
const CHECKPOINT_COMMITS = 256;
const BATCH_RECORDS_MAX = 64;

/**
 * Opens the station's journal, making it when there is none. A disk that cannot be written gives a journal that says so
 * and tries again at every tick. Throws ConfigError when the journal is another station's.
 */
export function openJournal(options: JournalOptions): Journal {
  return new Journal(options);
}

type Opened = {
  readonly store: JournalStore;
  readonly writer: SegmentWriter;
  readonly epoch: Epoch;
  end: ChainEnd;
};

/** The one writer of a station's journal. Everything is synchronous: what returned is on disk. */
export class Journal {
  readonly uploads: Uploads;
  readonly #options: JournalOptions;
  readonly #file: JournalFile<Opened>;
  #recipient: Recipient;
  #commits = 0;

  constructor(options: JournalOptions) {
    this.#options = options;
    this.#recipient = options.recipient;
    this.#file = new JournalFile(options, (store) => this.#ready(store));
    this.uploads = new Uploads(
      (act) => this.#file.reading(act),
      (act) => {
        this.#commits++;
        return this.#file.aside(act);
      },
    );
  }

  state(): JournalState {
    return this.#file.state();
  }

  /** What the disk says now, beside `state`, which is what the last write met: a lane without traffic writes nothing. */
  disk(): JournalDisk {
    return this.#file.disk();
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
    return this.#file.durably((opened) => {
      const encoded = builds.map((build, index) =>
        this.#encode(build, opened.end.sequence + 1 + index),
      );
      const sealed = this.#seal(opened, encoded);
      return sealed.records.map(({ sequence }) => ({
        sequence,
        segment: opened.store.segmentOf(sequence)?.first ?? sequence,
      }));
    });
  }

  /** Passages without an end, oldest first; after a start they are for their lanes to end as unknown. */
  unfinished(): readonly UnfinishedPassage[] {
    return this.#file.opened?.store.shifts.unfinished() ?? [];
  }

  /** Null while the journal cannot be read. */
  counters(lane: string): ShiftCounters | null {
    return this.#file.opened?.store.shifts.counters(lane) ?? null;
  }

  /** What opened without a passage, in this shift and some before it, oldest first. Null while the journal cannot be read. */
  openings(lane: string): readonly ShiftOpenings[] | null {
    return this.#file.opened?.store.shifts.openings(lane) ?? null;
  }

  /** The newest record, signed now; null in an epoch without records, or while the journal cannot be read. */
  head(): SignedHead | null {
    if (this.#file.opened === null) return null;
    const { store, writer, epoch, end } = this.#file.opened;
    if (end.sequence < epoch.first) return null;
    const segment = store.segmentOf(end.sequence);
    return segment === null ? null : writer.signedHead(segment, end);
  }

  /** The newest epoch; null while the journal cannot be read. */
  epoch(): Epoch | null {
    return this.#file.opened?.store.epochs.newest() ?? null;
  }

  /** Every epoch, oldest first; none while the journal cannot be read. */
  epochs(): readonly Epoch[] {
    return this.#file.opened?.store.epochs.all() ?? [];
  }

  /** The chain at a record; null for one that was removed or never there, or while the journal cannot be read. */
  linkAt(sequence: number): Uint8Array | null {
    return this.#file.opened?.store.linkAt(sequence) ?? null;
  }

  /**
   * Goes on in a new epoch that continues from a head which the hub has receipted, or from nothing. What is open is
   * closed; records of earlier epochs stay as they are. Throws StorageFault, and then the old epoch goes on.
   */
  startEpoch(reason: Exclude<EpochReason, 'first'>, continuesFrom: ChainEnd | null): Epoch {
    return this.#file.durably(({ store, writer, end }) => {
      const { station } = this.#options;
      const first = Math.max(end.sequence, continuesFrom?.sequence ?? 0) + 1;
      const started = {
        ...{ epoch: randomBytes(EPOCH_BYTES), station, first, reason },
        ...{ previous: continuesFrom?.link ?? NO_LINK, continues: continuesFrom?.sequence ?? null },
      };
      const closed = writer.openedMonoMs === null ? [] : [writer.close(end)];
      store.startEpoch({ after: end, opened: [], records: [], closed }, started);
      const opened = this.#ready(store);
      this.#file.replace(opened);
      if (closed.length > 0) this.#options.onClosed?.();
      return opened.epoch;
    });
  }

  /**
   * Seals to another key from the next record on, which starts a segment of its own. Throws ConfigError for a key whose
   * private half is published.
   */
  useRecipient(recipient: Recipient): void {
    refusePublished(recipient);
    const { id, publicKey } = this.#recipient;
    if (recipient.id === id && Buffer.from(publicKey).equals(recipient.publicKey)) return;
    this.#recipient = recipient;
    this.#file.quietly((opened) => this.#closeSegment(opened));
    this.#file.opened?.writer.useRecipient(recipient);
  }

  /** To be called about once a second: closes a segment that is due, tries a broken disk again, keeps the ballast. */
  tick(hubAnswers: boolean): void {
    const openedMs = this.#file.opened?.writer.openedMonoMs ?? null;
    const limitMs = hubAnswers ? SEGMENT_HUB_MS : SEGMENT_ALONE_MS;
    if (openedMs !== null && this.#options.clock.monoMs() - openedMs >= limitMs) {
      this.#file.quietly((opened) => this.#closeSegment(opened));
    }
    if (this.#commits >= CHECKPOINT_COMMITS) {
      this.#commits = 0;
      this.#file.quietly(({ store }) => store.checkpoint());
    }
    this.#file.tick();
  }

  /** Closes the open segment and the file. Never throws: what could not be closed is closed at the next start. */
  close(): void {
    this.#file.quietly((opened) => this.#closeSegment(opened));
    this.#file.close();
  }

  #encode(build: BuildRecord, sequence: number) {
    const record = build(sequence);
    if (record.type === 'passage' && record.passage !== sequence) {
      throw new RangeError(`a passage at ${sequence} must carry that number`);
    }
    const { station } = this.#options;
    return { record, bytes: encodeRecord({ ...record, station, sequence }) };
  }

  #seal(opened: Opened, encoded: Parameters<SegmentWriter['seal']>[0]): Sealed {
    const { store, writer, end } = opened;
    const sealed = writer.seal(encoded, end, this.#options.clock.monoMs());
    try {
      store.write({ after: end, ...sealed });
    } catch (error) {
      // What was sealed and not written must never be sealed again: its segment is over.
      writer.abandon();
      throw error;
    }
    const last = sealed.records.at(-1);
    if (last !== undefined) opened.end = { sequence: last.sequence, link: last.link };
    this.#commits++;
    if (sealed.closed.length > 0) this.#options.onClosed?.();
    return sealed;
  }

  #closeSegment({ store, writer, end }: Opened): void {
    if (writer.openedMonoMs === null) return;
    store.write({ after: end, opened: [], records: [], closed: [writer.close(end)] });
    this.#options.onClosed?.();
  }

  /** Finds where the chain ends, proves that the disk takes writes, closes what an earlier run left open. */
  #ready(store: JournalStore): Opened {
    const { station, signingKey, openContext, clock } = this.#options;
    store.settle();
    store.probe(Math.trunc(clock.wallMs()));
    if (store.epochs.newest() === null) store.epochs.start(firstEpoch(station), 0);
    const epoch = store.epochs.newest();
    const end = store.end();
    if (epoch === null || end === null)
      throw new StorageFault('damaged', 'the journal has no epoch');
    if (epoch.station !== station) {
      throw new ConfigError(
        `the journal is that of station "${epoch.station}", the configuration says "${station}": put the right data directory or station.id`,
      );
    }
    const writer = new SegmentWriter(epoch, this.#recipient, signingKey, openContext);
    const closed = store.leftOpen(epoch).map(({ segment, end: at }) => writer.closeAt(segment, at));
    if (closed.length > 0) store.write({ after: end, opened: [], records: [], closed });
    return { store, writer, epoch, end };
  }
}

function firstEpoch(station: string): NewEpoch {
  const epoch = randomBytes(EPOCH_BYTES);
  return { epoch, station, first: 1, previous: NO_LINK, reason: 'first', continues: null };
}
