import { expect, test } from 'vitest';
import type { SubjectKind } from './lookup.ts';
import { deriveRegisterKey, subjectKey } from './subject-key.ts';

/** Published in docs/registers.md; computed by another implementation (Python's hmac and hashlib). */
const REGION_KEY = Uint8Array.from({ length: 32 }, (_, index) => index);
const VECTORS: readonly (readonly [string, SubjectKind, string, bigint])[] = [
  ['f0', 'number', '001099000001', 0xc315ced79618f70an],
  ['f0', 'number', '000000000001', 0x2c7d40f86a987878n],
  ['f0', 'number', '000000000002', 0xcd5e1af905ca2df2n],
  ['f0', 'qid', 'QID0001', 0x077e307db40652f0n],
  ['f0', 'certificate', 'URN:UVCI:01:VN:TEST#1', 0x905fb5fa6ad5cb23n],
  ['f1', 'number', '001099000001', 0xd4e33906fead3a79n],
  ['f1', 'qid', 'QID0001', 0x44fdcfbd3b6296d6n],
  // Found by search: nearest to 2^53 (from where doubles are inexact), to 2^63 from both sides, to 2^64 and to 0.
  ['f0', 'number', '001100429229', 0x001fff56777ab054n],
  ['f0', 'number', '001100501499', 0x7ffffcc4b6d8e455n],
  ['f0', 'number', '001099944925', 0x80000224a0d56be3n],
  ['f0', 'number', '001099494245', 0xfffffa8c7acdefd5n],
  ['f0', 'number', '001100791907', 0x0000060ee71312a2n],
];

test.each(VECTORS)('%s, %s %s', (register, kind, value, key) => {
  const registerKey = deriveRegisterKey(REGION_KEY, register);
  expect(subjectKey(registerKey, kind, value)).toBe(key);
});

test('the register’s key is HKDF-SHA256 with an empty salt', () => {
  expect(Buffer.from(deriveRegisterKey(REGION_KEY, 'f0')).toString('hex')).toBe(
    '611460127a76d8ae3d1ee1321ba25ef6715c0335c4906c47934f1c3425ec43b7',
  );
});

test('one number in two registers, two generations or as two kinds has unrelated keys', () => {
  const other = Uint8Array.from(REGION_KEY, (byte) => byte ^ 1);
  const keys = [REGION_KEY, other].flatMap((region) =>
    ['f0', 'f1'].flatMap((register) =>
      (['number', 'qid', 'certificate'] as const).map((kind) =>
        subjectKey(deriveRegisterKey(region, register), kind, '001099000001'),
      ),
    ),
  );
  expect(new Set(keys).size).toBe(12);
});

test('a number that lost its zeros, or gained space, is another subject: nothing is folded', () => {
  const registerKey = deriveRegisterKey(REGION_KEY, 'f0');
  const spellings = ['001099000001', '1099000001', ' 001099000001', '００1099000001'];
  expect(new Set(spellings.map((text) => subjectKey(registerKey, 'number', text))).size).toBe(4);
});
