import { join } from 'node:path';
import {
  type Database,
  type DatabaseMode,
  openEncryptedDatabase,
} from '../../kernel/encrypted-database.ts';
import type { Clock } from '../../ports/clock.ts';
import { INDEX_MIGRATIONS } from './index-schema.ts';
import type { IndexStore } from './index-store.ts';
import { PatientWriter } from './patient-writer.ts';
import { SqliteCases } from './sqlite-cases.ts';
import { SqliteErasing } from './sqlite-erasing.ts';
import { SqliteFeed } from './sqlite-feed.ts';
import { SqliteOpened } from './sqlite-opened.ts';
import { SqlitePassages } from './sqlite-passages.ts';

export const INDEX_DATABASE = 'index.db';
const FEED_ID_BYTES = 12;
const CACHE_KB = 64 * 1024;
const WAL_PAGES_MAX = 8_192;

export type SqliteIndexOptions = {
  /** Holds `index.db`. Several processes may write in it. */
  readonly folder: string;
  readonly key: Uint8Array;
  readonly mode: Extract<DatabaseMode, 'create' | 'open' | 'read-only'>;
  readonly random: (bytes: number) => Uint8Array;
  readonly clock: Clock;
};

/** Throws StorageFault. */
export function openSqliteIndex(options: SqliteIndexOptions): IndexStore {
  const { folder, key, mode, random, clock } = options;
  const path = join(folder, INDEX_DATABASE);
  const database = openEncryptedDatabase(path, { key, migrations: INDEX_MIGRATIONS, mode });
  try {
    // Every page that is not in the cache has to be deciphered; a month's indexes of a province do not fit into two megabytes.
    database.pragma(`cache_size = -${CACHE_KB}`);
    // Pages of the indexes change with every batch: written into the file seldom, they are written there once for many.
    database.pragma(`wal_autocheckpoint = ${WAL_PAGES_MAX}`);
    if (mode !== 'read-only') beginFeed(database, random(FEED_ID_BYTES), false);
    const writer = new PatientWriter(database, clock);
    const cases = new SqliteCases(database, writer, random);
    return {
      opened: new SqliteOpened(database, writer, cases),
      passages: new SqlitePassages(database, cases),
      cases,
      feed: new SqliteFeed(database),
      erasing: new SqliteErasing(database, writer),
      close: async () => {
        database.close();
      },
    };
  } catch (error) {
    database.close();
    throw error;
  }
}

/** A new index, or one put back from a backup, begins a feed: cursors of the one before lead over into it. */
export function beginFeed(database: Database, feed: Uint8Array, isRestored: boolean): void {
  database
    .transaction(() => {
      const there = database.prepare<[], number>('SELECT count(*) FROM feed').pluck().get() ?? 0;
      if (there > 0 && !isRestored) return;
      database
        .prepare<{ feed: Uint8Array }>(
          `INSERT INTO feed (feed, starts_after)
           VALUES (:feed, coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'record'), 0))`,
        )
        .run({ feed });
    })
    .immediate();
}
