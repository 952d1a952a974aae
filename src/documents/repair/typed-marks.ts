import { CCCD, isTypedNu } from '../cccd-qr.ts';
import { isSyllable } from './vietnamese.ts';

/**
 * Accents that came as keys: `Nguyeexn` (Telex), `Nguye64n` (VNI). What was meant is likely and not certain, so that the letters
 * count as lost. Only words that are no syllable as they stand, and are one with their keys taken for accents, prove it.
 */
export function typedMarks(fields: readonly string[]): 'telex' | 'vni' | null {
  const name = fields[CCCD.name] ?? '';
  const prose = `${name} ${fields[CCCD.residence] ?? ''}`;
  if (!/^[ -~]*$/.test(prose)) return null;
  const sex = (fields[CCCD.sex] ?? '').toLowerCase();
  const proofs = isTypedNu(sex) ? 1 : 0;
  const words = prose.toLowerCase().match(/[a-z0-9]+/g) ?? [];
  if (words.filter(isTelex).length + proofs >= WORDS_MIN) return 'telex';
  // In an address `B2` is a block; no name holds a digit.
  const typed = name.toLowerCase().split(' ').filter(isVni).length;
  return typed > 0 && typed + proofs >= 1 ? 'vni' : null;
}

/** One such word may be a foreign name. */
const WORDS_MIN = 2;

const TELEX_LETTERS: readonly (readonly [RegExp, string])[] = [
  [/dd/g, 'đ'],
  [/aa/g, 'â'],
  [/aw/g, 'ă'],
  [/ee/g, 'ê'],
  [/oo/g, 'ô'],
  [/uow/g, 'ươ'],
  [/ow/g, 'ơ'],
  [/u?w/g, 'ư'],
];

function isTelex(word: string): boolean {
  if (!/^[a-z]{2,10}$/.test(word) || isClosedSyllable(word)) return false;
  // The tone's key stands anywhere behind its vowel; no syllable ends with any of them.
  const toneless = word.replace(/([aeiouyw][a-z]*?)[sfrxj](?=[a-z]{0,3}$)/, '$1');
  const letters = TELEX_LETTERS.reduce(
    (text, [keys, letter]) => text.replace(keys, letter),
    toneless,
  );
  return letters !== word && isClosedSyllable(letters);
}

/** Digits stand for tones (1 to 5) and for marks (6 to 9) behind the letter they change. */
function isVni(word: string): boolean {
  return /^[a-z]+[1-9][a-z1-9]*$/.test(word) && !/[0-9]{3}/.test(word);
}

/** A syllable whatever its tone: those that end with a stop have no other than sharp or heavy. */
function isClosedSyllable(word: string): boolean {
  return isSyllable(word) || isSyllable(`${word}\u0323`);
}
