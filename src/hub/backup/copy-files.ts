import { createHash } from 'node:crypto';
import { closeSync, createReadStream, fsyncSync, openSync, readdirSync, statSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openEncryptedDatabase } from '../../kernel/encrypted-database.ts';
import { StorageFault } from '../../kernel/errors.ts';
import { makeFolder } from '../../kernel/make-folder.ts';
import { syncFolder } from '../../station/durable-file.ts';

/** A database of a hub: its name in the folder and the migrations that its version knows. */
export type HubDatabase = { readonly name: string; readonly migrations: readonly string[] };

/**
 * Copies a database as it is at one moment, beside whoever writes in it. VACUUM INTO writes under the same key (the
 * backup API of SQLite refuses between encrypted databases, and a file copied while it is written is none), so nothing is
 * ever in the clear. Throws StorageFault; the copy is on disk when it returns.
 */
export function copyDatabase(
  { name, migrations }: HubDatabase,
  key: Uint8Array,
  from: string,
  to: string,
): void {
  const target = join(to, name);
  // SQLite makes it for everybody to read; it takes an empty file that is there.
  closeSync(openSync(target, 'wx', 0o600));
  const source = openEncryptedDatabase(join(from, name), { key, migrations, mode: 'read-only' });
  try {
    source.prepare<{ target: string }>('VACUUM INTO :target').run({ target });
  } finally {
    source.close();
  }
  syncFile(target);
  verifyDatabase({ name, migrations }, key, to);
}

/** Opens a copy, so that cipher and key are asserted, and reads every page. Throws StorageFault. */
export function verifyDatabase(
  { name, migrations }: HubDatabase,
  key: Uint8Array,
  folder: string,
): void {
  const copy = openEncryptedDatabase(join(folder, name), { key, migrations, mode: 'read-only' });
  try {
    const said = copy.pragma('integrity_check(1)', { simple: true });
    if (said === 'ok') return;
    throw new StorageFault('damaged', `${name}: the copy does not hold together: make it again`);
  } finally {
    copy.close();
  }
}

/** On disk when it resolves. Missing folders are made. */
export async function copyDurably(from: string, to: string): Promise<void> {
  await copyFile(from, to);
  syncFile(to);
}

/** Every file below a folder, as paths relative to it. */
export function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => statSync(join(folder, name)).isFile())
    .sort();
}

export function durableFolder(path: string): void {
  makeFolder(path);
  syncFolder(path);
}

/** Hexadecimal. */
export async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const part of createReadStream(path)) hash.update(part as Buffer);
  return hash.digest('hex');
}

function syncFile(path: string): void {
  const handle = openSync(path, 'r+');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
