import { accessSync, constants } from 'node:fs';
import { StorageFault } from '../kernel/errors.ts';

/** Less than this and SQLite cannot even make the files that it keeps beside a database. */
const NEEDED_BYTES = 64 * 1024;

/**
 * SQLite calls a full or read-only disk an I/O error when it meets it while opening; the disk itself knows better.
 * Other faults are returned as they are.
 */
export function diagnose(
  fault: StorageFault,
  folder: string,
  freeBytes: () => number,
): StorageFault {
  if (fault.kind !== 'io') return fault;
  const kind = kindOf(folder, freeBytes);
  return kind === 'io' ? fault : new StorageFault(kind, WHAT_TO_DO[kind], { cause: fault });
}

const WHAT_TO_DO = {
  full: 'the disk of the journal is full: free space on it',
  'read-only':
    'the disk of the journal may not be written: check how it is mounted and who owns it',
} as const;

function kindOf(folder: string, freeBytes: () => number): DiskFaultKind {
  try {
    return lookAt(folder, freeBytes()) ?? 'io';
  } catch {
    return 'io';
  }
}

export type DiskFaultKind = 'io' | 'full' | 'read-only';

/** What keeps a file or folder at `path` from being written, as far as can be seen without writing; null: nothing. */
export function lookAt(path: string, freeBytes: number): DiskFaultKind | null {
  try {
    accessSync(path, constants.W_OK);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    return code === 'EROFS' || code === 'EACCES' ? 'read-only' : 'io';
  }
  return freeBytes < NEEDED_BYTES ? 'full' : null;
}
