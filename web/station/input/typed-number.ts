import { PROVINCE_NAMES } from '../../shared/provinces.ts';

export const NUMBER_DIGITS = 12;
const OLD_NUMBER_DIGITS = 9;
const TEST_PREFIX = '000';

/** What the digits so far say of their bearer; null where not enough of them are there. */
export type TypedNumber = {
  readonly digits: string;
  readonly missing: number;
  /** Null while unknown; `province` also when the prefix is on no list. */
  readonly sex: 'male' | 'female' | null;
  readonly birthYear: number | null;
  readonly province: string | null;
  /** The three first digits are there and on no list: perhaps registered abroad. */
  readonly provinceUnlisted: boolean;
  readonly test: boolean;
  /** Nine digits so far: perhaps an old CMND, which has no more. */
  readonly maybeOld: boolean;
};

/** Explains a number while it is being typed: `PPP G YY NNNNNN`, G being century and sex. */
export function explainNumber(digits: string): TypedNumber {
  const prefix = digits.length >= 3 ? digits.slice(0, 3) : null;
  const century = digits.length >= 4 ? Number(digits[3]) : null;
  const year = century !== null && digits.length >= 6 ? Number(digits.slice(4, 6)) : null;
  const province = prefix === null ? null : (PROVINCE_NAMES.get(prefix) ?? null);
  const test = prefix === TEST_PREFIX;
  return {
    digits,
    missing: NUMBER_DIGITS - digits.length,
    sex: century === null ? null : century % 2 === 0 ? 'male' : 'female',
    birthYear:
      century === null || year === null ? null : 1900 + 100 * Math.floor(century / 2) + year,
    province,
    provinceUnlisted: prefix !== null && province === null && !test,
    test,
    maybeOld: digits.length === OLD_NUMBER_DIGITS,
  };
}

/** The digits after one more key; anything but a digit, and a thirteenth one, changes nothing. */
export function withDigit(digits: string, character: string, digitsMax = NUMBER_DIGITS): string {
  return /^[0-9]$/.test(character) && digits.length < digitsMax ? digits + character : digits;
}
