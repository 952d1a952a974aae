import { createHmac, timingSafeEqual } from 'node:crypto';
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { canonicalBytes, toHex } from '../kernel/bytes.ts';
import { StorageFault } from '../kernel/errors.ts';
import { deriveRegisterKey } from './subject-key.ts';

const LABEL = 'chot/register-versions/v1';
const FILE = 'versions.json';

/** Highest version ever put in place, by register. */
export type SeenVersions = ReadonlyMap<string, number>;

/**
 * The memory that makes an older snapshot, put back, be refused (security E1). Empty where nothing was ever imported;
 * throws StorageFault when the file was changed. It cannot defend against a whole folder put back, itself included.
 */
export function readSeenVersions(folder: string, databaseKey: Uint8Array): SeenVersions {
  const path = join(folder, FILE);
  const text = readIfThere(path);
  if (text === null) return new Map();
  const seen = parse(text);
  if (seen === null || !sameMac(seen.mac, macOf(databaseKey, seen.versions))) {
    throw new StorageFault(
      'damaged',
      `${path} was changed: import every register again, it is written anew then`,
    );
  }
  return seen.versions;
}

export function writeSeenVersions(
  folder: string,
  databaseKey: Uint8Array,
  versions: SeenVersions,
): void {
  const path = join(folder, FILE);
  const text = JSON.stringify({
    registers: Object.fromEntries(versions),
    mac: toHex(macOf(databaseKey, versions)),
  });
  const handle = openSync(`${path}.new`, 'w', 0o600);
  try {
    writeSync(handle, `${text}\n`);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  renameSync(`${path}.new`, path);
}

function macOf(databaseKey: Uint8Array, versions: SeenVersions): Uint8Array {
  const rows = [...versions].sort(([a], [b]) => (a < b ? -1 : 1)).flat();
  return createHmac('sha256', deriveRegisterKey(databaseKey, LABEL))
    .update(canonicalBytes([LABEL, ...rows]))
    .digest();
}

function sameMac(came: string, expected: Uint8Array): boolean {
  const bytes = Buffer.from(came, 'hex');
  return bytes.length === expected.length && timingSafeEqual(bytes, expected);
}

function parse(text: string): { versions: SeenVersions; mac: string } | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof value !== 'object' || value === null) return null;
  if (!('registers' in value) || !('mac' in value) || typeof value.mac !== 'string') return null;
  if (typeof value.registers !== 'object' || value.registers === null) return null;
  const versions = new Map<string, number>();
  for (const [register, version] of Object.entries(value.registers)) {
    if (!Number.isSafeInteger(version) || version < 1) return null;
    versions.set(register, version);
  }
  return { versions, mac: value.mac };
}

function readIfThere(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
