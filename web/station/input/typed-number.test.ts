import fc from 'fast-check';
import { expect, test } from 'vitest';
import { describeNumber } from '../../../src/documents/personal-number.ts';
import { PROVINCES } from '../../../src/documents/provinces.ts';
import { groupNumber, maskNumber } from '../../shared/personal-number.ts';
import { PROVINCE_NAMES } from '../../shared/provinces.ts';
import { explainNumber, withDigit } from './typed-number.ts';

test('the keypad and the station know the same provinces', () => {
  expect([...PROVINCE_NAMES]).toEqual([...PROVINCES]);
});

test('a number explains itself digit by digit', () => {
  expect(explainNumber('00')).toMatchObject({ province: null, sex: null, birthYear: null });
  expect(explainNumber('001')).toMatchObject({ province: 'Hà Nội', sex: null });
  expect(explainNumber('0012')).toMatchObject({ sex: 'male', birthYear: null });
  expect(explainNumber('001200')).toMatchObject({ sex: 'male', birthYear: 2000, missing: 6 });
  expect(explainNumber('079199')).toMatchObject({ sex: 'female', birthYear: 1999 });
});

test('a prefix on no list is said to be unlisted, and 000 to be a test', () => {
  expect(explainNumber('003')).toMatchObject({ province: null, provinceUnlisted: true });
  expect(explainNumber('000')).toMatchObject({ provinceUnlisted: false, test: true });
});

test('nine digits may be an old number', () => {
  expect(explainNumber('012345678').maybeOld).toBe(true);
  expect(explainNumber('0123456789').maybeOld).toBe(false);
});

test('a whole number is explained as the station reads it', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[0-9]{12}$/), (number) => {
      const described = describeNumber(number);
      const explained = explainNumber(number);
      expect(explained.sex).toBe(described?.sex);
      expect(explained.birthYear).toBe(described?.birthYear);
      expect(explained.province).toBe(described?.provinceName);
    }),
    { seed: 11, numRuns: 300 },
  );
});

test('only digits are taken, and twelve of them', () => {
  expect(withDigit('00', '1')).toBe('001');
  expect(withDigit('00', 'a')).toBe('00');
  expect(withDigit('00', '٣')).toBe('00');
  expect(withDigit('001200000001', '1')).toBe('001200000001');
});

test('numbers are grouped in threes, and a pass hides the middle', () => {
  expect(groupNumber('001200000001')).toBe('001 200 000 001');
  expect(groupNumber('0012')).toBe('001 2');
  expect(maskNumber('001200000001')).toBe('001 ••• ••• 001');
});

test('a mask never shows more than the ends of a whole number', () => {
  expect(maskNumber('012345678')).toBe('•••••••••');
});
