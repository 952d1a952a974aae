import { expect, test } from 'vitest';
import { describeNumber } from './personal-number.ts';
import { PROVINCES } from './provinces.ts';

test('a number tells sex, year of birth and place of registration', () => {
  expect(describeNumber('001200000001')).toEqual({
    sex: 'male',
    birthYear: 2000,
    provinceCode: '001',
    provinceName: 'Hà Nội',
    test: false,
  });
});

test.each([
  ['0', 'male', 1985],
  ['1', 'female', 1985],
  ['2', 'male', 2085],
  ['3', 'female', 2085],
  ['5', 'female', 2185],
  ['6', 'male', 2285],
  ['9', 'female', 2385],
])('fourth digit %s is %s, born %i', (digit, sex, birthYear) => {
  expect(describeNumber(`079${digit}85000000`)).toMatchObject({ sex, birthYear });
});

test('an unlisted place is unverified, and 000 marks a test', () => {
  expect(describeNumber('997085000000')).toMatchObject({ provinceName: null, test: false });
  expect(describeNumber('000085000000')).toMatchObject({ provinceName: null, test: true });
});

test.each([
  '',
  '00120000000',
  '0012000000010',
  '00120000000a',
  '００１２０００００００１',
  ' 001200000001',
])('%j is no number', (text) => expect(describeNumber(text)).toBeNull());

test('there are 63 places, from 001 to 096', () => {
  expect(PROVINCES.size).toBe(63);
  const codes = [...PROVINCES.keys()];
  expect(codes).toEqual([...codes].sort());
  expect([codes.at(0), codes.at(-1)]).toEqual(['001', '096']);
});
