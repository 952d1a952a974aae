import { hkdfSync } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { canonicalBytes } from '../kernel/bytes.ts';

/** Which content a snapshot file holds; its name says so, and its key is bound to it. */
export type SnapshotId = {
  readonly register: string;
  /** Of the region's register key. */
  readonly generation: number;
  /** Grows with every change of the register in this folder, over all generations. */
  readonly version: number;
  /** The version that this file lies over; null: it holds the whole register itself. */
  readonly base: number | null;
};

const REGISTER_NAME = /^[a-z0-9]{1,16}$/;
const SNAPSHOT_FILE =
  /^([a-z0-9]{1,16})\.([1-9][0-9]{0,8})(?:\.([1-9][0-9]{0,14}))?\.([1-9][0-9]{0,14})\.db$/;
const KEY_BYTES = 32;

export function isRegisterName(text: string): boolean {
  return REGISTER_NAME.test(text);
}

/** `f0.1.42.db`; what lies over it `f0.1.42.57.db`. */
export function snapshotFile({ register, generation, version, base }: SnapshotId): string {
  return base === null
    ? `${register}.${generation}.${version}.db`
    : `${register}.${generation}.${base}.${version}.db`;
}

/** The file that `id` lies over. */
export function baseOf(id: SnapshotId): SnapshotId {
  return id.base === null ? id : { ...id, version: id.base, base: null };
}

/** Every snapshot in the folder, highest version last; files still being built have other names. Throws when unreadable. */
export function snapshotsIn(folder: string): SnapshotId[] {
  return readdirSync(folder)
    .flatMap((name) => {
      const [, register, generation, base, version] = SNAPSHOT_FILE.exec(name) ?? [];
      if (register === undefined) return [];
      return [
        {
          ...{ register, generation: Number(generation), version: Number(version) },
          base: base === undefined ? null : Number(base),
        },
      ];
    })
    .sort((a, b) => a.version - b.version);
}

/**
 * Each file has a key of its own, so that a page or a whole file of an older version does not open under a newer name:
 * the cipher alone would take both (security, measured).
 */
export function snapshotKey(databaseKey: Uint8Array, id: SnapshotId): Uint8Array {
  const { register, generation, version, base } = id;
  const info =
    base === null
      ? canonicalBytes(['chot/register-file/v1', register, generation, version])
      : canonicalBytes(['chot/register-overlay/v1', register, generation, base, version]);
  return new Uint8Array(hkdfSync('sha256', databaseKey, new Uint8Array(0), info, KEY_BYTES));
}
