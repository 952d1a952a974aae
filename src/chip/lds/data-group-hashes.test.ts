import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { compareGroupHashes, groupsOwed } from './data-group-hashes.ts';

const DG1 = Buffer.from('bytes of DG1');
const DG14 = Buffer.from('bytes of DG14');
const OIDS = {
  sha1: '1.3.14.3.2.26',
  sha224: '2.16.840.1.101.3.4.2.4',
  sha256: '2.16.840.1.101.3.4.2.1',
  sha384: '2.16.840.1.101.3.4.2.2',
  sha512: '2.16.840.1.101.3.4.2.3',
} as const;

function listing(hash: keyof typeof OIDS, groups: Readonly<Record<number, Uint8Array>>) {
  const digest = (bytes: Uint8Array) => createHash(hash).update(bytes).digest();
  return {
    groupDigestAlgorithm: { oid: OIDS[hash], parameters: null },
    groupHashes: new Map(
      Object.entries(groups).map(([group, bytes]) => [Number(group), digest(bytes)]),
    ),
  };
}

for (const hash of ['sha1', 'sha224', 'sha256', 'sha384', 'sha512'] as const) {
  test(`groups hashed with ${hash}: the same bytes pass, one bit more fails`, () => {
    const altered = Buffer.from(DG14);
    altered.writeUInt8(altered.readUInt8(3) ^ 1, 3);
    const groups = new Map([
      [1, DG1],
      [14, altered],
    ]);
    expect(compareGroupHashes(listing(hash, { 1: DG1, 14: DG14 }), groups)).toEqual(
      new Map([
        [1, 'passed'],
        [14, 'failed'],
      ]),
    );
  });
}

test('a group not read is skipped, one the SOD does not know is unlisted', () => {
  const outcomes = compareGroupHashes(
    listing('sha256', { 1: DG1, 2: DG1 }),
    new Map([
      [13, DG1],
      [1, DG1],
    ]),
  );
  expect([...outcomes]).toEqual([
    [1, 'passed'],
    [2, 'skipped'],
    [13, 'unlisted'],
  ]);
});

test('a hash cut short does not pass', () => {
  const { groupDigestAlgorithm, groupHashes } = listing('sha256', { 1: DG1 });
  const short = new Map([[1, groupHashes.get(1)?.subarray(0, 4) ?? DG1]]);
  const outcomes = compareGroupHashes(
    { groupDigestAlgorithm, groupHashes: short },
    new Map([[1, DG1]]),
  );
  expect(outcomes.get(1)).toBe('failed');
});

test('an algorithm not known makes comparing impossible, never passed', () => {
  const { groupHashes } = listing('sha256', { 1: DG1 });
  const md5 = { oid: '1.2.840.113549.2.5', parameters: null };
  const outcomes = compareGroupHashes(
    { groupDigestAlgorithm: md5, groupHashes },
    new Map([[1, DG1]]),
  );
  expect(outcomes.get(1)).toBe('impossible');
});

test('what the SOD lists is owed, whatever else was read', () => {
  expect(groupsOwed(listing('sha256', { 1: DG1, 14: DG14, 15: DG1 }))).toEqual([14, 15]);
  expect(groupsOwed(listing('sha256', { 1: DG1, 2: DG1 }))).toEqual([]);
});
