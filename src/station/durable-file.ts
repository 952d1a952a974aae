import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** Replaces a small private file so that a reader, or a power cut, finds the old content or the new one, never a mix. */
export function replaceFile(path: string, content: string | Uint8Array): void {
  replaceUnsettled(path, content);
  syncFolder(dirname(path));
}

/** As `replaceFile`, but the name lasts only after a `syncFolder`: for many files in one folder. */
export function replaceUnsettled(path: string, content: string | Uint8Array): void {
  const draft = `${path}.new`;
  const handle = openSync(draft, 'w', 0o600);
  try {
    writeFileSync(handle, content);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  renameSync(draft, path);
}

/** Makes names in a folder last: what was made, renamed or removed there. */
export function syncFolder(path: string): void {
  const handle = openSync(path, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/** The file's text, or null when there is none. */
export function readIfThere(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
