import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { StorageFault } from '../kernel/errors.ts';
import { storageFault } from '../kernel/storage-fault.ts';
import type { RegisterCondition, RegisterHit, Registers, SubjectKind } from './lookup.ts';
import { type HeldRegister, readSeenVersions } from './seen-versions.ts';
import { type RegisterSecrets, Snapshot, type SnapshotMeta } from './snapshot.ts';
import { type SnapshotId, snapshotFile, snapshotsIn } from './snapshot-name.ts';

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
  readonly #secrets: RegisterSecrets;
  readonly #held = new Map<string, Held>();
  /** Trouble with the folder as a whole, the memory of versions included: nothing in it may be relied on. */
  #folderFault: UnusableReason | null = null;

  constructor(folder: string, secrets: RegisterSecrets) {
    this.#folder = folder;
    this.#secrets = secrets;
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
   * Takes up what was imported since. Never throws: trouble shows in `condition`. Costs one directory read when nothing
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
    // In this order: an import puts the file in place first and then remembers its version.
    const { registers: seen } = readSeenVersions(this.#folder, this.#secrets.databaseKey);
    const files = snapshotsIn(this.#folder);
    const registers = new Set([
      ...files.map(({ register }) => register),
      ...seen.keys(),
      ...this.#held.keys(),
    ]);
    for (const register of registers) {
      this.#refreshOne(register, files, seen.get(register) ?? null, ATTEMPTS_MAX);
    }
  }

  #refreshOne(
    register: string,
    files: readonly SnapshotId[],
    seen: HeldRegister | null,
    attempts: number,
  ): void {
    const held = this.#held.get(register) ?? NOTHING_HELD;
    const heldVersion = held.snapshot?.meta.version ?? 0;
    const newest = files.findLast(
      (id) => id.register === register && id.generation === this.#secrets.region.generation,
    );
    if (newest === undefined && seen?.removed === true) {
      held.snapshot?.close();
      this.#held.delete(register);
      return;
    }
    if (newest === undefined || newest.version < Math.max(seen?.version ?? 0, heldVersion)) {
      this.#held.set(register, { ...held, unusable: 'older' });
      return;
    }
    const asOfMs = seen?.version === newest.version ? seen.asOfMs : 0;
    if (newest.version === heldVersion && !mayHeal(held)) {
      this.#held.set(register, { ...held, asOfMs });
      return;
    }
    try {
      const opened = Snapshot.open(this.#folder, newest, this.#secrets, held.snapshot);
      this.#takeUp(register, held, { snapshot: opened, asOfMs });
    } catch (error) {
      const replaced = !existsSync(join(this.#folder, snapshotFile(newest)));
      if (replaced && attempts > 1) {
        this.#refreshOne(register, snapshotsIn(this.#folder), seen, attempts - 1);
        return;
      }
      this.#held.set(register, { ...held, unusable: reasonOf(error) });
    }
  }

  /** Exchanges the snapshot when the new one finds its canaries; the old one goes on giving its hits otherwise. */
  #takeUp(
    register: string,
    held: Held,
    { snapshot, asOfMs }: { readonly snapshot: Snapshot; readonly asOfMs: number },
  ): void {
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
