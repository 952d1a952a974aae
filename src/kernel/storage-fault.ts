import { StorageFault, type StorageFaultKind } from './errors.ts';

/** Longest prefix first: the first that fits names the fault. SQLite's result codes, then those of the operating system. */
const FAULTS: readonly (readonly [prefix: string, kind: StorageFaultKind])[] = [
  ['SQLITE_FULL', 'full'],
  ['SQLITE_READONLY', 'read-only'],
  ['SQLITE_PERM', 'read-only'],
  ['SQLITE_AUTH', 'read-only'],
  ['SQLITE_CORRUPT', 'damaged'],
  // A page of another database, or one whose authenticator does not fit the key.
  ['SQLITE_NOTADB', 'wrong-key'],
  ['SQLITE_IOERR', 'io'],
  ['SQLITE_CANTOPEN', 'io'],
  ['SQLITE_NOLFS', 'io'],
  ['ENOSPC', 'full'],
  ['EDQUOT', 'full'],
  ['EFBIG', 'full'],
  ['EROFS', 'read-only'],
  ['EACCES', 'read-only'],
  ['EPERM', 'read-only'],
  ['EIO', 'io'],
  ['ENOENT', 'io'],
  ['ENOTDIR', 'io'],
  ['ENODEV', 'io'],
  ['ENXIO', 'io'],
  ['EMFILE', 'io'],
  ['ENFILE', 'io'],
];

const WHAT_TO_DO: Readonly<Record<StorageFaultKind, string>> = {
  full: 'the disk is full: free space on it',
  'read-only': 'the disk or the file may not be written: check how it is mounted and who owns it',
  io: 'the disk does not answer as it should: check cable, mount and kernel log',
  damaged: 'its content was changed outside this program: put a good copy back',
  'wrong-key': 'it does not open with this key: put the file and the key that belong together back',
  newer: 'it was written by a newer version: install that version',
};

/**
 * What an error of SQLite or of the file system says about the disk, or null when it says nothing about it (a mistake in
 * the program, a lock held by another process).
 */
export function storageFault(error: unknown): StorageFault | null {
  if (error instanceof StorageFault) return error;
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string')
    return null;
  const { code } = error;
  const kind = FAULTS.find(([prefix]) => code.startsWith(prefix))?.[1];
  if (kind === undefined) return null;
  return new StorageFault(kind, `storage failed (${code}): ${WHAT_TO_DO[kind]}`, { cause: error });
}
