import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { openEncryptedDatabase } from '../../kernel/encrypted-database.ts';
import { ConfigError } from '../../kernel/errors.ts';
import type { Clock } from '../../ports/clock.ts';
import { bodyFileName } from '../inbox/body-files.ts';
import { INBOX_MIGRATIONS } from '../inbox/inbox-schema.ts';
import { BODY_FOLDER, INBOX_DATABASE } from '../inbox/sqlite-inbox.ts';
import { INDEX_MIGRATIONS } from '../passages/index-schema.ts';
import { INDEX_DATABASE } from '../passages/sqlite-index.ts';
import {
  copyDatabase,
  copyDurably,
  durableFolder,
  filesBelow,
  type HubDatabase,
} from './copy-files.ts';
import { type Manifest, noteBackup, verifyBackup, writeManifest } from './manifest.ts';

export const ERASURES = 'erasures.ndjson';
const INDEX: HubDatabase = { name: INDEX_DATABASE, migrations: INDEX_MIGRATIONS };
const INBOX: HubDatabase = { name: INBOX_DATABASE, migrations: INBOX_MIGRATIONS };
const PAGE_MAX = 1_000;

export type BackupOptions = {
  /** The hub's data, in use or not. */
  readonly folder: string;
  /** Opens every database of the hub. It is not in the backup: who has one needs the other. */
  readonly key: Uint8Array;
  /** Must be empty or not there. */
  readonly to: string;
  /** Databases and folders of the hub besides inbox and index. */
  readonly databases: readonly HubDatabase[];
  readonly folders: readonly string[];
  readonly clock: Clock;
};

/**
 * Copies a hub beside its running processes; for a process of its own. The index goes first: what the inbox holds beyond it
 * is opened again after a restore, and the sealed bodies for that go along. Throws ConfigError or StorageFault.
 */
export async function backUp(options: BackupOptions): Promise<Manifest> {
  const { folder, key, to, databases, folders, clock } = options;
  if (existsSync(to) && readdirSync(to).length > 0) {
    throw new ConfigError(`${to} is not empty: name a new folder for each backup`);
  }
  durableFolder(to);
  const startedMs = clock.wallMs();
  for (const database of [INDEX, INBOX, ...databases]) copyDatabase(database, key, folder, to);
  await copyBodies(options);
  for (const name of folders) await copyFolder(join(folder, name), join(to, name));
  if (existsSync(join(folder, ERASURES))) {
    await copyDurably(join(folder, ERASURES), join(to, ERASURES));
  }
  await writeManifest(to, startedMs);
  const manifest = await verifyBackup(to);
  noteBackup(folder, startedMs);
  return manifest;
}

/** Files that hold a body which the copied index does not have yet. No other one is needed. */
async function copyBodies({ folder, key, to }: BackupOptions): Promise<void> {
  durableFolder(join(to, BODY_FOLDER));
  for (const file of unopenedFiles(to, key)) {
    const name = join(BODY_FOLDER, bodyFileName(file));
    await copyDurably(join(folder, name), join(to, name));
  }
}

function unopenedFiles(folder: string, key: Uint8Array): ReadonlySet<number> {
  const open = ({ name, migrations }: HubDatabase) =>
    openEncryptedDatabase(join(folder, name), { key, migrations, mode: 'read-only' });
  const inbox = open(INBOX);
  const index = open(INDEX);
  try {
    const page = inbox.prepare<{ after: number }, { arrival: number; file: number }>(
      `SELECT arrival, file FROM segment WHERE file IS NOT NULL AND arrival > :after
       ORDER BY arrival LIMIT ${PAGE_MAX}`,
    );
    const opened = index.prepare<{ arrival: number }>(
      'SELECT 1 FROM opened WHERE arrival = :arrival',
    );
    const files = new Set<number>();
    for (let rows = page.all({ after: 0 }); rows.length > 0; ) {
      for (const { arrival, file } of rows) {
        if (opened.get({ arrival }) === undefined) files.add(file);
      }
      rows = page.all({ after: rows.at(-1)?.arrival ?? 0 });
    }
    return files;
  } finally {
    index.close();
    inbox.close();
  }
}

async function copyFolder(from: string, to: string): Promise<void> {
  durableFolder(to);
  if (!existsSync(from)) return;
  for (const name of filesBelow(from)) {
    durableFolder(dirname(join(to, name)));
    await copyDurably(join(from, name), join(to, name));
  }
}
