import { type Database, openEncryptedDatabase } from '../kernel/encrypted-database.ts';
import type { Kept, KeptName } from './kept.ts';

const MIGRATIONS: readonly string[] = [
  'CREATE TABLE kept (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;',
];

/** Kept in an encrypted database, so that nobody can put an older statement under a station's feet unseen. */
export class SqliteKept implements Kept {
  readonly #database: Database;
  readonly #get;
  readonly #set;
  readonly #remove;
  readonly #put;

  /** `key`: 32 bytes. `read-only`: beside a daemon, and never made. Throws StorageFault. */
  constructor(path: string, key: Uint8Array, mode: 'create' | 'read-only' = 'create') {
    const database = openEncryptedDatabase(path, { key, migrations: MIGRATIONS, mode });
    this.#database = database;
    this.#get = database
      .prepare<{ name: KeptName }, Uint8Array>('SELECT value FROM kept WHERE name = :name')
      .pluck();
    this.#set = database.prepare<{ name: string; value: Uint8Array }>(
      'INSERT OR REPLACE INTO kept (name, value) VALUES (:name, :value)',
    );
    this.#remove = database.prepare<{ name: string }>('DELETE FROM kept WHERE name = :name');
    this.#put = database.transaction((entries: Readonly<Record<string, Uint8Array | null>>) => {
      for (const [name, value] of Object.entries(entries)) {
        if (value === null) this.#remove.run({ name });
        else this.#set.run({ name, value });
      }
    });
  }

  get(name: KeptName): Uint8Array | null {
    return this.#get.get({ name }) ?? null;
  }

  put(entries: Partial<Readonly<Record<KeptName, Uint8Array | null>>>): void {
    this.#put.immediate(entries as Readonly<Record<string, Uint8Array | null>>);
  }

  close(): void {
    this.#database.close();
  }
}
