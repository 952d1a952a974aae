import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ProtocolError } from '../protocol-error.ts';
import { mrzCheckDigit, parseMrz } from './mrz.ts';

const RUNS = process.env['CHOT_SOAK'] === '1' ? 100_000 : 2_000;

const TD1 = [
  'I<UTOD231458907<<<<<<<<<<<<<<<',
  '7408122F1204159UTO<<<<<<<<<<<6',
  'ERIKSSON<<ANNA<MARIA<<<<<<<<<<',
];
const TD2 = ['I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<', 'D231458907UTO7408122F1204159<<<<<<<6'];
const TD3 = [
  'P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<',
  'L898902C36UTO7408122F1204159ZE184226B<<<<<10',
];
/** Built as Vietnam's identity cards are; nobody's. */
const VIETNAM = [
  'IDVNM0990000017001099000001<<8',
  '9901018M3901016VNM<<<<<<<<<<<4',
  'NGUYEN<<VAN<AN<<<<<<<<<<<<<<<<',
];
const PASSED = { documentNumber: 'passed', birth: 'passed', expiry: 'passed', composite: 'passed' };
const ERIKSSON = {
  ...{ issuer: 'UTO', nationality: 'UTO', surname: 'ERIKSSON', givenNames: 'ANNA MARIA' },
  ...{ birth: '740812', sex: 'female', expiry: '120415', personalNumber: null },
};

test('ICAO 9303-5, appendix B: the TD1 specimen', () => {
  expect(parseMrz(TD1.join('\n'))).toEqual({
    ...ERIKSSON,
    ...{ format: 'TD1', documentCode: 'I', documentNumber: 'D23145890', optional: ['', ''] },
    checks: { ...PASSED, optional: 'skipped', numbersAgree: 'skipped' },
  });
});

test('ICAO 9303-6, appendix B: the TD2 specimen', () => {
  expect(parseMrz(TD2.join('\r\n'))).toEqual({
    ...ERIKSSON,
    ...{ format: 'TD2', documentCode: 'I', documentNumber: 'D23145890', optional: [''] },
    checks: { ...PASSED, optional: 'skipped', numbersAgree: 'skipped' },
  });
});

test('ICAO 9303-4, appendix B: the TD3 specimen', () => {
  expect(parseMrz(TD3.join(''))).toEqual({
    ...ERIKSSON,
    ...{ format: 'TD3', documentCode: 'P', documentNumber: 'L898902C3', optional: ['ZE184226B'] },
    checks: { ...PASSED, optional: 'passed', numbersAgree: 'skipped' },
  });
});

test("Vietnam's card carries the 12 digits and a check digit of their own", () => {
  expect(parseMrz(VIETNAM.join('\n'))).toEqual({
    ...{ format: 'TD1', documentCode: 'ID', issuer: 'VNM', nationality: 'VNM' },
    ...{ documentNumber: '099000001', personalNumber: '001099000001' },
    ...{ birth: '990101', sex: 'male', expiry: '390101', surname: 'NGUYEN', givenNames: 'VAN AN' },
    optional: ['001099000001<<8', ''],
    checks: { ...PASSED, optional: 'passed', numbersAgree: 'passed' },
  });
});

test('a 12-digit number that is not the document number is seen', () => {
  const number = '079300000002';
  const line = `IDVNM0990000017${number}<<${mrzCheckDigit(number)}`;
  const { checks, personalNumber } = parseMrz([line, VIETNAM[1], VIETNAM[2]].join('\n'));
  expect(personalNumber).toBe(number);
  expect(checks).toMatchObject({ optional: 'passed', numbersAgree: 'failed', composite: 'failed' });
});

test('9303-5, 4.2.2: a long document number goes on in the optional field', () => {
  const digit = mrzCheckDigit('D23145890734');
  const mrz = `I<UTOD23145890<734${digit}<<<<<<<<<<<${TD1[1]}${TD1[2]}`;
  const { documentNumber, optional, checks } = parseMrz(mrz);
  expect(documentNumber).toBe('D23145890734');
  expect(optional).toEqual(['', '']);
  expect(checks.documentNumber).toBe('passed');
});

test('9303-4, 4.2.2: an empty optional field has 0 or a filler for its check digit', () => {
  const end = (digit: string) => `${TD3[0]}${TD3[1]?.slice(0, 28)}${'<'.repeat(14)}${digit}0`;
  expect(parseMrz(end('<')).checks.optional).toBe('passed');
  expect(parseMrz(end('0')).checks.optional).toBe('passed');
  expect(parseMrz(end('1')).checks.optional).toBe('failed');
});

