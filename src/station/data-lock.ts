import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError } from '../kernel/errors.ts';
import { type Database, Sqlite } from '../kernel/native-sqlite.ts';

export type DataLock = {
  /** Lets the next daemon in. The kernel does so too when this process ends, however it ends. */
  readonly release: () => void;
};

/**
 * Keeps a second daemon off the data directory: two would write one journal and answer for the same lanes. Commands
 * run beside the daemon and take no lock. Throws ConfigError when another daemon has it.
 */
export function lockDataDirectory(path: string): DataLock {
  const lock = lockFile(join(path, 'station.lock'), 0);
  if ('code' in lock) throw refusal(path, lock.code, lock.cause);
  return lock;
}

/** Waits so long for what another process holds; `code`, of SQLite or the system, when it cannot be had. */
export function lockFile(
  file: string,
  waitMs: number,
): DataLock | { readonly code: string; readonly cause: unknown } {
  // SQLite holds an advisory lock of the kernel's: no number of a dead process can be mistaken for a living one.
  let lock: Database | undefined;
  try {
    closeSync(openSync(file, 'a', 0o600));
    lock = new Sqlite(file, { timeout: waitMs });
    lock.pragma('locking_mode = EXCLUSIVE');
    lock.pragma('journal_mode = MEMORY');
    // Nothing is ever written; in this mode the lock outlives the transaction.
    lock.exec('BEGIN EXCLUSIVE; ROLLBACK');
  } catch (cause) {
    lock?.close();
    return { code: (cause as { readonly code?: string }).code ?? String(cause), cause };
  }
  const held = lock;
  return { release: () => held.close() };
}

function refusal(path: string, code: string, cause: unknown): ConfigError {
  if (code.startsWith('SQLITE_BUSY')) {
    return new ConfigError(
      `another station runs on ${path}: stop it first (systemctl stop chot-station), or give this one a directory of its own with --data`,
      { cause },
    );
  }
  return new ConfigError(
    `data directory ${path} cannot be locked (${code}): choose one this user may write with --data DIR or CHOT_DATA`,
    { cause },
  );
}
