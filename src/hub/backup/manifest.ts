import { join } from 'node:path';
import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';
import { ConfigError } from '../../kernel/errors.ts';
import { readIfThere, replaceFile } from '../../station/durable-file.ts';
import { filesBelow, sha256Of } from './copy-files.ts';

const MANIFEST = 'backup.json';
const LAST = 'last-backup.json';
const RESTORED = 'restored.json';

const Manifest = Type.Object({
  format: Type.Literal('chot/backup/v1'),
  startedMs: Type.Integer({ minimum: 0 }),
  /** SHA-256 of every file, by its path in the backup. */
  files: Type.Record(Type.String(), Type.String({ pattern: '^[0-9a-f]{64}$' })),
});
export type Manifest = Static<typeof Manifest>;

/** Written last: a backup without it was never finished. */
export async function writeManifest(folder: string, startedMs: number): Promise<Manifest> {
  const files: Record<string, string> = {};
  for (const name of filesBelow(folder)) files[name] = await sha256Of(join(folder, name));
  const manifest: Manifest = { format: 'chot/backup/v1', startedMs, files };
  replaceFile(join(folder, MANIFEST), JSON.stringify(manifest, null, 2));
  return manifest;
}

/** Reads a backup's manifest and every file that it names. Throws ConfigError that says what is wrong with it. */
export async function verifyBackup(folder: string): Promise<Manifest> {
  const text = readIfThere(join(folder, MANIFEST));
  if (text === null) {
    throw new ConfigError(
      `${folder}: no ${MANIFEST}, so this backup was never finished: take another one`,
    );
  }
  const manifest = parsed(text);
  if (manifest === null)
    throw new ConfigError(`${folder}: ${MANIFEST} cannot be read: take another backup`);
  const there = new Set(filesBelow(folder));
  for (const [name, expected] of Object.entries(manifest.files)) {
    const came = there.has(name) ? await sha256Of(join(folder, name)) : 'nothing';
    if (came !== expected) {
      throw new ConfigError(`${folder}: ${name} is not as it was written: take another backup`);
    }
  }
  return manifest;
}

function parsed(text: string): Manifest | null {
  try {
    const value: unknown = JSON.parse(text);
    return Value.Check(Manifest, value) ? value : null;
  } catch {
    return null;
  }
}

/** Beside the hub's data: when the last verified backup began. */
export function noteBackup(folder: string, startedMs: number): void {
  replaceFile(join(folder, LAST), JSON.stringify({ startedMs }));
}

/** Null while there is none. */
export function lastBackupMs(folder: string): number | null {
  return startOf(join(folder, LAST));
}

/** Beside the hub's data: from when the backup is that it was made of. */
export function noteRestore(folder: string, startedMs: number): void {
  replaceFile(join(folder, RESTORED), JSON.stringify({ startedMs }));
}

/** What a hub knows from before; null for one that was never restored. */
export function restoredToMs(folder: string): number | null {
  return startOf(join(folder, RESTORED));
}

function startOf(file: string): number | null {
  const text = readIfThere(file);
  try {
    const { startedMs } = JSON.parse(text ?? '{}') as { readonly startedMs?: unknown };
    return typeof startedMs === 'number' ? startedMs : null;
  } catch {
    return null;
  }
}
