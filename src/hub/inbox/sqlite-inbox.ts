import { join } from 'node:path';
import {
  type Database,
  type DatabaseMode,
  openEncryptedDatabase,
} from '../../kernel/encrypted-database.ts';
import { HUB_ID_BYTES } from '../../sync/protocol/receipt.ts';
import { BodyFiles, type BodyPlace } from './body-files.ts';
import { InboxReads } from './inbox-reads.ts';
import { INBOX_MIGRATIONS } from './inbox-schema.ts';
import type {
  Arrival,
  CheckedSegment,
  EpochKey,
  ErasedRange,
  Gap,
  InboxStore,
  NewEpoch,
  SegmentHeader,
  SegmentKey,
  StoredEpoch,
  StoreVerdict,
} from './inbox-store.ts';
import { InboxWrites } from './inbox-writes.ts';

export const INBOX_DATABASE = 'inbox.db';
export const BODY_FOLDER = 'bodies';

export type SqliteInboxOptions = {
  /** Holds `inbox.db` and `bodies/`. One process writes in it. */
  readonly folder: string;
  readonly key: Uint8Array;
  readonly mode: Extract<DatabaseMode, 'create' | 'open' | 'read-only'>;
  /** Draws the hub's id in a new store. */
  readonly random: (bytes: number) => Uint8Array;
};

/** Throws StorageFault. */
export function openSqliteInbox({ folder, key, mode, random }: SqliteInboxOptions): SqliteInbox {
  const path = join(folder, INBOX_DATABASE);
  const database = openEncryptedDatabase(path, { key, migrations: INBOX_MIGRATIONS, mode });
  try {
    return new SqliteInbox(database, new BodyFiles(join(folder, BODY_FOLDER)), random);
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Headers and leaves in an encrypted database, bodies in files beside it. A body is on disk before the row that names it. */
export class SqliteInbox implements InboxStore {
  readonly hub: Uint8Array;
  readonly #database: Database;
  readonly #bodies: BodyFiles;
  readonly #reads: InboxReads;
  readonly #writes: InboxWrites;

  constructor(database: Database, bodies: BodyFiles, random: (bytes: number) => Uint8Array) {
    this.#database = database;
    this.#bodies = bodies;
    this.#reads = new InboxReads(database);
    this.#writes = new InboxWrites(database);
    this.hub = this.#reads.hub() ?? this.#writes.drawHub(random(HUB_ID_BYTES));
  }

  async addEpoch(epoch: NewEpoch) {
    return this.#writes.addEpoch(epoch);
  }

  async grantEpoch(key: EpochKey, by: string, atMs: number): Promise<boolean> {
    return this.#writes.grantEpoch(key, by, atMs);
  }

  async epochs(station: string): Promise<readonly StoredEpoch[]> {
    return this.#reads.epochs(station);
  }

  async store(segments: readonly CheckedSegment[], atMs: number): Promise<readonly StoreVerdict[]> {
    const isNew = this.#writes.areNew(segments);
    const kept = segments.filter((_, index) => isNew[index]);
    const places = kept.length === 0 ? [] : await this.#bodies.append(kept.map(bytesOf));
    const placeOf = new Map(kept.map((segment, index) => [segment, places[index]]));
    return this.#writes.store(
      segments.map((segment) => ({ segment, place: placeOf.get(segment) ?? null })),
      atMs,
    );
  }

  async linkMore(): Promise<boolean> {
    return this.#writes.linkMore();
  }

  async arrivals(after: number, limit: number): Promise<readonly Arrival[]> {
    return this.#reads.arrivals(after, limit);
  }

  async arrival(key: SegmentKey): Promise<Arrival | null> {
    return this.#reads.arrival(key);
  }

  async body(arrival: number): Promise<Uint8Array | null> {
    const place = this.#reads.place(arrival);
    return place === null ? null : this.#bodies.read(place);
  }

  async headers(key: EpochKey, afterFirst: number, limit: number): Promise<SegmentHeader[]> {
    return this.#reads.headers(key, afterFirst, limit);
  }

  async endsAt(station: string, sequence: number, link: Uint8Array): Promise<Uint8Array | null> {
    return this.#reads.endsAt(station, sequence, link);
  }

  async stations(): Promise<readonly string[]> {
    return this.#reads.stations();
  }

  async gaps(station: string, limit: number): Promise<readonly Gap[]> {
    return this.#reads.gaps(station, limit);
  }

  async kept(after: number, limit: number): Promise<readonly number[]> {
    return this.#reads.kept(after, limit);
  }

  async dropBodies(arrivals: readonly number[], how: 'left' | 'wiped'): Promise<void> {
    if (how === 'wiped') await this.#bodies.wipe(this.#placesOf(arrivals));
    this.#writes.dropBodies(arrivals);
    this.#bodies.removeBut(this.#reads.filesInUse());
  }

  async erase(ranges: readonly ErasedRange[]): Promise<void> {
    const within = this.#writes.markErased(ranges);
    await this.dropBodies(within, 'wiped');
  }

  async close(): Promise<void> {
    await this.#bodies.close();
    this.#database.close();
  }

  #placesOf(arrivals: readonly number[]): readonly BodyPlace[] {
    return arrivals.flatMap((arrival) => this.#reads.place(arrival) ?? []);
  }
}

function bytesOf({ bytes }: CheckedSegment): Uint8Array {
  return bytes;
}
