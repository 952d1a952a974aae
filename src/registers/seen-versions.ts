import { createHmac, timingSafeEqual } from 'node:crypto';
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';
import { canonicalBytes, toHex } from '../kernel/bytes.ts';
import { StorageFault } from '../kernel/errors.ts';
import { deriveRegisterKey } from './subject-key.ts';

const LABEL = 'chot/register-versions/v2';
const FILE = 'versions.json';

const Whole = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
const Sha256 = Type.String({ pattern: '^[0-9a-f]{64}$' });

const HeldRegisterSchema = Type.Object(
  {
    /** Highest version ever put in place. */
    version: Whole,
    generation: Whole,
    /** See SnapshotId. */
    base: Type.Union([Whole, Type.Null()]),
    /** What the list says was so then; a publisher may confirm an unchanged list, so it may be later than its file. */
    asOfMs: Type.Integer(),
    /** Taken away on purpose: from then on it is absent. */
    removed: Type.Boolean(),
  },
  { additionalProperties: false },
);

const HeldListSchema = Type.Object(
  { sha256: Sha256, generation: Whole, published: Whole },
  { additionalProperties: false },
);

const SeenSchema = Type.Object(
  {
    registers: Type.Record(Type.String({ pattern: '^[a-z0-9]{1,16}$' }), HeldRegisterSchema),
    lists: Type.Record(Type.String({ pattern: '^[a-z]{1,16}$' }), HeldListSchema),
  },
  { additionalProperties: false },
);

const FileSchema = Type.Object({ seen: SeenSchema, mac: Type.String() });

export type HeldRegister = Readonly<Static<typeof HeldRegisterSchema>>;
export type HeldList = Readonly<Static<typeof HeldListSchema>>;

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
  const file = parse(text);
  if (file === null || !sameMac(file.mac, macOf(databaseKey, file.seen))) {
    throw new StorageFault(
      'damaged',
      `${path} was changed: import every register again, it is written anew then`,
    );
  }
  return {
    registers: new Map(Object.entries(file.seen.registers)),
    lists: new Map(Object.entries(file.seen.lists)),
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

/** Over the content as it is read: whatever the text looks like. */
function macOf(databaseKey: Uint8Array, seen: Static<typeof SeenSchema>): Uint8Array {
  return createHmac('sha256', deriveRegisterKey(databaseKey, LABEL))
    .update(canonicalBytes([LABEL, JSON.stringify(seen)]))
    .digest();
}

function sameMac(came: string, expected: Uint8Array): boolean {
  const bytes = Buffer.from(came, 'hex');
  return bytes.length === expected.length && timingSafeEqual(bytes, expected);
}

function parse(text: string): Static<typeof FileSchema> | null {
  try {
    const value: unknown = JSON.parse(text);
    return Value.Check(FileSchema, value) ? value : null;
  } catch {
    return null;
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
