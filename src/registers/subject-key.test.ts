import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Sqlite } from '../kernel/native-sqlite.ts';
import type { SubjectKind } from './lookup.ts';
import { deriveRegisterKey, subjectKey, toStoredKey } from './subject-key.ts';

/** Published in docs/registers.md; computed by another implementation (Python's hmac and hashlib). */
const REGION_KEY = Uint8Array.from({ length: 32 }, (_, index) => index);
const VECTORS: readonly (readonly [string, SubjectKind, string, bigint, bigint])[] = [
  ['f0', 'number', '001099000001', 0xc315ced79618f70an, -4389374836471171318n],
  ['f0', 'number', '000000000001', 0x2c7d40f86a987878n, 3205789945442105464n],
  ['f0', 'number', '000000000002', 0xcd5e1af905ca2df2n, -3648448991277208078n],
  ['f0', 'qid', 'QID0001', 0x077e307db40652f0n, 539922321780396784n],
  ['f0', 'certificate', 'URN:UVCI:01:VN:TEST#1', 0x905fb5fa6ad5cb23n, -8043510322321568989n],
  ['f1', 'number', '001099000001', 0xd4e33906fead3a79n, -3106576615750157703n],
  ['f1', 'qid', 'QID0001', 0x44fdcfbd3b6296d6n, 4971357975338981078n],
  // Found by search: nearest to 2^53 (from where doubles are inexact), to 2^63 from both sides, to 2^64 and to 0.
  ['f0', 'number', '001100429229', 0x001fff56777ab054n, 9006471114829908n],
  ['f0', 'number', '001100501499', 0x7ffffcc4b6d8e455n, 9223368483689522261n],
  ['f0', 'number', '001099944925', 0x80000224a0d56be3n, -9223369680514356253n],
  ['f0', 'number', '001099494245', 0xfffffa8c7acdefd5n, -5993714028587n],
  ['f0', 'number', '001100791907', 0x0000060ee71312a2n, 6661076095650n],
];

test.each(VECTORS)('%s, %s %s', (register, kind, value, key, stored) => {
  const registerKey = deriveRegisterKey(REGION_KEY, register);
  expect(subjectKey(registerKey, kind, value)).toBe(key);
  expect(toStoredKey(key)).toBe(stored);
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

test('all 64 bits come back from SQLite, around 2^53, 2^63 and 2^64 - 1 and anywhere', () => {
  const database = new Sqlite(':memory:');
  database.exec('CREATE TABLE entry (key INTEGER PRIMARY KEY) STRICT');
  const insert = database.prepare<[bigint]>('INSERT OR IGNORE INTO entry VALUES (?)');
  const select = database.prepare<[bigint], bigint>('SELECT key FROM entry WHERE key = ?');
  select.safeIntegers(true).pluck();
  const edges = [0n, 1n << 53n, 1n << 63n, (1n << 64n) - 1n].flatMap((edge) =>
    [-2n, -1n, 0n, 1n, 2n].map((step) => BigInt.asUintN(64, edge + step)),
  );
  const roundTrips = (key: bigint) => {
    insert.run(toStoredKey(key));
    const stored = select.get(toStoredKey(key));
    expect(stored === undefined ? null : BigInt.asUintN(64, stored)).toBe(key);
  };
  for (const edge of edges) roundTrips(edge);
  fc.assert(fc.property(fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }), roundTrips));
  database.close();
});
