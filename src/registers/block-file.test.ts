import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openEncryptedDatabase } from '../kernel/encrypted-database.ts';
import { BlockFile } from './block-file.ts';
import { BlockWriter } from './block-writer.ts';
import { compareRows, ROW_BYTES, writeRow } from './row.ts';
import { SNAPSHOT_MIGRATIONS } from './snapshot-schema.ts';

const KEY = new Uint8Array(32).fill(1);
let folder: string;
let files = 0;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'chot-blocks-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Subjects by key, each with as many rows. */
type Subjects = ReadonlyMap<bigint, number>;

function rowsOf(subjects: Subjects): Buffer {
  const sorted = [...subjects].sort(([a], [b]) => (a < b ? -1 : 1));
  return Buffer.concat(sorted.flatMap(([key, rows]) => subjectRows(key, rows)));
}

function subjectRows(key: bigint, count: number): Buffer[] {
  const keyBytes = Buffer.alloc(8);
  keyBytes.writeBigUInt64BE(key);
  return Array.from({ length: count }, (_, index) => {
    const row = Buffer.alloc(ROW_BYTES);
    const fields = { status: 1, untilDay: 1, source: 0, attribute: 0, count: 1 };
    writeRow(row, 0, keyBytes, { ...fields, fromDay: index });
    return row;
  });
}

function write(parts: readonly Buffer[]): string {
  const path = join(folder, `${files++}.db`);
  const options = { key: KEY, migrations: SNAPSHOT_MIGRATIONS, mode: 'build' } as const;
  const database = openEncryptedDatabase(path, options);
  database.transaction(() => {
    const writer = new BlockWriter(database);
    for (const part of parts) writer.add(part);
    writer.end(null);
  })();
  database.close();
  return path;
}

const halves = (key: bigint) => [Number(key >> 32n), Number(key & 0xffff_ffffn)] as const;

const EDGES = [0n, 1n << 32n, 1n << 53n, 1n << 63n, (1n << 64n) - 1n].flatMap((edge) =>
  [-2n, -1n, 0n, 1n].map((step) => BigInt.asUintN(64, edge + step)),
);
const key = fc.oneof(fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }), fc.constantFrom(...EDGES));

test('every subject is found with all its rows and its place, and no other, all 64 bits counting', () => {
  const subjects = fc.uniqueArray(
    fc.tuple(key, fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 256 }))),
    { maxLength: 120, selector: ([one]) => one },
  );
  fc.assert(
    fc.property(subjects, fc.array(key, { maxLength: 40 }), (listed, others) => {
      const wanted = new Map(listed);
      const rows = rowsOf(wanted);
      const file = BlockFile.open(write([rows]), KEY);
      try {
        for (const one of [...wanted.keys(), ...others, ...EDGES]) {
          const { rows: came, index } = file.locate(...halves(one));
          expect(came.length / ROW_BYTES).toBe(wanted.get(one) ?? 0);
          const before = [...wanted].filter(([other]) => other < one);
          expect(index).toBe(before.reduce((sum, [, count]) => sum + count, 0));
        }
        expect(Buffer.concat([...file.blocks()])).toEqual(rows);
      } finally {
        file.close();
      }
    }),
    { numRuns: 40 },
  );
});

test('a subject is found by the index of any of its rows', () => {
  const subjects = new Map(
    Array.from({ length: 700 }, (_, one) => [BigInt(one) << 50n, 1 + (one % 3)]),
  );
  const rows = rowsOf(subjects);
  const file = BlockFile.open(write([rows.subarray(0, ROW_BYTES), rows.subarray(ROW_BYTES)]), KEY);
  for (let index = 0; index < rows.length / ROW_BYTES; index++) {
    const found = file.subjectAt(index);
    const at = (index - found.index) * ROW_BYTES;
    expect(compareRows(found.rows, at, rows, index * ROW_BYTES)).toBe(0);
    expect(found.rows.length / ROW_BYTES).toBe(1 + ((found.rows.readUInt16BE() >> 2) % 3));
  }
  expect(() => file.subjectAt(rows.length / ROW_BYTES)).toThrow(RangeError);
  file.close();
});

test('a block takes one page: 165 rows more, one page more', () => {
  const sized = (blocks: number) =>
    statSync(
      write([rowsOf(new Map(Array.from({ length: blocks * 165 }, (_, one) => [BigInt(one), 1])))]),
    ).size;
  expect((sized(110) - sized(10)) / 4_096).toBe(100);
});

test('one subject too many rows long is refused', () => {
  expect(() => write([rowsOf(new Map([[7n, 257]]))])).toThrow(/more than 256 different/);
});
