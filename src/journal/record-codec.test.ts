import { encode } from 'cborg';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  anyStoredRecord,
  endRecord,
  passageRecord,
  stored,
} from '../../test/support/journal-records.ts';
import { fromHex, toHex } from '../kernel/bytes.ts';
import { InputError } from '../kernel/errors.ts';
import type { StoredRecord } from './record.ts';
import { decodeRecord, encodeRecord, RECORD_BYTES_MAX } from './record-codec.ts';

/** An `end` as it has been written since version 1: these bytes must be read for as long as journals are kept. */
const END_V1 =
  'ad0063656e640101026973746174696f6e2d310307041b000001a0c4506c00051b000001a0c4474440061b000001a0c45993c0' +
  '0701' +
  '08666c616e652d3109696f6666696365722d310a6d302e312e302b616263313233340b050c02';

test('an end is written in the bytes of version 1', () => {
  const record = stored(endRecord(5, 'assumed'), 7);
  expect(toHex(encodeRecord(record))).toBe(END_V1);
  expect(decodeRecord(fromHex(END_V1) ?? new Uint8Array())).toEqual(record);
});

test('every record comes back as it was, in one encoding', () => {
  fc.assert(
    fc.property(anyStoredRecord, (record) => {
      const bytes = encodeRecord(record);
      expect(decodeRecord(bytes)).toEqual(record);
      const shuffled = Object.fromEntries(Object.entries(record).reverse()) as StoredRecord;
      expect(toHex(encodeRecord(shuffled))).toBe(toHex(bytes));
    }),
    { numRuns: 500, seed: 1 },
  );
});

test('a key the schema does not know is refused on the way in and on the way out', () => {
  fc.assert(
    fc.property(anyStoredRecord, (record) => {
      const name = 'NGUYỄN VĂN MẪU';
      const extra = { ...record, [name]: 'x' } as unknown as StoredRecord;
      expect(messageOf(() => encodeRecord(extra))).toMatch(/unknown key.* schema is closed/);
      expect(messageOf(() => encodeRecord(extra))).not.toContain('MẪU');
      const { lane, ...rest } = record;
      expect(messageOf(() => encodeRecord(rest as StoredRecord))).toMatch(/\.lane: expected/);
    }),
    { numRuns: 50, seed: 2 },
  );
  const wire = new Map<number, unknown>([
    [0, 'officer'],
    ...[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 99].map((label) => [label, 1] as const),
  ]);
  expect(messageOf(() => decodeRecord(encode(wire)))).toMatch(/officer: expected 12 keys, came 13/);
});

const CANARIES = [
  ...['NGUYỄN VĂN MẪU', 'Nguyen Van Mau', 'nguyen van mau', 'NGUYEN', 'Mẫu', 'nguyễn'],
  ...['2000-02-01', '01/02/2000', '01022000', '2000', '1/2/2000'],
  ...['Số 1 Đại Cồ Việt, Hai Bà Trưng, Hà Nội', '12 Hàng Bài', '+84912345678', 'mau@example.org'],
  ...[
    '001|012345678|NGUYỄN VĂN MẪU|01022000',
    'data:image/jpeg;base64,/9j/',
    '',
    ' ',
    '<b>',
    'a'.repeat(49),
  ],
];

test('no field takes a name, a birth date or an address', () => {
  const records = fc.sample(anyStoredRecord, { numRuns: 150, seed: 3 });
  let tried = 0;
  for (const record of [...records, stored(passageRecord(1))]) {
    for (const path of stringPaths(record)) {
      for (const canary of CANARIES) {
        // Ids are chosen in the configuration and the officers' list; digits are theirs to use.
        if (/^(station|lane|officer)$/.test(path.join('.')) && /^[0-9-]+$/.test(canary)) continue;
        const planted = structuredClone(record) as unknown as Record<string, unknown>;
        plant(planted, path, canary);
        const message = messageOf(() => encodeRecord(planted as unknown as StoredRecord));
        expect(message, `${path.join('.')} took a canary`).toMatch(/expected/);
        if (canary.length > 3) expect(message).not.toContain(canary);
        tried++;
      }
    }
  }
  expect(tried).toBeGreaterThan(10_000);
});

test('hostile bytes end in an error of ours, whatever they are', () => {
  const real = encodeRecord(stored(passageRecord(1)));
  const hostile = fc.oneof(
    fc.uint8Array({ maxLength: 2_000 }),
    fc
      .array(fc.tuple(fc.nat(real.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 })
      .map((changes) => {
        const bytes = Uint8Array.from(real);
        for (const [at, value] of changes) bytes[at] = value;
        return bytes;
      }),
    fc.nat(real.length - 1).map((length) => real.subarray(0, length)),
  );
  fc.assert(
    fc.property(hostile, (bytes) => {
      try {
        // What is taken is exactly what we would have written.
        expect(toHex(encodeRecord(decodeRecord(bytes)))).toBe(toHex(bytes));
      } catch (error) {
        expect(error).toBeInstanceOf(InputError);
      }
    }),
    { numRuns: 3_000, seed: 4 },
  );
});

test.each([
  ['empty', ''],
  ['an array', '80'],
  ['an indefinite map', 'bfff'],
  ['a map that announces 2^31 entries', 'ba7fffffff'],
  ['a text key for the type', 'a1647479706563656e64'],
  ['a tag', 'c1a0'],
  ['trailing bytes', `${END_V1}00`],
  ['a type of another time', 'a10066706172647479'],
  ['__proto__ as the type', 'a100695f5f70726f746f5f5f'],
  ['the schema version written in two bytes', END_V1.replace('0063656e640101', '0063656e64011801')],
  ['a schema version to come', END_V1.replace('0063656e640101', '0063656e640102')],
])('%s is refused', (_, hex) => {
  expect(() => decodeRecord(fromHex(hex) ?? new Uint8Array())).toThrow(InputError);
});

test('nesting to the bottom of the stack is refused', () => {
  expect(() => decodeRecord(new Uint8Array(RECORD_BYTES_MAX).fill(0x81))).toThrow(InputError);
  expect(() => decodeRecord(new Uint8Array(RECORD_BYTES_MAX + 1))).toThrow(/at most 12284 bytes/);
});

function stringPaths(value: unknown, at: readonly string[] = []): string[][] {
  if (typeof value === 'string') return at[0] === 'type' ? [] : [[...at]];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => stringPaths(inner, [...at, key]));
}

function plant(target: Record<string, unknown>, path: readonly string[], value: string): void {
  const [key = '', ...rest] = path;
  if (rest.length === 0) target[key] = value;
  else plant(target[key] as Record<string, unknown>, rest, value);
}

function messageOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof InputError) return error.message;
    throw error;
  }
  return 'nothing was thrown';
}
