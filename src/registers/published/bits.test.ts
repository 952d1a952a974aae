import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BitReader, BitWriter, riceParameter } from './bits.ts';

const value64 = fc.bigInt({ min: 0n, max: (1n << 64n) - 1n });
const halves = (value: bigint) => [Number(value >> 32n), Number(value & 0xffff_ffffn)] as const;

function encoded(values: readonly bigint[], k: number): Uint8Array {
  const writer = new BitWriter();
  for (const value of values) writer.rice(...halves(value), k);
  return writer.end();
}

test.each([
  // 9 = 1 * 8 + 1: one zero, a one, 001.
  [[9n], 3, '48'],
  [[0n], 0, '80'],
  [[5n], 0, '04'],
  [[0n, 0n, 0n], 0, 'e0'],
  // Quotient 1, then the lowest 40 bits.
  [[(1n << 40n) | 0xab_cdef_0123n], 40, '6af37bc048c0'],
  [[(1n << 63n) - 1n], 63, 'ffffffffffffffff'],
])('%s with parameter %i is %s', (values, k, bytes) => {
  expect(Buffer.from(encoded(values, k)).toString('hex')).toBe(bytes);
});

test('numbers of all sizes come back under every parameter that keeps them short', () => {
  const coded = fc.integer({ min: 0, max: 63 }).chain((k) =>
    fc.record({
      k: fc.constant(k),
      values: fc.array(
        value64.map(
          (value) => ((value >> BigInt(63 - k)) % (300n << BigInt(k))) & ((1n << 64n) - 1n),
        ),
        { maxLength: 60 },
      ),
    }),
  );
  fc.assert(
    fc.property(coded, ({ k, values }) => {
      const reader = new BitReader(encoded(values, k), 'test');
      for (const value of values) {
        reader.rice(k);
        expect([reader.high, reader.low]).toEqual(halves(value));
      }
      reader.end();
    }),
    { numRuns: 500 },
  );
});

test('bits cut short, numbers beyond 64 bits and rests are refused', () => {
  const whole = encoded([1n << 41n, 3n], 40);
  const cut = new BitReader(whole.subarray(0, 8), 'test');
  cut.rice(40);
  expect(() => cut.rice(40)).toThrow(/test: expected more bits/);
  expect(() => new BitReader(new Uint8Array(40), 'test').rice(5)).toThrow(/cut short/);
  const high = new BitReader(Uint8Array.from([0x20, ...new Array<number>(9).fill(0)]), 'test');
  expect(() => high.rice(63)).toThrow(/below 2\^64/);
  expect(() => new BitReader(Uint8Array.of(0), 'test').end()).toThrow(/nothing after/);
  const filled = new BitReader(Uint8Array.of(0x81), 'test');
  filled.rice(0);
  expect(() => filled.end()).toThrow(/nothing after/);
});

test('the parameter follows the mean', () => {
  expect(riceParameter(0, 0)).toBe(0);
  expect(riceParameter(0, 10)).toBe(0);
  expect(riceParameter(2 ** 56, 39_062)).toBe(40);
  expect(riceParameter(2 ** 64, 1)).toBe(63);
});
