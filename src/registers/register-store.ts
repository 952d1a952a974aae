import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { StorageFault } from '../kernel/errors.ts';
import { storageFault } from '../kernel/storage-fault.ts';
import { InstalledLists } from './installed-lists.ts';
import type { Notice, RegisterCondition, RegisterHit, Registers, SubjectKind } from './lookup.ts';
import type { PublishedOfficer } from './published/officers.ts';
import { type HeldRegister, readSeenVersions } from './seen-versions.ts';
import { type RegionKey, type RegisterSecrets, Snapshot, type SnapshotMeta } from './snapshot.ts';
import { snapshotFile, snapshotsIn } from './snapshot-name.ts';

/** Why a register may not be relied on; the codes of `chot register status` and of alarms. */
export type UnusableReason =
  /** An older version than was seen before stands in its place, or none. */
  'older' | 'canary-missed' | StorageFault['kind'];

type Held = {
  /** What hits are still read from; null when nothing opened so far. */
  readonly snapshot: Snapshot | null;
  readonly unusable: UnusableReason | null;
  /** What the publisher confirmed later than the snapshot was made. */
  readonly asOfMs: number;
};

const NOTHING_HELD: Held = { snapshot: null, unusable: null, asOfMs: 0 };

export type RegisterDescription = {
  readonly meta: SnapshotMeta | null;
  readonly unusable: UnusableReason | null;
};

/** Another process may replace a snapshot between listing the folder and opening the file. */
const ATTEMPTS_MAX = 3;

/**
 * The registers of a data directory, read only. An import in any process is noticed by `refresh`. A register that fails is
 * unusable, but a hit in the last version that opened is still told: it can only make a verdict worse.
 */
export class RegisterStore implements Registers {
  readonly #folder: string;
  readonly #databaseKey: Uint8Array;
  /** By generation: an old one is read until its successor is in place. */
  readonly #regions = new Map<number, RegionKey>();
  readonly #lists: InstalledLists;
  readonly #held = new Map<string, Held>();
  /** Trouble with the folder as a whole, the memory of versions included: nothing in it may be relied on. */
  #folderFault: UnusableReason | null = null;

  constructor(folder: string, { databaseKey, region }: RegisterSecrets) {
    this.#folder = folder;
    this.#databaseKey = databaseKey;
    this.#regions.set(region.generation, region);
    this.#lists = new InstalledLists(folder, databaseKey);
    this.refresh();
  }

  /** To be told before anything of a new generation is put in place; what is held of the old one goes on being read. */
  addRegion(region: RegionKey): void {
    this.#regions.set(region.generation, region);
    this.refresh();
  }

