import { encode, rfc8949EncodeOptions } from 'cborg';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { InputError } from '../../kernel/errors.ts';
import { decodeAttributes, encodeAttributes, type KnownAttribute } from './attributes.ts';
import { decodeNotices, encodeNotices } from './notices.ts';
import { decodeOfficers, encodeOfficers } from './officers.ts';

const NOTICE = { key: '2c7d40f86a987878', code: 'transfer', untilMinutes: 29_000_000 };
const OFFICER = {
  id: 'lan',
  name: 'Trần Thị Lan',
  role: 'officer',
  pin: `scrypt$15$${'s'.repeat(22)}$${'k'.repeat(43)}`,
  untilDay: 20_800,
};
const ATTRIBUTES = new Map<number, KnownAttribute>([
  [1, { type: 'area', code: '01.ba-dinh' }],
  [2, { type: 'hours', fromMinute: 300, untilMinute: 1_320 }],
  [3, { type: 'dose', doses: 2, day: 20_600 }],
  [7, { type: 'test-day', day: 20_700 }],
  [8, { type: 'plate', key: '00112233445566ff' }],
  [9, { type: 'scheme', code: 'point-4' }],
]);

const raw = (label: string, rows: unknown) => encode([label, rows], rfc8949EncodeOptions);

test('lists are read as they were written', () => {
  const other = { ...NOTICE, key: '00000000000000ff' };
  expect(decodeNotices(encodeNotices([NOTICE, other]))).toEqual([other, NOTICE]);
  expect(decodeAttributes(encodeAttributes(ATTRIBUTES))).toEqual(ATTRIBUTES);
  const second = { ...OFFICER, id: 'an' };
  expect(decodeOfficers(encodeOfficers([OFFICER, second]))).toEqual([second, OFFICER]);
});

test('a list of notices has the bytes that the format page shows', () => {
  expect(Buffer.from(encodeNotices([NOTICE])).toString('hex')).toBe(
    '826f63686f742f6e6f74696365732f7631818348' +
      '2c7d40f86a987878' +
      '687472616e73666572' +
      '1a01ba8140',
  );
});

test('an attribute of a type or version unknown here is unknown, not refused', () => {
  const bytes = raw('chot/attributes/v1', [
    [1, 'colour', 1, ['red', [1, 2]]],
    [2, 'area', 2, 7],
    [3, 'area', 1, ['a']],
  ]);
  expect(decodeAttributes(bytes)).toEqual(
    new Map([
      [1, { type: 'unknown' }],
      [2, { type: 'unknown' }],
      [3, { type: 'area', code: 'a' }],
    ]),
  );
});

const notice = (row: unknown) => () => decodeNotices(raw('chot/notices/v1', [row]));
const officer = (over: object) => () => {
  const { id, name, role, pin, untilDay } = { ...OFFICER, ...over };
  return decodeOfficers(raw('chot/officers/v1', [[id, name, role, pin, untilDay]]));
};
const key = new Uint8Array(8);

test.each([
  ['another label', () => decodeNotices(raw('chot/officers/v1', []))],
  ['no array', () => decodeNotices(encode(7))],
  ['a short key', notice([new Uint8Array(7), 'transfer', 1])],
  ['a code of capitals', notice([key, 'Transfer', 1])],
  ['a negative time', notice([key, 'transfer', -1])],
  ['a broken time', notice([key, 'transfer', 1.5])],
  ['a field too many', notice([key, 'transfer', 1, 1])],
  ['a field too few', notice([key, 'transfer'])],
  ['a row that is none', notice('row')],
  [
    'an id twice',
    () =>
      decodeAttributes(
        raw('chot/attributes/v1', [
          [1, 'x', 1, 0],
          [1, 'x', 1, 0],
        ]),
      ),
  ],
  ['an attribute 0', () => decodeAttributes(raw('chot/attributes/v1', [[0, 'x', 1, 0]]))],
  [
    'hours beyond the day',
    () => decodeAttributes(raw('chot/attributes/v1', [[1, 'hours', 1, [0, 1_441]]])),
  ],
  ['a PIN that takes an hour', officer({ pin: OFFICER.pin.replace('$15$', '$30$') })],
  ['a PIN in the clear', officer({ pin: '1234' })],
  ['a name that draws', officer({ name: 'a\u0007' })],
  ['an officer twice', () => decodeOfficers(encodeOfficers([OFFICER, OFFICER]))],
  [
    'integers longer than need be',
    () =>
      decodeNotices(
        Buffer.from(
          '826f63686f742f6e6f74696365732f763181834800000000000000006874' +
            '72616e736665721a00000001',
          'hex',
        ),
      ),
  ],
  [
    'a list too long',
    () => decodeNotices(raw('chot/notices/v1', new Array<number>(50_001).fill(0))),
  ],
  ['nesting without end', () => decodeNotices(Buffer.alloc(100_000, 0x81))],
])('%s is refused', (_, decode) => {
  expect(decode).toThrow(InputError);
});

test('noise in a list is refused or read, nothing else', () => {
  const lists = [encodeNotices([NOTICE]), encodeAttributes(ATTRIBUTES), encodeOfficers([OFFICER])];
  const decoders = [decodeNotices, decodeAttributes, decodeOfficers];
  fc.assert(
    fc.property(fc.nat(2), fc.nat(), fc.integer({ min: 1, max: 255 }), (which, place, mask) => {
      const bytes = Buffer.from(lists[which] ?? []);
      bytes[place % bytes.length] = (bytes[place % bytes.length] ?? 0) ^ mask;
      try {
        decoders[which]?.(bytes);
      } catch (error) {
        expect(error).toBeInstanceOf(InputError);
      }
    }),
    { numRuns: 1_000 },
  );
});
