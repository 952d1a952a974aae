import { closeSync, existsSync, openSync, readSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { toHex } from './bytes.ts';
import { StorageFault } from './errors.ts';
import { type Database, Sqlite } from './native-sqlite.ts';
import { storageFault } from './storage-fault.ts';

export type { Database } from './native-sqlite.ts';

export const DATABASE_KEY_BYTES = 32;

/**
 * Every page authenticated with its number, all of the header too: of the two ciphers that do so, aegis leaves the
 * bytes that choose the journal mode unprotected, and is slow on processors without AES instructions.
 */
const CIPHER = 'chacha20';
const PLAIN_HEADER = 'SQLite format 3\0';
const SYNCHRONOUS_FULL = 2;
const TEMP_STORE_MEMORY = 2;
const BUSY_MS = 5_000;

/**
 * `create`: read and write, made when missing. `open`: read and write, must be there. `read-only`: must be there, beside
 * a writer or not. `build`: a new file without a journal on disk, whole or worthless, to be renamed into place. `sealed`:
 * a file so built, that nobody writes any more; needs no file beside it, so it opens on a read-only disk too.
 */
export type DatabaseMode = 'create' | 'open' | 'read-only' | 'build' | 'sealed';

export type EncryptedDatabaseOptions = {
  /** Exactly 32 raw bytes; no key is ever derived from it here. */
  readonly key: Uint8Array;
  /** Append only: a shipped one is never edited. Index + 1 is the schema version, kept in user_version. */
  readonly migrations: readonly string[];
  readonly mode: DatabaseMode;
};

/**
 * Opens a database whose every page is encrypted and authenticated, and asserts what SQLite would otherwise let slip
 * (security E1): cipher, key, no plaintext on disk, no temporary files, synchronous=FULL. Throws StorageFault.
 * A page or a whole file put back from an older copy is *not* seen here: that takes a version or a chain of one's own.
 */
export function openEncryptedDatabase(path: string, options: EncryptedDatabaseOptions): Database {
  const { key, migrations, mode } = options;
  if (key.length !== DATABASE_KEY_BYTES) {
    throw new StorageFault(
      'wrong-key',
      `${path}: the key has ${key.length} bytes instead of ${DATABASE_KEY_BYTES}: put the right key file back`,
    );
  }
  const file = resolve(path);
  refuseUnfit(file, mode);
  let database: Database | undefined;
  try {
    // Log and shared memory take over the mode of the file.
    if (mode === 'create' || mode === 'build') closeSync(openSync(file, 'a', 0o600));
    database = openNative(file, mode);
    unlock(database, file, key);
    configure(database, file, mode);
    migrate(database, file, migrations, mode);
    refusePlain(file);
    return database;
  } catch (error) {
    database?.close();
    throw named(file, error);
  }
}

function named(file: string, error: unknown): unknown {
  const fault = storageFault(error);
  if (fault === null || fault === error) return error;
  return new StorageFault(fault.kind, `${file}: ${fault.message}`, { cause: error });
}

/** What is on disk before SQLite sees it: it would quietly start anew in an empty file. */
function refuseUnfit(file: string, mode: DatabaseMode): void {
  const there = existsSync(file);
  if (mode === 'build' && there) {
    throw new StorageFault('io', `${file} is there already: remove it first`);
  }
  const mayBeMade = mode === 'create' || mode === 'build';
  if (!there) {
    if (mayBeMade) return;
    throw new StorageFault('io', `${file} is not there: check the data directory`);
  }
  if (!mayBeMade && statSync(file).size === 0) {
    throw new StorageFault('damaged', `${file} is empty: put a good copy back`);
  }
  refusePlain(file);
}

function refusePlain(file: string): void {
  const header = Buffer.alloc(PLAIN_HEADER.length);
  const handle = openSync(file, 'r');
  try {
    readSync(handle, header, 0, header.length, 0);
  } finally {
    closeSync(handle);
  }
  if (header.toString('latin1') === PLAIN_HEADER) {
    throw new StorageFault(
      'damaged',
      `${file} is not encrypted: expected a database sealed with this station's key, put that back`,
    );
  }
}

function openNative(file: string, mode: DatabaseMode): Database {
  return new Sqlite(file, {
    readonly: mode === 'read-only' || mode === 'sealed',
    fileMustExist: mode !== 'create' && mode !== 'build',
    timeout: BUSY_MS,
  });
}

/** A mistyped pragma is ignored without a word and leaves a plaintext database: so each is asked back. */
function unlock(database: Database, file: string, key: Uint8Array): void {
  database.pragma(`cipher = '${CIPHER}'`);
  database.pragma(`key = 'raw:${toHex(key)}'`);
  const cipher = database.pragma('cipher', { simple: true });
  // Null unless a codec with a key is attached to this very database.
  const salt = database
    .prepare<[], { salt: string | null }>(`SELECT sqlite3mc_codec_data('cipher_salt') AS salt`)
    .get()?.salt;
  if (cipher !== CIPHER || salt === null || salt === undefined) {
    throw new StorageFault(
      'wrong-key',
      `${file}: expected cipher ${CIPHER} with a key in place, got ${String(cipher)}: this SQLite was built without it`,
    );
  }
  database.prepare('SELECT count(*) FROM sqlite_master').get();
}

function configure(database: Database, file: string, mode: DatabaseMode): void {
  if (mode === 'create' || mode === 'open') {
    expectPragma(database, file, 'journal_mode', 'WAL', 'wal');
  }
  // Takes the shared lock once and keeps it: no system call a look-up, and a writer elsewhere would be shut out.
  if (mode === 'sealed') expectPragma(database, file, 'locking_mode', 'EXCLUSIVE', 'exclusive');
  if (mode === 'build') expectPragma(database, file, 'journal_mode', 'MEMORY', 'memory');
  expectPragma(database, file, 'synchronous', 'FULL', SYNCHRONOUS_FULL);
  expectPragma(database, file, 'temp_store', 'MEMORY', TEMP_STORE_MEMORY);
  expectPragma(database, file, 'foreign_keys', 'ON', 1);
  expectPragma(database, file, 'trusted_schema', 'OFF', 0);
}

function expectPragma(
  database: Database,
  file: string,
  name: string,
  value: string,
  expected: unknown,
): void {
  database.pragma(`${name} = ${value}`);
  const came = database.pragma(name, { simple: true });
  if (came === expected) return;
  throw new StorageFault(
    'io',
    `${file}: PRAGMA ${name} = ${value} was answered ${String(came)}: the file system or this SQLite cannot do it`,
  );
}

function migrate(
  database: Database,
  file: string,
  migrations: readonly string[],
  mode: DatabaseMode,
): void {
  const version = database.pragma('user_version', { simple: true }) as number;
  if (version > migrations.length) {
    throw new StorageFault(
      'newer',
      `${file} has schema ${version}, this version knows ${migrations.length}: install the newer version`,
    );
  }
  if (version === migrations.length) return;
  if (mode === 'read-only' || mode === 'sealed') {
    throw new StorageFault(
      'damaged',
      `${file} has schema ${version}, this version reads ${migrations.length}: open it for writing once, or import it again`,
    );
  }
  database
    .transaction(() => {
      // Asked again inside: another process may have migrated while this one waited for the lock.
      const from = database.pragma('user_version', { simple: true }) as number;
      for (const migration of migrations.slice(from)) database.exec(migration);
      if (from < migrations.length) database.pragma(`user_version = ${migrations.length}`);
    })
    .exclusive();
}
