import { CCCD, cccdFields } from '../cccd-qr.ts';
import { decodeUtf8 } from '../payload-text.ts';
import { damagedAs, LOST, type Reading, repairedAs } from '../reading.ts';
import { ACCENTED_LETTERS, isSyllable } from './vietnamese.ts';

/** A free field's text put right, or LOST when it has more than one reading. */
type FieldReader = {
  readonly name: (text: string) => string;
  readonly prose: (text: string) => string;
  /** Whether digits in an address, the name being plain, are letters beyond doubt. */
  readonly proves: (text: string) => boolean;
};

/** Letters typed as decimal numbers into the text. Only plain ASCII can be so; fields of digits are never touched. */
export function mendDecimals(before: Reading): Reading | null {
  return (
    readWith('utf8-byte-decimal4', BYTES, before) ??
    readWith('codepoint-decimal', CODE_POINTS, before)
  );
}

function readWith(
  profile: 'utf8-byte-decimal4' | 'codepoint-decimal',
  reader: FieldReader,
  before: Reading,
): Reading | null {
  const fields = before.text.split('|');
  const name = fields[CCCD.name] ?? '';
  const sex = fields[CCCD.sex] ?? '';
  const residence = fields[CCCD.residence] ?? '';
  const told = [reader.name(name), reader.name(sex)];
  if (told.includes(LOST)) return null;
  const changed = told[0] !== name || told[1] !== sex;
  if (!changed && !reader.proves(residence)) return null;
  const prose = reader.prose(residence);
  const mended = fields.with(CCCD.name, told[0] ?? LOST).with(CCCD.sex, told[1] ?? LOST);
  const text = (fields.length > CCCD.residence ? mended.with(CCCD.residence, prose) : mended).join(
    '|',
  );
  if (cccdFields(text) === null) return null;
  const repaired = repairedAs(profile, text, before);
  return prose === LOST ? damagedAs(profile, repaired, false) : repaired;
}

/** UTF-8 bytes of two- and three-byte Vietnamese letters, each as `0` and three digits. */
const BYTE_GROUPS =
  /0(?:195|196|197|198)0(?:1[2-8][0-9]|19[01])|02250(?:186|187)0(?:1[2-8][0-9]|19[01])/g;

const BYTES: FieldReader = {
  name: (text) => allOrLost(lettersOfBytes(text)),
  // Groups are told from house numbers by their leads; nobody lives at 0225 0186 0167.
  prose: lettersOfBytes,
  proves: (text) => lettersOfBytes(text) !== text,
};

function lettersOfBytes(text: string): string {
  return text.replace(BYTE_GROUPS, (group) => {
    const bytes = Uint8Array.from(group.match(/.{4}/g) ?? [], Number);
    const letter = decodeUtf8(bytes);
    return letter !== null && ACCENTED_LETTERS.has(letter) ? letter : group;
  });
}

const CODE_POINTS: FieldReader = {
  name: (text) => allOrLost(text.replace(/[0-9]+/g, (run) => lettersOfCodePoints(run) ?? run)),
  prose: (text) => mapWords(text, wordOfCodePoints),
  // Two words that become syllables, one by a code of four digits: no house is numbered so.
  proves: (text) => {
    const words = text.match(WORDS)?.filter((word) => syllableOfCodePoints(word) !== null) ?? [];
    return words.length > 1 && words.some((word) => /7[89][0-9]{2}/.test(word));
  },
};

/** Letter by code point in decimal: three digits up to 432, four from 7840 on, so no code begins another. */
const LETTER_OF_CODE: ReadonlyMap<string, string> = new Map(
  [...ACCENTED_LETTERS].map((letter) => [String(letter.codePointAt(0)), letter]),
);

const WORDS = /[A-Za-z0-9]+/g;

function mapWords(text: string, map: (word: string) => string): string {
  const mapped = text.replace(WORDS, map);
  return mapped.includes(LOST) ? LOST : mapped;
}

/** A word of an address: a syllable with its letters restored, or a number as it stands, or LOST when in doubt. */
function wordOfCodePoints(word: string): string {
  if (!holdsCode(word)) return word;
  const syllable = syllableOfCodePoints(word);
  if (syllable !== null) return syllable;
  // `B204`, `431A`: no syllable begins or ends so. A bare `192` may be `À`.
  return /^(?:[A-Z][0-9]+|[0-9]+[A-Z])$/.test(word) ? word : LOST;
}

/** Null for a bare number, and for what nobody writes: `BÌ` of `B204`, `ưA` of `432A`. */
function syllableOfCodePoints(word: string): string | null {
  if (!/[A-Za-z]/.test(word) && word.length <= 4) return null;
  let whole = true;
  const told = word.replace(/[0-9]+/g, (run) => {
    const letters = lettersOfCodePoints(run);
    if (letters === null) whole = false;
    return letters ?? run;
  });
  const tail = told.slice(1);
  return whole && tail === tail.toLowerCase() && told !== word && isSyllable(told.toLowerCase())
    ? told
    : null;
}

function lettersOfCodePoints(run: string): string | null {
  let letters = '';
  let rest = run;
  while (rest !== '') {
    const length = rest.startsWith('7') ? 4 : 3;
    const letter = LETTER_OF_CODE.get(rest.slice(0, length));
    if (letter === undefined) return null;
    letters += letter;
    rest = rest.slice(length);
  }
  return letters;
}

function holdsCode(word: string): boolean {
  for (let at = 0; at + 3 <= word.length; at += 1) {
    if (LETTER_OF_CODE.has(word.slice(at, at + 3)) || LETTER_OF_CODE.has(word.slice(at, at + 4)))
      return true;
  }
  return false;
}

function allOrLost(text: string): string {
  return /[0-9]/.test(text) ? LOST : text;
}
