import { closeSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Database, openEncryptedDatabase } from '../kernel/encrypted-database.ts';
import { InputError } from '../kernel/errors.ts';
import { STATUS_IDS, STATUSES } from './canaries.ts';
import { RECORD_BYTES, readRecord, type StoredRow, sameKey, sameSubject } from './entry-record.ts';
import type { SnapshotMeta } from './snapshot.ts';
import { snapshotFile, snapshotKey } from './snapshot-name.ts';
import { SNAPSHOT_MIGRATIONS, SUBJECT_ROWS_MAX } from './snapshot-schema.ts';

export type SnapshotContent = {
  readonly meta: Omit<SnapshotMeta, 'entries' | 'subjects'>;
  /** Names by their id, 0 upwards; at most 256. */
  readonly sources: readonly string[];
  /** Sorted and merged records, a part at a time (see Staging). */
  readonly parts: Iterable<Buffer>;
};

export type SnapshotCounts = { readonly entries: number; readonly subjects: number };

/**
 * Writes one snapshot and puts it in place: under another name, synced, renamed, and the folder synced. Whatever stops
 * it, a reader finds the old version or the whole new one.
 */
export function buildSnapshot(
  folder: string,
  databaseKey: Uint8Array,
  content: SnapshotContent,
): SnapshotCounts {
  const file = join(folder, snapshotFile(content.meta));
  const draft = `${file}.new`;
  rmSync(draft, { force: true });
  try {
    const counts = writeDraft(draft, snapshotKey(databaseKey, content.meta), content);
    syncPath(draft);
    renameSync(draft, file);
    syncPath(folder);
    return counts;
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
}

export function syncPath(path: string): void {
  const handle = openSync(path, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

function writeDraft(draft: string, key: Uint8Array, content: SnapshotContent): SnapshotCounts {
  const database = openEncryptedDatabase(draft, {
    key,
    migrations: SNAPSHOT_MIGRATIONS,
    mode: 'build',
  });
  try {
    return database.transaction(() => {
      writeNames(database, content.sources);
      const counts = writeEntries(database, content.parts);
      database
        .prepare<SnapshotMeta>(
          `INSERT INTO meta (id, register, generation, version, previous_version, as_of_ms, made_ms, entries, subjects)
           VALUES (1, :register, :generation, :version, :previousVersion, :asOfMs, :madeMs, :entries, :subjects)`,
        )
        .run({ ...content.meta, ...counts });
      return counts;
    })();
  } finally {
    database.close();
  }
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

function writeEntries(database: Database, parts: Iterable<Buffer>): SnapshotCounts {
  const insert = database.prepare<StoredRow>(
    `INSERT INTO entry (key, status, from_day, until_day, source, count)
     VALUES (:key, :status, :fromDay, :untilDay, :source, :count)`,
  );
  let entries = 0;
  let subjects = 0;
  for (const part of parts) {
    let rowsOfSubject = 0;
    for (let at = 0; at < part.length; at += RECORD_BYTES) {
      rowsOfSubject = continuesSubject(part, at) ? rowsOfSubject + 1 : 1;
      if (rowsOfSubject > SUBJECT_ROWS_MAX) {
        throw new InputError(
          `one number has more than ${SUBJECT_ROWS_MAX} different entries: expected a list of persons, check how the file was made`,
        );
      }
      if (rowsOfSubject === 1) subjects++;
      entries++;
      insert.run(readRecord(part, at));
    }
  }
  // Each canary is a subject with one entry; nobody counts it.
  return { entries: entries - STATUSES.length, subjects: subjects - STATUSES.length };
}

/** Whether the row at `at` is about the subject of the row before. Throws on two subjects under one key. */
function continuesSubject(part: Buffer, at: number): boolean {
  const before = at - RECORD_BYTES;
  if (before < 0 || !sameKey(part, before, at)) return false;
  if (sameSubject(part, before, at)) return true;
  // Security R1: such a generation is refused, or one person would bear another's status.
  throw new InputError(
    'two numbers of the file have the same key in this generation: ask for a new generation of the region’s key',
  );
}
