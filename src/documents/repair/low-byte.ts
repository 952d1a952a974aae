import { CCCD } from '../cccd-qr.ts';
import { damagedAs, LOST, type Reading, repairedAs } from '../reading.ts';
import { cp437Sign } from './code-page.ts';
import { ACCENTED_LETTERS, isSyllable } from './vietnamese.ts';

const READINGS_MAX = 256;

/** Which letters a sign may stand for: those whose code point ends in the byte that code page 437 shows so. */
const LETTERS_OF_SIGN: ReadonlyMap<string, readonly string[]> = lettersBySign();

/** Signs that no undamaged Vietnamese text holds: drawings and Greek. */
const TELLTALES = new Set(
  [...LETTERS_OF_SIGN.keys()].filter((sign) => sign > '\u007F' && !ACCENTED_LETTERS.has(sign)),
);

/**
 * Only the low byte of each letter came, shown in code page 437. Several letters share a sign, and `ũ` comes as a plain
 * `i`: a name is restored where exactly one reading of each word is a Vietnamese syllable, else it is lost; so is the
 * address, always.
 */
export function mendLowByte(before: Reading): Reading | null {
  const { text } = before;
  let told = false;
  for (const sign of text) {
    if (TELLTALES.has(sign)) told = true;
    else if (sign > '\u007F' && !LETTERS_OF_SIGN.has(sign)) return null;
  }
  if (!told) return null;
  const fields = text.split('|');
  const name = restoreName(fields[CCCD.name] ?? '');
  const mended = fields.map((field, index) => {
    if (index === CCCD.name) return name ?? LOST;
    if (index === CCCD.sex && field === `N${cp437Sign(0xef)}`) return 'Nữ';
    return index === CCCD.residence ? LOST : field;
  });
  if (name === null)
    return damagedAs('codepoint-low-byte-cp437', { ...before, text: mended.join('|') }, false);
  return repairedAs('codepoint-low-byte-cp437', mended.join('|'), before);
}

function restoreName(name: string): string | null {
  const words = name.split(' ').map(restoreWord);
  return words.includes(null) ? null : words.join(' ');
}

/** The only reading of the word that is a syllable written as names are, or null. */
function restoreWord(word: string): string | null {
  let readings = [''];
  for (const sign of word) {
    const letters = LETTERS_OF_SIGN.get(sign) ?? [];
    // A sign that is itself a plain letter may be just that.
    const choices = /[A-Za-z]/.test(sign) ? [sign, ...letters] : letters;
    readings = readings.flatMap((start) => choices.map((letter) => start + letter));
    if (readings.length > READINGS_MAX) return null;
  }
  const names = readings.filter(
    (reading) => isNameShaped(reading) && isSyllable(reading.toLowerCase()),
  );
  return names.length === 1 ? (names[0] ?? null) : null;
}

function isNameShaped(word: string): boolean {
  return word === word.toUpperCase() || word.slice(1) === word.slice(1).toLowerCase();
}

function lettersBySign(): Map<string, string[]> {
  const bySign = new Map<string, string[]>();
  for (const letter of ACCENTED_LETTERS) {
    const sign = cp437Sign((letter.codePointAt(0) ?? 0) & 0xff);
    bySign.set(sign, [...(bySign.get(sign) ?? []), letter]);
  }
  return bySign;
}
