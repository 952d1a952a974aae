import { CCCD, cccdFields, isCutShort } from '../cccd-qr.ts';
import type { DamageProfile } from '../check-codes.ts';
import { PROVINCES } from '../provinces.ts';
import { damagedAs, LOST, type Reading } from '../reading.ts';
import { typedMarks } from './typed-marks.ts';
import { needsAccents, withoutAccents } from './vietnamese.ts';

/** Words of names and addresses that never stand without accents. */
const ACCENTED_WORDS = new Set(
  (
    'nguyen tran le pham hoang huynh vo vu dang bui do ho ngo duong ly dao dinh trinh truong luong ta thi van ' +
    'so nha xa quan thon ngo hem tinh pho khom phuong huyen ap thang buon lang'
  ).split(' '),
);

const PROVINCE_NAMES = [...PROVINCES.values()].map((name) => name.toLowerCase());
const STRIPPED_PROVINCES = provincesThat(withoutAccents);
const DROPPED_PROVINCES = provincesThat((name) => name.replace(/[^ -~]/g, ''));
/** An Giang, Gia Lai, Kon Tum, Long An: the only places an address without any accent can be in. */
const PLAIN_PROVINCES = new Set(PROVINCE_NAMES.filter((name) => withoutAccents(name) === name));

/**
 * Letters that were dropped, replaced or stripped before the text came here: nothing brings them back. A text is taken
 * for damaged on proof only; one that is plain throughout and could be so by nature is left alone.
 */
export function findPlainDamage(before: Reading): Reading {
  const fields = cccdFields(before.text);
  if (fields === null) return before;
  const profile = damageOf(fields);
  const found = profile === null ? before : damagedAs(profile, before);
  return isCutShort(fields) ? damagedAs('cut-short', found, false) : found;
}

function damageOf(fields: readonly string[]): DamageProfile | null {
  const prose = `${fields[CCCD.name] ?? ''} ${fields[CCCD.residence] ?? ''}`;
  if (prose.includes('?')) return 'question-mark';
  if (!isPrintable(prose)) return 'unknown';
  return typedMarks(fields) ?? damageOfSex(fields) ?? damageOfPlain(fields, prose);
}

/** Signs that cards print: Latin letters, ASCII, and the punctuation of addresses. */
function isPrintable(prose: string): boolean {
  return /^[ -~\p{Script=Latin}\p{M}’‘“”–—…·°]*$/u.test(prose);
}

/** A text without one accent is suspect: few names and only four provinces are so by nature. */
function damageOfPlain(fields: readonly string[], prose: string): DamageProfile | null {
  if (!/^[ -~]*$/.test(prose)) return null;
  const words = prose.match(/[A-Za-z]+/g) ?? [];
  const province = provinceIn(fields[CCCD.residence] ?? '');
  if (/[a-z]7[89][0-9]{2}|7[89][0-9]{2}[a-z]/i.test(prose)) return 'codepoint-decimal';
  if (words.some(lostItsVowels) || hasLoneLetters(fields) || DROPPED_PROVINCES.has(province))
    return 'drop-non-ascii';
  if (words.some(isStripped) || STRIPPED_PROVINCES.has(province)) return 'diacritics-stripped';
  const possible = province === '' || PLAIN_PROVINCES.has(province);
  return possible && /^[A-Za-z0-9 .,'/()-]*$/.test(prose) ? null : 'unknown';
}

/** What became of `Nữ`; `Nam` is plain and survives everything. */
function damageOfSex(fields: readonly string[]): DamageProfile | null {
  const sex = fields[CCCD.sex] ?? '';
  if (/^N\?+$/.test(sex)) return 'question-mark';
  if (/^Nu$/i.test(sex)) return 'diacritics-stripped';
  if (sex === 'N' && fields.length > CCCD.sex + 1) return 'drop-non-ascii';
  return sex === '' || sex.includes(LOST) || /^N(?:am|ữ)$/i.test(sex) ? null : 'unknown';
}

/** Two letters or more, not all capitals as abbreviations are, and no vowel. */
function lostItsVowels(word: string): boolean {
  return word.length > 1 && word !== word.toUpperCase() && !/[aeiouy]/i.test(word);
}

/** `X Mẫu` come down to `X Mu`, `MẠC` to `MC`: no letter of an address stands alone, no name is without a vowel. */
function hasLoneLetters(fields: readonly string[]): boolean {
  const name = fields[CCCD.name] ?? '';
  return (
    /(?:^|[ ,])[A-Za-z](?:[ ,]|$)/.test(fields[CCCD.residence] ?? '') ||
    name.split(' ').some((word) => /^[^aeiouy'’.]+$/i.test(word))
  );
}

function isStripped(word: string): boolean {
  const small = word.toLowerCase();
  if (ACCENTED_WORDS.has(small)) return true;
  return (word !== word.toUpperCase() || word.length > 3) && needsAccents(small);
}

/** The last part of an address, without what may stand before a province's name. */
function provinceIn(residence: string): string {
  const last = residence.split(',').at(-1)?.trim().toLowerCase() ?? '';
  return last.replace(/^(?:tp|tinh|tnh|t)\.? /, '');
}

function provincesThat(change: (name: string) => string): ReadonlySet<string> {
  return new Set(PROVINCE_NAMES.filter((name) => change(name) !== name).map(change));
}
