import { encode, rfc8949EncodeOptions } from 'cborg';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fromHex, toHex } from '../kernel/bytes.ts';
import { InputError } from '../kernel/errors.ts';
import { decodeStrictMap } from './strict-cbor.ts';

const decodeHex = (hex: string) => decodeStrictMap(fromHex(hex) ?? new Uint8Array());
/** `hex` as the value of key 0. */
const value = (hex: string) => decodeHex(`a100${hex}`).get(0);

/** RFC 8949, appendix A. */
test.each([
  ['00', 0],
  ['17', 23],
  ['1818', 24],
  ['1903e8', 1000],
  ['1a000f4240', 1_000_000],
  ['1b000000e8d4a51000', 1_000_000_000_000],
  ['20', -1],
  ['3863', -100],
  ['3903e7', -1000],
  ['f4', false],
  ['f5', true],
  ['f6', null],
  ['60', ''],
  ['6449455446', 'IETF'],
  ['80', []],
  ['8301820203820405', [1, [2, 3], [4, 5]]],
])('the example %s of the RFC is read', (hex, expected) => {
  expect(value(hex)).toEqual(expected);
});

test.each([
  ['1817', /shortest form/],
  ['190017', /shortest form/],
  ['1b00000000000003e8', /shortest form/],
  ['1bffffffffffffffff', /below 2\^53/],
  ['f90000', /whole numbers/],
  ['fb3ff199999999999a', /whole numbers/],
  ['f7', /whole numbers/],
  ['f8ff', /whole numbers/],
  ['c11a514b67b0', /whole numbers/],
  ['4401020304', /whole numbers/],
  ['a0', /whole numbers/],
  ['9fff', /definite/],
  ['7f657374726561646d696e67ff', /definite/],
  ['62c3bc', /ASCII/],
  ['9affffffff', /cut short/],
  ['7affffffff', /cut short/],
  ['', /cut short/],
])('the example %s, which a record never has, is refused', (hex, reason) => {
  expect(() => value(hex)).toThrow(InputError);
  expect(() => value(hex)).toThrow(reason);
});

test('keys out of order, twice, or no numbers are refused, and so is anything behind the map', () => {
  expect(decodeHex('a201020304').get(3)).toBe(4);
  expect(() => decodeHex('a203040102')).toThrow(/ascending/);
  expect(() => decodeHex('a201020103')).toThrow(/ascending/);
  expect(() => decodeHex('a1613002')).toThrow(/key/);
  expect(() => decodeHex('a1010200')).toThrow(/nothing after/);
  expect(() => decodeHex('80')).toThrow(/a map/);
});

const leaf = fc.oneof(
  fc.integer({ min: -(2 ** 50), max: 2 ** 53 - 1 }),
  fc.stringMatching(/^[ -~]{0,40}$/),
  fc.boolean(),
  fc.constant(null),
);
const anyValue = fc.oneof(leaf, fc.array(fc.oneof(leaf, fc.array(leaf, { maxLength: 3 }))));

test('what cborg writes deterministically is read as it was, and what is read is what cborg writes', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.nat(300).map(String), anyValue), fc.nat(), (entries, at) => {
      const map = new Map(Object.entries(entries).map(([key, each]) => [Number(key), each]));
      const bytes = Uint8Array.from(encode(map, rfc8949EncodeOptions));
      expect(new Map(decodeStrictMap(bytes))).toEqual(map);
      const place = at % bytes.length;
      bytes[place] = (bytes[place] ?? 0) ^ (1 << (at % 8));
      try {
        const other = decodeStrictMap(bytes);
        expect(toHex(encode(other, rfc8949EncodeOptions))).toBe(toHex(bytes));
      } catch (error) {
        expect(error).toBeInstanceOf(InputError);
      }
    }),
    { numRuns: 1_000, seed: 5 },
  );
});
