import {
  closeSync,
  fsyncSync,
  openSync,
  readdirSync,
  readlinkSync,
  readSync,
  realpathSync,
  rmSync,
  type Stats,
  statfsSync,
  statSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../../ports/clock.ts';
import type { DiskSpace, FileFacts } from '../machine.ts';

const TEXT_BYTES_MAX = 256 * 1024;
const NAMES_MAX = 10_000;
const TRIALS = 5;
const TRIAL_BYTES = 4_096;

export function look(path: string): FileFacts | 'missing' | 'denied' {
  try {
    const facts = statSync(path);
    const { mode, uid, gid, size, ino } = facts;
    return { kind: kindOf(facts), mode: mode & 0o777, uid, gid, bytes: size, inode: ino };
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    return code === 'EACCES' || code === 'EPERM' ? 'denied' : 'missing';
  }
}

function kindOf(facts: Stats): FileFacts['kind'] {
  if (facts.isFile()) return 'file';
  if (facts.isDirectory()) return 'folder';
  if (facts.isCharacterDevice() || facts.isBlockDevice()) return 'device';
  return facts.isSocket() ? 'socket' : 'other';
}

/** Files of /proc have no size: read until there is no more. Never a device, which would wait for somebody to write. */
export function readText(path: string): string | null {
  try {
    if (!statSync(path).isFile()) return null;
    const handle = openSync(path, 'r');
    try {
      return readWhole(handle);
    } finally {
      closeSync(handle);
    }
  } catch {
    return null;
  }
}

function readWhole(handle: number): string {
  const bytes = Buffer.alloc(TEXT_BYTES_MAX);
  let length = 0;
  while (length < bytes.length) {
    const count = readSync(handle, bytes, length, bytes.length - length, null);
    if (count === 0) break;
    length += count;
  }
  return bytes.toString('utf8', 0, length);
}

export function list(path: string): readonly string[] {
  return orElse([], () => readdirSync(path).sort().slice(0, NAMES_MAX));
}

export function resolve(path: string): string | null {
  return orElse(null, () => realpathSync(path));
}

export function readLink(path: string): string | null {
  return orElse(null, () => readlinkSync(path));
}

export function space(path: string): DiskSpace | null {
  return orElse(null, () => {
    const { bavail, blocks, bsize, ffree, files } = statfsSync(path);
    return {
      ...{ freeBytes: bavail * bsize, totalBytes: blocks * bsize },
      ...{ freeInodes: ffree, totalInodes: files },
    };
  });
}

/** The middle one of a few small writes, each synced as a journal's record is. */
export async function syncMs(folder: string, clock: Clock): Promise<number | null> {
  const file = join(folder, `.doctor-${process.pid}`);
  try {
    const handle = openSync(file, 'wx', 0o600);
    try {
      const times: number[] = [];
      for (let trial = 0; trial < TRIALS; trial++) {
        const startMs = clock.monoMs();
        writeSync(handle, Buffer.alloc(TRIAL_BYTES, trial + 1));
        fsyncSync(handle);
        times.push(clock.monoMs() - startMs);
      }
      return times.toSorted((a, b) => a - b)[Math.floor(TRIALS / 2)] ?? null;
    } finally {
      closeSync(handle);
      rmSync(file, { force: true });
    }
  } catch {
    return null;
  }
}

function orElse<Value>(otherwise: Value, look: () => Value): Value {
  try {
    return look();
  } catch {
    return otherwise;
  }
}