  /** Registers that are there, or were. */
  names(): string[] {
    return [...this.#held.keys()].sort();
  }

  lookup(register: string, kind: SubjectKind, value: string): readonly RegisterHit[] {
    const held = this.#held.get(register);
    if (held === undefined || held.snapshot === null) return [];
    try {
      return held.snapshot.rows(kind, value);
    } catch (error) {
      this.#held.set(register, { ...held, unusable: reasonOf(error) });
      return [];
    }
  }

  notices(kind: SubjectKind, value: string): readonly Notice[] {
    const region = this.#regions.get(this.#lists.noticesGeneration);
    return region === undefined ? [] : this.#lists.notices(region.key, kind, value);
  }

  /** The hub's list of who may sign in; null: none was installed, or it cannot be read. */
  officers(): readonly PublishedOfficer[] | null {
    return this.#lists.officers;
  }

  condition(register: string): RegisterCondition {
    const held = this.#held.get(register);
    if (held === undefined && this.#folderFault === null) return { state: 'absent' };
    const { meta, unusable } = this.describe(register);
    const asOfMs = meta?.asOfMs ?? null;
    const version = meta === null ? null : (meta.published ?? meta.version);
    if (unusable !== null || asOfMs === null || version === null) {
      return { state: 'unusable', asOfMs, version };
    }
    return { state: 'usable', asOfMs, version };
  }

  /** For operators: what is held of a register, and why it may not be relied on. */
  describe(register: string): RegisterDescription {
    const held = this.#held.get(register);
    const meta = held?.snapshot?.meta ?? null;
    return {
      meta: meta === null ? null : { ...meta, asOfMs: Math.max(meta.asOfMs, held?.asOfMs ?? 0) },
      unusable: this.#folderFault ?? held?.unusable ?? null,
    };
  }

  /**
   * Looks the canaries up by the path a person goes (security R4); a miss makes the register unusable until another version
   * is there. True when all were found. To be called every five minutes; `refresh` does it for what it opens.
   */
  checkCanaries(register: string): boolean {
    const held = this.#held.get(register);
    if (held?.snapshot === undefined || held.snapshot === null) return false;
    const unusable = canaryReason(held.snapshot);
    if (unusable === null) return this.condition(register).state === 'usable';
    this.#held.set(register, { ...held, unusable });
    return false;
  }

  /**
   * Takes up what was imported since. Never throws: trouble shows in `condition`. Costs one small file read when nothing
   * changed, a few milliseconds when a new version is opened.
   */
  refresh(): void {
    try {
      this.#refreshAll();
      this.#folderFault = null;
    } catch (error) {
      this.#folderFault = reasonOf(error);
    }
  }

  close(): void {
    for (const { snapshot } of this.#held.values()) snapshot?.close();
    this.#held.clear();
  }

  #refreshAll(): void {
    const seen = readSeenVersions(this.#folder, this.#databaseKey);
    // Throws when the folder is not to be read, and names what is there without being remembered.
    const files = seen.registers.size > 0 ? [] : snapshotsIn(this.#folder);
    const names = [...files.map(({ register }) => register), ...seen.registers.keys()];
    for (const register of new Set([...names, ...this.#held.keys()])) {
      this.#refreshOne(register, seen.registers.get(register) ?? null, ATTEMPTS_MAX);
    }
    this.#lists.refresh(seen.lists);
    this.#forgetRegions();
  }

  /** Older keys go once nothing is read with them any more (security R6). */
  #forgetRegions(): void {
    const snapshots = [...this.#held.values()].map(({ snapshot }) => snapshot?.meta.generation);
    const used = new Set([...snapshots, this.#lists.noticesGeneration]);
    const newest = Math.max(...this.#regions.keys());
    for (const generation of [...this.#regions.keys()]) {
      if (generation !== newest && !used.has(generation)) this.#regions.delete(generation);
    }
  }

  #refreshOne(register: string, seen: HeldRegister | null, attempts: number): void {
    const held = this.#held.get(register) ?? NOTHING_HELD;
    const heldVersion = held.snapshot?.meta.version ?? 0;
    if (seen?.removed === true && seen.version > heldVersion) {
      held.snapshot?.close();
      this.#held.delete(register);
      return;
    }
    if (seen === null || seen.version < heldVersion) {
      this.#held.set(register, { ...held, unusable: 'older' });
      return;
    }
    const isThere = this.#isThere(register, seen);
    if (isThere && seen.version === heldVersion && !mayHeal(held)) {
      this.#held.set(register, { ...held, asOfMs: seen.asOfMs });
      return;
    }
    this.#takeUpNewest(register, held, seen, attempts);
  }

  #takeUpNewest(register: string, held: Held, seen: HeldRegister, attempts: number): void {
    // What did not answer is opened anew.
    const beside = held.snapshot?.meta.version === seen.version ? null : held.snapshot;
    try {
      this.#takeUp(register, held, this.#open(register, seen, beside), seen.asOfMs);
    } catch (error) {
      // Replaced meanwhile, and removed.
      const newer = attempts > 1 ? this.#readAgain(register, seen) : null;
      if (newer !== null) {
        this.#refreshOne(register, newer, attempts - 1);
        return;
      }
      // What is remembered and not there was replaced by something older, or by nothing.
      const unusable = this.#isThere(register, seen) ? reasonOf(error) : 'older';
      this.#held.set(register, { ...held, unusable });
    }
  }

  #open(register: string, { version, generation, base }: HeldRegister, beside: Snapshot | null) {
    const region = this.#regions.get(generation);
    if (region === undefined) {
      throw new StorageFault(
        'wrong-key',
        `${register} is of generation ${generation}, whose key is not here: fetch it from the hub, or import again`,
      );
    }
    const secrets = { databaseKey: this.#databaseKey, region };
    return Snapshot.open(this.#folder, { register, generation, version, base }, secrets, beside);
  }

  #readAgain(register: string, { version }: HeldRegister): HeldRegister | null {
    const seen = readSeenVersions(this.#folder, this.#databaseKey).registers.get(register);
    return seen === undefined || seen.version === version ? null : seen;
  }

  #isThere(register: string, { version, generation, base }: HeldRegister): boolean {
    const file = snapshotFile({ register, version, generation, base });
    return existsSync(join(this.#folder, file));
  }

  /** Exchanges the snapshot when the new one finds its canaries; the old one goes on giving its hits otherwise. */
  #takeUp(register: string, held: Held, snapshot: Snapshot, asOfMs: number): void {
    const unusable = canaryReason(snapshot);
    if (unusable !== null && held.snapshot !== null) {
      snapshot.close(held.snapshot);
      this.#held.set(register, { ...held, unusable });
      return;
    }
    this.#held.set(register, { snapshot, unusable, asOfMs });
    held.snapshot?.close(snapshot);
  }
}

/** A version found damaged or without canaries stays so; a disk that did not answer may answer again. */
function mayHeal({ unusable }: Held): boolean {
  return (
    unusable === 'older' || unusable === 'io' || unusable === 'full' || unusable === 'read-only'
  );
}

function canaryReason(snapshot: Snapshot): UnusableReason | null {
  try {
    return snapshot.answersCanaries() ? null : 'canary-missed';
  } catch (error) {
    return reasonOf(error);
  }
}

/** What is no fault of the disk is one of ours, and worth no more trust. */
function reasonOf(error: unknown): UnusableReason {
  return storageFault(error)?.kind ?? 'damaged';
}
