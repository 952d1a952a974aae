import type { Sex } from './document.ts';
import { PROVINCES } from './provinces.ts';

/** What a 12-digit number says of its bearer: `PPP G YY NNNNNN`. There is no check digit. */
export type NumberDescription = {
  readonly sex: Sex;
  readonly birthYear: number;
  readonly provinceCode: string;
  /** Null: on no list. Births registered abroad have such codes, so it is unverified, not wrong. */
  readonly provinceName: string | null;
  /** Prefix 000: canaries and test codes, never a person. */
  readonly test: boolean;
};

const TEST_PREFIX = '000';

/** Exactly 12 ASCII digits: never padded, trimmed or folded, because registers are keyed by it. */
export function isPersonalNumber(text: string): boolean {
  return /^[0-9]{12}$/.test(text);
}

/**
 * Reads sex, year of birth and place of registration out of a number; null unless it is exactly 12 ASCII digits. The
 * fourth digit holds century and sex: 0/1 is male/female born 19xx, 2/3 20xx, up to 8/9 23xx (domain: the 12-digit number).
 */
export function describeNumber(number: string): NumberDescription | null {
  if (!isPersonalNumber(number)) return null;
  const centuryAndSex = Number(number[3]);
  const provinceCode = number.slice(0, 3);
  return {
    sex: centuryAndSex % 2 === 0 ? 'male' : 'female',
    birthYear: 1900 + 100 * Math.floor(centuryAndSex / 2) + Number(number.slice(4, 6)),
    provinceCode,
    provinceName: PROVINCES.get(provinceCode) ?? null,
    test: provinceCode === TEST_PREFIX,
  };
}
