import { existsSync, lstatSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type JournalStatus, journalStatus } from '../journal/read-journal.ts';
import { ConfigError } from '../kernel/errors.ts';
import { type DataLock, lockDataDirectory } from './data-lock.ts';
import { syncFolder } from './durable-file.ts';
import { FileKeyStore, overwrite } from './file-key-store.ts';

const LOCK = 'station.lock';
/** Destroyed in this order. Without the keys the journal and the registers are noise already. */
const FIRST = ['keys', 'journal.db', 'journal.db-wal', 'journal.db-shm', 'journal.db.ballast'];
const THEN = ['registers', 'trust', 'cameras', 'run'];

/** What goes with a station's data. */
export type WipeLoss = {
  /** Null when the journal is not there or cannot be read. */
  readonly station: string | null;
  readonly records: number | null;
  /** Records that no hub ever gave a receipt for. */
  readonly unsentRecords: number | null;
};

export type Wipe = {
  readonly loss: WipeLoss;
  /** Destroys everything in the directory; what was removed, in order. May be run again after it was interrupted. */
  readonly run: () => readonly string[];
  readonly release: () => void;
};

/**
 * Makes ready to destroy a data directory: keeps every daemon out of it, and says what would be lost. Throws ConfigError
 * when a daemon runs on it, or when it is no data directory.
 */
export function prepareWipe(path: string): Wipe {
  const isOurs =
    existsSync(join(path, 'keys')) &&
    ['journal.db', 'registers', 'run'].some((name) => existsSync(join(path, name)));
  if (!isOurs) {
    throw new ConfigError(
      `${path} is no station's data directory: name it with --data, nothing was destroyed`,
    );
  }
  const lock: DataLock = lockDataDirectory(path);
  return { loss: lossOf(path), run: () => destroy(path), release: lock.release };
}

function lossOf(path: string): WipeLoss {
  const status = readStatus(path);
  if (status === null) return { station: null, records: null, unsentRecords: null };
  const { station, records, unsentRecords } = status;
  return { station, records, unsentRecords };
}

/** Null for whatever does not let itself be read: that is no reason to keep it. */
function readStatus(path: string): JournalStatus | null {
  try {
    const key = new FileKeyStore(join(path, 'keys')).read('db.key');
    return key === null ? null : journalStatus(join(path, 'journal.db'), key);
  } catch {
    return null;
  }
}

function destroy(path: string): readonly string[] {
  const names = readdirSync(path).filter((name) => name !== LOCK);
  const known = [...FIRST, ...THEN];
  const ordered = [
    ...known.filter((name) => names.includes(name)),
    ...names.filter((name) => !known.includes(name)),
  ];
  for (const name of ordered) {
    if (name === 'keys') destroyKeys(join(path, name));
    else rmSync(join(path, name), { recursive: true, force: true });
    syncFolder(path);
  }
  // The empty folder goes last: until then a wipe that was interrupted is known to be one.
  rmSync(join(path, 'keys'), { recursive: true, force: true });
  syncFolder(path);
  return ordered;
}

/** Drafts too, and whatever else lies there. */
function destroyKeys(folder: string): void {
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    const file = join(folder, name);
    if (!lstatSync(file).isFile()) continue;
    overwrite(file);
    rmSync(file);
    syncFolder(folder);
  }
}
