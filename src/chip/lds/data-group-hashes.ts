import { createHash } from 'node:crypto';
import type { Sod } from './sod.ts';

export type HashName = 'sha1' | 'sha224' | 'sha256' | 'sha384' | 'sha512';

/**
 * passed, failed: of the bytes read; skipped: hashed in the SOD, not read; unlisted: read, but the SOD says nothing of it,
 * so nothing in it may be believed; impossible: the hash algorithm is not known here.
 */
export type GroupOutcome = 'passed' | 'failed' | 'skipped' | 'unlisted' | 'impossible';

const HASHES: ReadonlyMap<string, HashName> = new Map([
  ['1.3.14.3.2.26', 'sha1'],
  ['2.16.840.1.101.3.4.2.4', 'sha224'],
  ['2.16.840.1.101.3.4.2.1', 'sha256'],
  ['2.16.840.1.101.3.4.2.2', 'sha384'],
  ['2.16.840.1.101.3.4.2.3', 'sha512'],
]);

/** node:crypto's name of a digest algorithm of ICAO 9303-12, table 3; null for any other. */
export function hashName(oid: string): HashName | null {
  return HASHES.get(oid) ?? null;
}

/** The other way round. */
export function hashOid(name: HashName): string {
  const found = [...HASHES].find(([, each]) => each === name);
  if (found === undefined) throw new Error(`no object identifier of ${name}`);
  return found[0];
}

/**
 * Compares the raw bytes of the groups read (by number) with the SOD's hashes. The answer has every group that is listed
 * or was read, ascending.
 */
export function compareGroupHashes(
  { groupDigestAlgorithm, groupHashes }: Pick<Sod, 'groupDigestAlgorithm' | 'groupHashes'>,
  groups: ReadonlyMap<number, Uint8Array>,
): ReadonlyMap<number, GroupOutcome> {
  const hash = hashName(groupDigestAlgorithm.oid);
  const numbers = [...new Set([...groupHashes.keys(), ...groups.keys()])].sort((a, b) => a - b);
  return new Map(
    numbers.map((number) => [
      number,
      compare(hash, groupHashes.get(number) ?? null, groups.get(number) ?? null),
    ]),
  );
}

/**
 * Groups whose proof the chip owes, because its issuer signed their hashes: 14 (Chip Authentication, if the group has a key
 * for it) and 15 (Active Authentication). What EF.COM lists or the card answers counts for nothing.
 */
export function groupsOwed({ groupHashes }: Pick<Sod, 'groupHashes'>): readonly (14 | 15)[] {
  return ([14, 15] as const).filter((number) => groupHashes.has(number));
}

function compare(
  hash: HashName | null,
  expected: Uint8Array | null,
  bytes: Uint8Array | null,
): GroupOutcome {
  if (expected === null) return 'unlisted';
  if (bytes === null) return 'skipped';
  if (hash === null) return 'impossible';
  const found = createHash(hash).update(bytes).digest();
  return found.equals(expected) ? 'passed' : 'failed';
}