test('a date, sex or name that is not known is left as it is', () => {
  const mrz = `${TD1[0]}7408<<2<1204159UTO<<<<<<<<<<<6ERIKSSON${'<'.repeat(22)}`;
  const read = parseMrz(mrz);
  expect(read).toMatchObject({ birth: '7408<<', sex: null, surname: 'ERIKSSON', givenNames: '' });
});

test('a letter in a date fails its check, also where the digit does not tell', () => {
  const [first, second, third] = [TD3[0] ?? '', TD3[1] ?? '', ''];
  const read = (from: string, to: string) => parseMrz(first + second.replace(from, to) + third);
  expect(mrzCheckDigit('74A812')).toBe(mrzCheckDigit('740812'));
  expect(read('740812', '74A812').checks).toMatchObject({ birth: 'failed', composite: 'passed' });
  expect(read('120415', '12A415').checks).toMatchObject({ expiry: 'failed', composite: 'passed' });
});

test('whatever is written in a TD1 zone is read again, and all its check digits pass', () => {
  const letters = (most: number) =>
    fc.string({ unit: fc.constantFrom(...'ABCXYZ'), minLength: 1, maxLength: most });
  const digits = (length: number) =>
    fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: length, maxLength: length });
  fc.assert(
    fc.property(
      digits(12),
      digits(6),
      digits(6),
      letters(9),
      letters(9),
      (number, birth, expiry, surname, given) => {
        const guarded = (text: string) => text + mrzCheckDigit(text);
        const upper = `${guarded(number.slice(3))}${number}<<${mrzCheckDigit(number)}`;
        const dates = [guarded(birth), guarded(expiry)];
        const composite = mrzCheckDigit(`${upper}${dates.join('')}${'<'.repeat(11)}`);
        const lower = `${dates[0]}F${dates[1]}VNM${'<'.repeat(11)}${composite}`;
        const read = parseMrz(`IDVNM${upper}\n${lower}\n${`${surname}<<${given}`.padEnd(30, '<')}`);
        expect(read).toMatchObject({ birth, expiry, surname, givenNames: given, sex: 'female' });
        expect(read).toMatchObject({ personalNumber: number, documentNumber: number.slice(3) });
        expect(new Set(Object.values(read.checks))).toEqual(new Set(['passed']));
      },
    ),
  );
});

test('any digit changed where a check digit guards it fails that check', () => {
  const guarded: readonly (readonly [number, number, string])[] = [
    [5, 15, 'documentNumber'],
    [15, 27, 'optional'],
    [30, 37, 'birth'],
    [38, 45, 'expiry'],
  ];
  const good = VIETNAM.join('');
  fc.assert(
    fc.property(
      fc.constantFrom(...guarded),
      fc.nat(),
      fc.integer({ min: 1, max: 9 }),
      ([from, to, check], place, by) => {
        const at = from + (place % (to - from));
        const digit = (Number(good[at]) + by) % 10;
        const { checks } = parseMrz(good.slice(0, at) + digit + good.slice(at + 1));
        expect(checks).toMatchObject({ [check]: 'failed' });
      },
    ),
  );
});

for (const [name, text, code] of [
  ['nothing', '', 'mrz.length'],
  ['a line too few', TD1.slice(0, 2).join('\n'), 'mrz.length'],
  ['a megabyte', '<'.repeat(1_000_000), 'mrz.length'],
  ['a small letter', TD1.join('').replace('ANNA', 'aNNA'), 'mrz.character'],
  ['a letter beyond ASCII', TD1.join('').replace('ANNA', 'ÀNNA'), 'mrz.character'],
] as const) {
  test(`${name} is refused with a reason`, () => {
    expect(() => parseMrz(text)).toThrow(expect.objectContaining({ code }));
  });
}

test('errors tell places, never what was read', () => {
  const secret = VIETNAM.join('').replace('VAN', 'VÂN');
  expect(() => parseMrz(secret)).toThrow(/^MRZ: character 70 is none of 0-9, A-Z, < /);
});

test('any text of the right length is read or refused by name', () => {
  const letter = fc.constantFrom(...'0123456789ABCXYZ<<<< é\n'.split(''));
  const text = fc
    .constantFrom(72, 88, 90)
    .chain((length) => fc.string({ unit: letter, minLength: length, maxLength: length + 2 }));
  fc.assert(
    fc.property(text, (mrz) => {
      try {
        expect(Object.values(parseMrz(mrz).checks)).toHaveLength(6);
      } catch (error) {
        expect(error).toBeInstanceOf(ProtocolError);
      }
    }),
    { numRuns: RUNS },
  );
});
