import { createHmac, timingSafeEqual } from 'node:crypto';
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { canonicalBytes, toHex } from '../kernel/bytes.ts';
import { StorageFault } from '../kernel/errors.ts';
import { deriveRegisterKey } from './subject-key.ts';

const LABEL = 'chot/register-versions/v2';
const FILE = 'versions.json';

export type HeldRegister = {
  /** Highest version ever put in place. */
  readonly version: number;
  readonly generation: number;
  /** See SnapshotId. */
  readonly base: number | null;
  /** What the list says was so then; a publisher may confirm an unchanged list, so it may be later than its file. */
  readonly asOfMs: number;
  /** Taken away on purpose: from then on it is absent. */
  readonly removed: boolean;
};

export type HeldList = {
  readonly sha256: string;
  readonly generation: number;
  readonly published: number;
};

/** What was put in place last, by register and by list. */
export type SeenVersions = {
  readonly registers: ReadonlyMap<string, HeldRegister>;
  readonly lists: ReadonlyMap<string, HeldList>;
};

/**
 * The memory that makes an older snapshot, put back, be refused (security E1). Empty where nothing was ever imported;
 * throws StorageFault when the file was changed. It cannot defend against a whole folder put back, itself included.
 */
export function readSeenVersions(folder: string, databaseKey: Uint8Array): SeenVersions {
  const path = join(folder, FILE);
  const text = readIfThere(path);
  if (text === null) return { registers: new Map(), lists: new Map() };
  const seen = authentic(text, databaseKey);
  if (seen === null) {
    throw new StorageFault(
      'damaged',
      `${path} was changed: import every register again, it is written anew then`,
    );
  }
  return {
    registers: new Map(Object.entries(seen.registers)),
    lists: new Map(Object.entries(seen.lists)),
  };
}

/** Durable once this returns. */
export function writeSeenVersions(
  folder: string,
  databaseKey: Uint8Array,
  { registers, lists }: SeenVersions,
): void {
  const path = join(folder, FILE);
  const seen = { registers: Object.fromEntries(registers), lists: Object.fromEntries(lists) };
  const text = JSON.stringify({ seen, mac: toHex(macOf(databaseKey, seen)) });
  const handle = openSync(`${path}.new`, 'w', 0o600);
  try {
    writeSync(handle, `${text}\n`);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  renameSync(`${path}.new`, path);
  syncPath(folder);
}

export function syncPath(path: string): void {
  const handle = openSync(path, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/** As it stands in the file. A change of its shape takes another label. */
type SeenContent = {
  readonly registers: Readonly<Record<string, HeldRegister>>;
  readonly lists: Readonly<Record<string, HeldList>>;
};

/** Null unless it is what `writeSeenVersions` wrote with this key: the MAC says so, of its shape too. */
function authentic(text: string, databaseKey: Uint8Array): SeenContent | null {
  const { seen, mac } = parse(text);
  if (seen === undefined || typeof mac !== 'string') return null;
  return sameMac(mac, macOf(databaseKey, seen)) ? (seen as SeenContent) : null;
}

/** Over the content as it is read: whatever the text looks like. */
function macOf(databaseKey: Uint8Array, seen: unknown): Uint8Array {
  return createHmac('sha256', deriveRegisterKey(databaseKey, LABEL))
    .update(canonicalBytes([LABEL, JSON.stringify(seen)]))
    .digest();
}

function sameMac(came: string, expected: Uint8Array): boolean {
  const bytes = Buffer.from(came, 'hex');
  return bytes.length === expected.length && timingSafeEqual(bytes, expected);
}

function parse(text: string): { readonly seen?: unknown; readonly mac?: unknown } {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}

function readIfThere(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
