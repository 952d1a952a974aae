import { CCCD, cccdFields, isCutShort } from '../cccd-qr.ts';
import type { DamageProfile } from '../check-codes.ts';
import { PROVINCES } from '../provinces.ts';
import { damagedAs, LOST, type Reading } from '../reading.ts';
import { needsAccents, withoutAccents } from './vietnamese.ts';

/** Words of addresses that never stand without accents. */
const ADMINISTRATIVE = new Set([
  'xa',
  'quan',
  'thon',
  'ngo',
  'tinh',
  'pho',
  'khom',
  'duong',
  'phuong',
  'huyen',
]);

const PLAIN_PROVINCES: ReadonlySet<string> = new Set(
  [...PROVINCES.values()]
    .filter((name) => withoutAccents(name) !== name)
    .map((name) => withoutAccents(name).toLowerCase()),
);

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
  const name = fields[CCCD.name] ?? '';
  const residence = fields[CCCD.residence] ?? '';
  const plain = isPlain(`${name} ${residence}`);
  if (name.includes('?') || (plain && residence.includes('?'))) return 'question-mark';
  const told = damageOfSex(fields);
  if (told !== null || !plain) return told;
  const words = `${name} ${residence}`.match(/[A-Za-z]+/g) ?? [];
  if (words.some(lostItsVowels)) return 'drop-non-ascii';
  return words.some(isStripped) || endsInPlainProvince(residence) ? 'diacritics-stripped' : null;
}

/** What became of `Nữ`; `Nam` is plain and survives everything. */
function damageOfSex(fields: readonly string[]): DamageProfile | null {
  const sex = fields[CCCD.sex] ?? '';
  if (/^N\?+$/.test(sex)) return 'question-mark';
  if (/^Nu$/i.test(sex)) return 'diacritics-stripped';
  if (sex === 'N' && fields.length > CCCD.sex + 1) return 'drop-non-ascii';
  return sex === '' || sex.includes(LOST) || /^N(?:am|ữ)$/i.test(sex) ? null : 'unknown';
}

function isPlain(text: string): boolean {
  return /^[ -~]*$/.test(text);
}

/** Two letters or more, not all capitals as abbreviations are, and no vowel. */
function lostItsVowels(word: string): boolean {
  return word.length > 1 && word !== word.toUpperCase() && !/[aeiouy]/i.test(word);
}

function isStripped(word: string): boolean {
  if (word === word.toUpperCase() && word.length <= 3) return false;
  const small = word.toLowerCase();
  return needsAccents(small) || ADMINISTRATIVE.has(small);
}

function endsInPlainProvince(residence: string): boolean {
  const last = residence.split(',').at(-1)?.trim().toLowerCase() ?? '';
  return PLAIN_PROVINCES.has(last.replace(/^(?:tp|tinh)\.? /, ''));
}
