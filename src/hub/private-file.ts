import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { ConfigError } from '../kernel/errors.ts';
import { storageFault } from '../kernel/storage-fault.ts';
import { syncFolder } from '../station/durable-file.ts';

/** Puts a 0600 file in place whole: a power cut leaves the old one or the new one. */
export function replacePrivateFile(path: string, content: string | Uint8Array): void {
  const draft = `${path}.new`;
  write(draft, content, 'w');
  renameSync(draft, path);
  syncFolder(dirname(path));
}

/** A secret that is handed to a person: a new 0600 file, never over one that is there. Throws ConfigError. */
export function writeNewPrivateFile(path: string, content: string): void {
  try {
    write(path, content, 'wx');
    syncFolder(dirname(path));
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    // Half a secret is none, and would stand in the way of the next attempt.
    if (code !== 'EEXIST') rmSync(path, { force: true });
    const isPlace = code === 'ENOENT' || code === 'EEXIST' || code === 'ENOTDIR';
    const advice = isPlace ? null : storageFault(cause)?.message;
    throw new ConfigError(
      `${path} cannot be made (${code}): ${advice ?? 'name a new file in a folder that is there'}`,
      { cause },
    );
  }
}

function write(path: string, content: string | Uint8Array, flag: 'w' | 'wx'): void {
  const handle = openSync(path, flag, 0o600);
  try {
    if (typeof content === 'string') writeSync(handle, content);
    else writeSync(handle, content);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
