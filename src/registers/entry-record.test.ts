import fc from 'fast-check';
import { expect, test } from 'vitest';
import { RECORD_BYTES, rowsOfRecords, sortAndMerge, writeRecord } from './entry-record.ts';
import { ROW_BYTES, readFields } from './row.ts';

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
  attribute: fc.constantFrom(0, 1, 0xffff_ffff),
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

function rowsOf(records: Buffer) {
  const rows = rowsOfRecords(records);
  return Array.from({ length: rows.length / ROW_BYTES }, (_, index) => {
    const at = index * ROW_BYTES;
    return { key: rows.readBigUInt64BE(at), ...readFields(rows, at) };
  });
}

test('what is written is read again, all 64 bits of the key', () => {
  fc.assert(
    fc.property(row, (fields) => {
      expect(rowsOf(recordsOf([fields]))).toEqual([{ ...fields, count: 1 }]);
    }),
  );
});

test('merging keeps every row once with the number of times it came, in unsigned order', () => {
  fc.assert(
    fc.property(fc.array(row, { maxLength: 200 }), (rows) => {
      const counts = new Map<string, number>();
      for (const { key, status, fromDay, untilDay, source, attribute } of rows) {
        const name = [key, status, fromDay, untilDay, source, attribute].join();
        counts.set(name, (counts.get(name) ?? 0) + 1);
      }
      const merged = rowsOf(sortAndMerge(recordsOf(rows)));
      const came = merged.map(({ count, ...rest }) => [rest, count] as const);
      expect(new Map(came.map(([rest, count]) => [Object.values(rest).join(), count]))).toEqual(
        counts,
      );
      expect(came).toHaveLength(counts.size);
      const order = (fields: Record<string, bigint | number>) => Object.values(fields);
      const sorted = came.map(([rest]) => order(rest)).sort(byParts);
      expect(came.map(([rest]) => order(rest))).toEqual(sorted);
    }),
  );
});

function byParts(a: readonly (bigint | number)[], b: readonly (bigint | number)[]): number {
  const at = a.findIndex((part, index) => part !== b[index]);
  return at < 0 ? 0 : Number(a[at] ?? 0) < Number(b[at] ?? 0) ? -1 : 1;
}

test('merging what was merged adds the counts, up to 65,535', () => {
  fc.assert(
    fc.property(fc.array(row, { maxLength: 60 }), fc.array(row, { maxLength: 60 }), (a, b) => {
      const parts = Buffer.concat([sortAndMerge(recordsOf(a)), sortAndMerge(recordsOf(b))]);
      expect(rowsOf(sortAndMerge(parts))).toEqual(rowsOf(sortAndMerge(recordsOf([...a, ...b]))));
    }),
  );
  const one: Row = { key: 1n, status: 1, fromDay: 0, untilDay: 0, source: 0, attribute: 0 };
  const many = recordsOf(Array.from({ length: 70_000 }, () => one));
  expect(rowsOf(sortAndMerge(many))).toMatchObject([{ key: 1n, count: 65_535 }]);
});
