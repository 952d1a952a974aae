import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { InputError, StorageFault } from '../kernel/errors.ts';
import {
  type HeldList,
  type HeldRegister,
  readSeenVersions,
  type SeenVersions,
  syncPath,
  writeSeenVersions,
} from './seen-versions.ts';
import { type RegisterSecrets, Snapshot, type SnapshotMeta } from './snapshot.ts';
import { baseOf, type SnapshotId, snapshotFile, snapshotsIn } from './snapshot-name.ts';

/** Higher than any that was ever in place. For who holds the lock of the staging. */
export function nextVersion(folder: string, databaseKey: Uint8Array, register: string): number {
  const seen = seenOrRebuilt(folder, databaseKey).registers.get(register)?.version ?? 0;
  const onDisk = snapshotsIn(folder).filter((id) => id.register === register);
  return Math.max(seen, ...onDisk.map((id) => id.version)) + 1;
}

/**
 * Makes a file that is on the disk the one that counts, and only then removes those before. Throws InputError, and leaves all as
 * it was, when its canaries are not found (security R4).
 */
export function putInPlace(
  folder: string,
  secrets: RegisterSecrets,
  { register, generation, version, base, asOfMs }: SnapshotMeta,
): void {
  const id = { register, generation, version, base };
  refuseBlind(folder, secrets, id);
  const held = { version, generation, base, asOfMs, removed: false };
  remember(folder, secrets.databaseKey, register, held);
  removeFiles(folder, register, new Set([id, baseOf(id)].map(snapshotFile)));
}

/** Removes what was built of a register and is not in place. */
export function removeUnused(folder: string, databaseKey: Uint8Array, register: string): void {
  const held = seenOrRebuilt(folder, databaseKey).registers.get(register);
  const id = held === undefined || held.removed ? null : { register, ...idOf(held) };
  removeFiles(folder, register, new Set(id === null ? [] : [id, baseOf(id)].map(snapshotFile)));
}

/** What is in place, or null when nothing is that opens. */
export function metaInPlace(
  folder: string,
  register: string,
  secrets: RegisterSecrets,
): SnapshotMeta | null {
  const held = seenOrRebuilt(folder, secrets.databaseKey).registers.get(register);
  if (held === undefined || held.removed) return null;
  try {
    const snapshot = Snapshot.open(folder, { register, ...idOf(held) }, secrets);
    snapshot.close();
    return { ...snapshot.meta, asOfMs: Math.max(held.asOfMs, snapshot.meta.asOfMs) };
  } catch (error) {
    if (error instanceof StorageFault) return null;
    throw error;
  }
}

/** The content in place was confirmed by its publisher: it is of `asOfMs` now. */
export function renewDate(
  folder: string,
  databaseKey: Uint8Array,
  { register, generation, version, base }: SnapshotMeta,
  asOfMs: number,
): void {
  remember(folder, databaseKey, register, { version, generation, base, asOfMs, removed: false });
}

/** From now on the register is absent, as if it had never been there; an older file put back is not believed. */
export function removeRegister(folder: string, databaseKey: Uint8Array, register: string): void {
  const held = seenOrRebuilt(folder, databaseKey).registers.get(register);
  const version = nextVersion(folder, databaseKey, register);
  const generation = held?.generation ?? 0;
  const asOfMs = held?.asOfMs ?? 0;
  remember(folder, databaseKey, register, {
    version,
    generation,
    base: null,
    asOfMs,
    removed: true,
  });
  removeFiles(folder, register, new Set());
}

/** Remembers the list that is in place now, or that there is none. */
export function putListInPlace(
  folder: string,
  databaseKey: Uint8Array,
  name: string,
  list: HeldList | null,
): void {
  const seen = seenOrRebuilt(folder, databaseKey);
  const lists = new Map(seen.lists);
  if (list === null) lists.delete(name);
  else lists.set(name, list);
  writeSeenVersions(folder, databaseKey, { ...seen, lists });
}

/** A damaged memory of versions is written anew from what is there: importing is how an operator mends it. */
export function seenOrRebuilt(folder: string, databaseKey: Uint8Array): SeenVersions {
  try {
    return readSeenVersions(folder, databaseKey);
  } catch (error) {
    if (!(error instanceof StorageFault)) throw error;
    const registers = new Map<string, HeldRegister>();
    for (const { register, ...id } of snapshotsIn(folder)) {
      registers.set(register, { ...id, asOfMs: 0, removed: false });
    }
    return { registers, lists: new Map() };
  }
}

function idOf({ version, generation, base }: HeldRegister): Omit<SnapshotId, 'register'> {
  return { version, generation, base };
}

function refuseBlind(folder: string, secrets: RegisterSecrets, id: SnapshotId): void {
  const snapshot = Snapshot.open(folder, id, secrets);
  try {
    if (snapshot.answersCanaries()) return;
    throw new InputError(
      `${id.register}: expected its canaries to be listed: whoever made it has to add them`,
    );
  } finally {
    snapshot.close();
  }
}

function remember(
  folder: string,
  databaseKey: Uint8Array,
  register: string,
  held: HeldRegister,
): void {
  const seen = seenOrRebuilt(folder, databaseKey);
  const registers = new Map([...seen.registers, [register, held]]);
  writeSeenVersions(folder, databaseKey, { ...seen, registers });
}

/** Only once the memory of versions is durable: until then a reader, or a restart, could still need them. */
function removeFiles(folder: string, register: string, kept: ReadonlySet<string>): void {
  for (const id of snapshotsIn(folder)) {
    const name = snapshotFile(id);
    if (id.register === register && !kept.has(name)) rmSync(join(folder, name), { force: true });
  }
  syncPath(folder);
}
