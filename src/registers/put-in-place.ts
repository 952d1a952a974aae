import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { StorageFault } from '../kernel/errors.ts';
import {
  type HeldRegister,
  readSeenVersions,
  type SeenVersions,
  syncPath,
  writeSeenVersions,
} from './seen-versions.ts';
import type { SnapshotMeta } from './snapshot.ts';
import { baseOf, snapshotFile, snapshotsIn } from './snapshot-name.ts';

/** Higher than any that was ever in place. For who holds the lock of the staging. */
export function nextVersion(folder: string, databaseKey: Uint8Array, register: string): number {
  const seen = seenOrRebuilt(folder, databaseKey).registers.get(register)?.version ?? 0;
  const onDisk = snapshotsIn(folder).filter((id) => id.register === register);
  return Math.max(seen, ...onDisk.map((id) => id.version)) + 1;
}

/** Makes the file of `meta`, which is on the disk, the one that counts, and only then removes those before. */
export function putInPlace(
  folder: string,
  databaseKey: Uint8Array,
  { register, generation, version, base, asOfMs }: SnapshotMeta,
): void {
  remember(folder, databaseKey, register, { version, generation, asOfMs, removed: false });
  const id = { register, generation, version, base };
  removeFiles(folder, register, new Set([id, baseOf(id)].map(snapshotFile)));
}

/** A damaged memory of versions is written anew from what is there: importing is how an operator mends it. */
function seenOrRebuilt(folder: string, databaseKey: Uint8Array): SeenVersions {
  try {
    return readSeenVersions(folder, databaseKey);
  } catch (error) {
    if (!(error instanceof StorageFault)) throw error;
    const registers = new Map<string, HeldRegister>();
    for (const { register, version, generation } of snapshotsIn(folder)) {
      registers.set(register, { version, generation, asOfMs: 0, removed: false });
    }
    return { registers, lists: new Map() };
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
