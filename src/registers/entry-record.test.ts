import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  RECORD_BYTES,
  readRecord,
  type StoredRow,
  sortAndMerge,
  writeRecord,
} from './entry-record.ts';

const row = fc.record({
  key: fc.oneof(
    fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
    // Few different ones, so that rows meet.
    fc.bigInt({ min: 0n, max: 3n }).map((low) => (low << 62n) | low),
  ),
  status: fc.constantFrom(1, 2),
  fromDay: fc.constantFrom(-25_567, -1, 0, 20_000),
  untilDay: fc.constantFrom(0, 20_021, 157_053),
  source: fc.integer({ min: 0, max: 255 }),
});
type Row = typeof row extends fc.Arbitrary<infer Value> ? Value : never;

function recordsOf(rows: readonly Row[]): Buffer {
  const records = Buffer.alloc(rows.length * RECORD_BYTES, 0xee);
  rows.forEach((fields, index) => {
    const digest = Buffer.alloc(32);
    digest.writeBigUInt64BE(fields.key);
    writeRecord(records, index * RECORD_BYTES, digest, fields);
  });
  return records;
}

function rowsOf(records: Buffer): StoredRow[] {
  return Array.from({ length: records.length / RECORD_BYTES }, (_, index) =>
    readRecord(records, index * RECORD_BYTES),
  );
}

test('what is written is read again, the key as the same 64 bits signed', () => {
  fc.assert(
    fc.property(row, (fields) => {
      const expected = { ...fields, key: BigInt.asIntN(64, fields.key), count: 1 };
      expect(rowsOf(recordsOf([fields]))).toEqual([expected]);
    }),
  );
});

test('merging keeps every row once with the number of times it came, in signed order of keys', () => {
  fc.assert(
    fc.property(fc.array(row, { maxLength: 200 }), (rows) => {
      const counts = new Map<string, number>();
      for (const { key, status, fromDay, untilDay, source } of rows) {
        const name = [BigInt.asIntN(64, key), status, fromDay, untilDay, source].join();
        counts.set(name, (counts.get(name) ?? 0) + 1);
      }
      const merged = rowsOf(sortAndMerge(recordsOf(rows)));
      const came = merged.map(({ count, ...rest }) => [Object.values(rest).join(), count] as const);
      expect(new Map(came)).toEqual(counts);
      expect(came).toHaveLength(counts.size);
      const keys = merged.map(({ key }) => key);
      expect(keys).toEqual([...keys].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0)));
    }),
  );
});

test('merging what was merged adds the counts', () => {
  fc.assert(
    fc.property(fc.array(row, { maxLength: 60 }), fc.array(row, { maxLength: 60 }), (a, b) => {
      const parts = Buffer.concat([sortAndMerge(recordsOf(a)), sortAndMerge(recordsOf(b))]);
      expect(rowsOf(sortAndMerge(parts))).toEqual(rowsOf(sortAndMerge(recordsOf([...a, ...b]))));
    }),
  );
});
