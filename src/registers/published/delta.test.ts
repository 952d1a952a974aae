import fc from 'fast-check';
import { expect, test } from 'vitest';
import { rowsOf, someRows } from '../../../test/support/register-rows.ts';
import { InputError } from '../../kernel/errors.ts';
import { ROW_BYTES } from '../row.ts';
import { RowChecksum } from '../row-checksum.ts';
import { type Delta, decodeDelta, encodeDelta } from './delta.ts';
import { diffRows } from './diff-rows.ts';

const WHOSE = { register: 'f0', generation: 1, from: 3, to: 4 };

function parts(rows: Buffer, cut: number): Buffer[] {
  const cuts: Buffer[] = [];
  for (let at = 0; at < rows.length; at += cut * ROW_BYTES) {
    cuts.push(rows.subarray(at, at + cut * ROW_BYTES));
  }
  return cuts;
}

/** What a station does, in its plainest form. */
function applied(before: Buffer, { removed, added }: Pick<Delta, 'removed' | 'added'>): Buffer {
  const gone = new Set(removed);
  const kept = parts(before, 1).filter((_, index) => !gone.has(index));
  return Buffer.concat([...kept, ...parts(added, 1)].sort(Buffer.compare));
}

const rowsPair = fc
  .tuple(someRows({ maxLength: 120 }), someRows({ maxLength: 40 }), fc.integer({ min: 2, max: 9 }))
  .map(([one, other, every]) => {
    // Mostly the same rows, so that a difference is not everything.
    const kept = parts(one, 1).filter((_, index) => index % every !== 0);
    const now = new Map(
      [...kept, ...parts(other, 1)].map((row) => [row.toString('hex', 0, 22), row]),
    );
    return { before: one, after: Buffer.concat([...now.values()].sort(Buffer.compare)) };
  });

test('a delta leads from any version to any other, over the wire', () => {
  fc.assert(
    fc.property(rowsPair, fc.integer({ min: 1, max: 50 }), ({ before, after }, cut) => {
      const difference = diffRows(parts(before, cut), parts(after, cut + 1));
      if (difference === null) throw new Error('expected a difference within bounds');
      const delta = decodeDelta(encodeDelta({ ...WHOSE, ...difference }));
      expect(delta).toEqual({ ...WHOSE, ...difference });
      expect(applied(before, delta)).toEqual(after);
      expect(delta.before.checksum).toBe(new RowChecksum().add(before).hex);
      const sum = RowChecksum.of(delta.before.checksum).add(delta.added);
      for (const index of delta.removed) {
        sum.subtract(before.subarray(index * ROW_BYTES, (index + 1) * ROW_BYTES));
      }
      expect(sum.hex).toBe(delta.after.checksum);
    }),
    { numRuns: 200 },
  );
});

test('a row that only came more often is a change', () => {
  const difference = diffRows([rowsOf([{ key: 1n }])], [rowsOf([{ key: 1n, count: 2 }])]);
  expect(difference?.removed).toEqual(Uint32Array.of(0));
  expect(difference?.added.length).toBe(ROW_BYTES);
});

test('rows out of order or twice are no version', () => {
  const rows = rowsOf([{ key: 1n }, { key: 2n }]);
  const turned = Buffer.concat([rows.subarray(ROW_BYTES), rows.subarray(0, ROW_BYTES)]);
  expect(() => diffRows([turned], [])).toThrow(/in order/);
  expect(() => diffRows([], [rows, rows.subarray(ROW_BYTES)])).toThrow(/in order/);
});

test('a difference too long for a delta is none: a new base is due', () => {
  const rows = rowsOf(Array.from({ length: 500_001 }, (_, index) => ({ key: BigInt(index) })));
  expect(diffRows([], [rows])).toBeNull();
  const totals = { rows: 500_001, checksum: '00'.repeat(8) };
  const removed = new Uint32Array(0);
  const delta = { ...WHOSE, before: { ...totals, rows: 0 }, after: totals, removed, added: rows };
  expect(() => encodeDelta(delta)).toThrow(/publish a new base/);
});

test('counts that do not add up, indices beyond the rows and versions that go back are refused', () => {
  const totals = { rows: 2, checksum: '00'.repeat(8) };
  const none = { removed: new Uint32Array(0), added: Buffer.alloc(0) };
  const delta = { ...WHOSE, before: totals, after: totals, ...none };
  expect(() => decodeDelta(encodeDelta({ ...delta, after: { ...totals, rows: 3 } }))).toThrow(
    /rows before and after/,
  );
  const removed = Uint32Array.of(0, 2);
  expect(() => decodeDelta(encodeDelta({ ...delta, removed }))).toThrow(/indices below 2/);
  expect(() => decodeDelta(encodeDelta({ ...delta, to: 3 }))).toThrow(/later version/);
});

test('a delta altered anywhere is a delta or an InputError, nothing else', () => {
  fc.assert(
    fc.property(
      rowsPair,
      fc.nat(),
      fc.integer({ min: 1, max: 255 }),
      ({ before, after }, place, mask) => {
        const difference = diffRows([before], [after]);
        const bytes = Buffer.from(encodeDelta({ ...WHOSE, ...(difference ?? failed()) }));
        bytes[place % bytes.length] = (bytes[place % bytes.length] ?? 0) ^ mask;
        try {
          decodeDelta(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(InputError);
        }
      },
    ),
    { numRuns: 800 },
  );
});

function failed(): never {
  throw new Error('expected a difference within bounds');
}
