import { join } from 'node:path';
import type { Database } from '../kernel/encrypted-database.ts';
import { StorageFault } from '../kernel/errors.ts';
import { BlockFile } from './block-file.ts';
import { CANARY_SOURCE, canaryNumber, STATUSES, type Status } from './canaries.ts';
import type { RegisterHit, SubjectKind } from './lookup.ts';
import { ROW_BYTES, readFields } from './row.ts';
import { baseOf, type SnapshotId, snapshotFile, snapshotKey } from './snapshot-name.ts';
import { deriveRegisterKey, subjectDigest } from './subject-key.ts';

export type SnapshotMeta = SnapshotId & {
  readonly previousVersion: number | null;
  /** The manifest's version at which the hub last changed the content; null: imported here. */
  readonly published: number | null;
  /** What the list says was so at this instant. */
  readonly asOfMs: number;
  readonly madeMs: number;
  /** Different rows, and different subjects, canaries apart. */
  readonly entries: number;
  readonly subjects: number;
  /** Of all rows, canaries too: see RowChecksum. */
  readonly checksum: string;
};

/** What a station needs to read its registers. */
export type RegisterSecrets = {
  /** 32 bytes: opens the files. */
  readonly databaseKey: Uint8Array;
  /** Finds the subjects: the region's key and its generation. */
  readonly region: RegionKey;
};

export type RegionKey = { readonly generation: number; readonly key: Uint8Array };

/** In an overlay: the subject has no rows any more. */
export const STATUS_REMOVED = 0;

/** One version of one register, open for look-ups: a base, and perhaps an overlay with what changed since. No file ever changes. */
export class Snapshot {
  readonly meta: SnapshotMeta;
  readonly base: BlockFile;
  readonly overlay: BlockFile | null;
  /** Names by their id. */
  readonly sources: ReadonlyMap<number, string>;
  readonly #registerKey: Uint8Array;
  readonly #statuses: ReadonlyMap<number, Status>;

  /**
   * Throws StorageFault when it does not open, or holds something else than its name says. `beside`: an open snapshot
   * whose base is shared when it is the same.
   */
  static open(
    folder: string,
    id: SnapshotId,
    secrets: RegisterSecrets,
    beside: Snapshot | null = null,
  ): Snapshot {
    const openFile = (file: SnapshotId) =>
      BlockFile.open(join(folder, snapshotFile(file)), snapshotKey(secrets.databaseKey, file));
    const isShared = beside !== null && sameFile(baseOf(beside.meta), baseOf(id));
    const base = isShared ? beside.base : openFile(baseOf(id));
    let overlay: BlockFile | null = null;
    try {
      if (id.base !== null) overlay = openFile(id);
      return new Snapshot(base, overlay, id, secrets);
    } catch (error) {
      overlay?.close();
      if (!isShared) base.close();
      throw error;
    }
  }

  private constructor(
    base: BlockFile,
    overlay: BlockFile | null,
    id: SnapshotId,
    { region }: RegisterSecrets,
  ) {
    this.base = base;
    this.overlay = overlay;
    const { database } = overlay ?? base;
    this.meta = readMeta(database, id);
    this.#registerKey = deriveRegisterKey(region.key, id.register);
    this.#statuses = readStatuses(database);
    this.sources = readNames(database, 'source');
  }

  /** All rows of the subject. Throws when the file is damaged or does not answer. */
  rows(kind: SubjectKind, value: string): RegisterHit[] {
    const digest = subjectDigest(this.#registerKey, kind, value);
    const rows = this.#find(digest.readUInt32BE(0), digest.readUInt32BE(4));
    const hits: RegisterHit[] = [];
    for (let at = 0; at < rows.length; at += ROW_BYTES) {
      const { status, fromDay, untilDay, source } = readFields(rows, at);
      if (status === STATUS_REMOVED) continue;
      hits.push({
        register: this.meta.register,
        status: known(this.#statuses, status),
        fromDay,
        untilDay,
        source: known(this.sources, source),
      });
    }
    return hits;
  }

  /** Whether every status is still found (security R4), by the path that a person's number goes. Throws as `rows`. */
  answersCanaries(): boolean {
    return STATUSES.every((status) =>
      this.rows('number', canaryNumber(status)).some(
        (hit) => hit.status === status && hit.source === CANARY_SOURCE,
      ),
    );
  }

  /** `successor` goes on using the base when it shares it. */
  close(successor: Snapshot | null = null): void {
    this.overlay?.close();
    if (this.base !== successor?.base) this.base.close();
  }

  #find(high: number, low: number): Buffer {
    const changed = this.overlay?.find(high, low);
    return changed === undefined || changed.length === 0 ? this.base.find(high, low) : changed;
  }
}

function sameFile(a: SnapshotId, b: SnapshotId): boolean {
  return snapshotFile(a) === snapshotFile(b);
}

function readMeta(database: Database, id: SnapshotId): SnapshotMeta {
  const meta = database
    .prepare<[], SnapshotMeta>(
      `SELECT register, generation, version, base, previous_version AS previousVersion, published,
              as_of_ms AS asOfMs, made_ms AS madeMs, entries, subjects, checksum FROM meta`,
    )
    .get();
  if (meta !== undefined && sameFile(meta, id)) return meta;
  throw new StorageFault(
    'damaged',
    `${snapshotFile(id)} holds another register than its name says: import again`,
  );
}

function readNames(database: Database, table: 'status' | 'source'): ReadonlyMap<number, string> {
  const rows = database
    .prepare<[], { id: number; name: string }>(`SELECT id, name FROM ${table}`)
    .all();
  return new Map(rows.map(({ id, name }) => [id, name]));
}

function readStatuses(database: Database): ReadonlyMap<number, Status> {
  const byName = new Map<string, Status>(STATUSES.map((status) => [status, status]));
  const names = [...readNames(database, 'status')];
  return new Map(names.map(([id, name]) => [id, known(byName, name)]));
}

function known<Key, Name>(names: ReadonlyMap<Key, Name>, key: Key): Name {
  const name = names.get(key);
  if (name !== undefined) return name;
  throw new StorageFault(
    'damaged',
    'a register names a status or source it does not have: import again',
  );
}
