import { renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Database, openEncryptedDatabase } from '../kernel/encrypted-database.ts';
import { BlockWriter } from './block-writer.ts';
import { STATUS_IDS, STATUSES } from './canaries.ts';
import { writeOverlay } from './overlay.ts';
import { RowChecksum } from './row-checksum.ts';
import { syncPath } from './seen-versions.ts';
import type { SnapshotMeta } from './snapshot.ts';
import { snapshotFile, snapshotKey } from './snapshot-name.ts';
import { SNAPSHOT_MIGRATIONS } from './snapshot-schema.ts';
import type { Touched } from './touched.ts';

export type BaseContent = {
  readonly meta: Omit<SnapshotMeta, keyof SnapshotCounts | 'base'>;
  /** Names by their id, 0 upwards; at most 256. */
  readonly sources: readonly string[];
  /** Sorted rows, a part at a time, every subject whole in one. */
  readonly parts: Iterable<Buffer>;
};

export type SnapshotCounts = Pick<SnapshotMeta, 'entries' | 'subjects' | 'checksum'>;

/**
 * Writes a whole register: under another name, synced, renamed, and the folder synced. Nobody reads it before `putInPlace`
 * has remembered its version.
 */
export function buildSnapshot(
  folder: string,
  databaseKey: Uint8Array,
  { meta, sources, parts }: BaseContent,
): SnapshotCounts {
  return buildFile(folder, databaseKey, { ...meta, base: null }, (database) => {
    writeNames(database, sources);
    const counts = writeRows(database, parts);
    writeMeta(database, { ...meta, ...counts, base: null });
    return counts;
  });
}

export type OverlayContent = {
  readonly meta: SnapshotMeta;
  readonly sources: readonly string[];
  readonly touched: readonly Touched[];
};

/** As `buildSnapshot`, for what changed since the base that `meta` names. */
export function buildOverlay(
  folder: string,
  databaseKey: Uint8Array,
  { meta, sources, touched }: OverlayContent,
): void {
  buildFile(folder, databaseKey, meta, (database) => {
    writeNames(database, sources);
    writeOverlay(database, touched);
    writeMeta(database, meta);
  });
}

/** What `write` leaves in one transaction, whole under its name or not at all. */
function buildFile<Result>(
  folder: string,
  databaseKey: Uint8Array,
  id: Pick<SnapshotMeta, 'register' | 'generation' | 'version' | 'base'>,
  write: (database: Database) => Result,
): Result {
  const file = join(folder, snapshotFile(id));
  const draft = `${file}.new`;
  rmSync(draft, { force: true });
  try {
    const result = writeDraft(draft, snapshotKey(databaseKey, id), write);
    syncPath(draft);
    renameSync(draft, file);
    syncPath(folder);
    return result;
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
}

function writeDraft<Result>(
  draft: string,
  key: Uint8Array,
  write: (database: Database) => Result,
): Result {
  const options = { key, migrations: SNAPSHOT_MIGRATIONS, mode: 'build' } as const;
  const database = openEncryptedDatabase(draft, options);
  try {
    return database.transaction(() => write(database))();
  } finally {
    database.close();
  }
}

function writeMeta(database: Database, meta: SnapshotMeta): void {
  database
    .prepare<SnapshotMeta>(
      `INSERT INTO meta (id, register, generation, version, base, previous_version, published, as_of_ms, made_ms,
                         entries, subjects, checksum)
       VALUES (1, :register, :generation, :version, :base, :previousVersion, :published, :asOfMs, :madeMs,
               :entries, :subjects, :checksum)`,
    )
    .run(meta);
}

function writeNames(database: Database, sources: readonly string[]): void {
  const insertSource = database.prepare<{ id: number; name: string }>(
    'INSERT INTO source (id, name) VALUES (:id, :name)',
  );
  sources.forEach((name, id) => {
    insertSource.run({ id, name });
  });
  const insertStatus = database.prepare<{ id: number; name: string }>(
    'INSERT INTO status (id, name) VALUES (:id, :name)',
  );
  for (const name of STATUSES) insertStatus.run({ id: STATUS_IDS[name], name });
}

function writeRows(database: Database, parts: Iterable<Buffer>): SnapshotCounts {
  const writer = new BlockWriter(database);
  const checksum = new RowChecksum();
  for (const part of parts) {
    writer.add(part);
    checksum.add(part);
  }
  writer.end(null);
  // Each canary is a subject with one entry; nobody counts it.
  return {
    entries: writer.rows - STATUSES.length,
    subjects: writer.subjects - STATUSES.length,
    checksum: checksum.hex,
  };
}
