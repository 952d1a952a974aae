import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Database, openEncryptedDatabase } from '../kernel/encrypted-database.ts';
import { InputError } from '../kernel/errors.ts';
import { deriveRegisterKey } from './subject-key.ts';

/** Of the staging, which lies in the file that is the lock. */
const MIGRATIONS = [
  `CREATE TABLE part (
     id        INTEGER PRIMARY KEY,
     partition INTEGER NOT NULL,
     records   BLOB    NOT NULL
   ) STRICT;
   CREATE INDEX part_partition ON part (partition)`,
];

/**
 * Makes this the only one who changes registers in the folder, and clears away what one that was killed left half done. The
 * database is a transaction that is never committed. Throws InputError while another import runs.
 */
export function lockRegisters(folder: string, databaseKey: Uint8Array): Database {
  const database = openEncryptedDatabase(join(folder, 'import.db'), {
    key: deriveRegisterKey(databaseKey, 'chot/import/v1'),
    migrations: MIGRATIONS,
    mode: 'create',
  });
  try {
    database.pragma('busy_timeout = 0');
    database.exec('BEGIN IMMEDIATE');
    removeDrafts(folder);
    return database;
  } catch (error) {
    unlockRegisters(database);
    if ((error as { code?: unknown }).code !== 'SQLITE_BUSY') throw error;
    throw new InputError('another import is running in this data directory: wait for it to end', {
      cause: error,
    });
  }
}

export function unlockRegisters(database: Database): void {
  if (database.inTransaction) database.exec('ROLLBACK');
  database.close();
}

function removeDrafts(folder: string): void {
  for (const name of readdirSync(folder)) {
    if (name.endsWith('.new')) rmSync(join(folder, name), { force: true });
  }
}
