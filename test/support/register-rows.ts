import fc from 'fast-check';
import { compareRows, ROW_BYTES, type RowFields, writeRow } from '../../src/registers/row.ts';

export type RowOf = Partial<RowFields> & { readonly key: bigint };

/** Rows as a register has them: 24 bytes each, sorted, each once. */
export function rowsOf(rows: readonly RowOf[]): Buffer {
  const made = rows.map(({ key, ...fields }) => {
    const row = Buffer.alloc(ROW_BYTES);
    const keyBytes = Buffer.alloc(8);
    keyBytes.writeBigUInt64BE(key);
    const usual = {
      status: 1,
      fromDay: 20_700,
      untilDay: 20_721,
      source: 0,
      attribute: 0,
      count: 1,
    };
    writeRow(row, 0, keyBytes, { ...usual, ...fields });
    return row;
  });
  made.sort((a, b) => compareRows(a, 0, b, 0));
  return Buffer.concat(
    made.filter((row, at) => at === 0 || compareRows(made[at - 1] ?? row, 0, row, 0) !== 0),
  );
}

const ALL = (1n << 64n) - 1n;

/** Sorted rows of any keys, several of one key among them, the edges of 64 bits too. */
export function someRows(length: { readonly minLength?: number; readonly maxLength: number }) {
  const row = fc.record({
    key: fc.oneof(
      fc.bigInt({ min: 0n, max: ALL }),
      fc.constantFrom(0n, 1n, (1n << 53n) + 1n, (1n << 63n) - 1n, 1n << 63n, ALL),
    ),
    status: fc.integer({ min: 1, max: 255 }),
    fromDay: fc.constantFrom(-25_567, 0, 20_700, 20_701),
    untilDay: fc.constantFrom(20_721, 20_722, 157_053),
    source: fc.oneof(fc.constantFrom(0, 1), fc.integer({ min: 0, max: 255 })),
    attribute: fc.constantFrom(0, 0, 7, 0xffff_ffff),
    count: fc.constantFrom(1, 1, 2, 65_535),
  });
  return fc.array(row, length).map(rowsOf);
}
