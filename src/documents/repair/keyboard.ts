import { CCCD, cccdFields } from '../cccd-qr.ts';
import { damagedAs, LOST, type Reading, repairedAs } from '../reading.ts';
import { ACCENTED_LETTERS } from './vietnamese.ts';

/** What the digit keys of Windows' Vietnamese layout type: letters for 1 to 4 and 0, combining tones for 5 to 9. */
const DIGIT_OF_SIGN: ReadonlyMap<string, string> = new Map([
  ['ă', '1'],
  ['â', '2'],
  ['ê', '3'],
  ['ô', '4'],
  ['\u0300', '5'],
  ['\u0309', '6'],
  ['\u0303', '7'],
  ['\u0301', '8'],
  ['\u0323', '9'],
  ['đ', '0'],
]);

/**
 * Every digit went through a Vietnamese keyboard layout, and every accented letter was dropped on the way: numbers and
 * dates are restored, names and addresses are not. `isIdentity` says whether the restored text is worth the name.
 */
export function mendVietnameseLayout(
  before: Reading,
  isIdentity: (text: string) => boolean,
): Reading | null {
  const { text } = before;
  if (/[0-9]/.test(text) || !/[ăâêôđ]|\p{M}/u.test(text)) return null;
  const composed = text.normalize('NFC');
  // Normalised on the way, a letter and the tone after it became one: `1` and `9` are `ặ` now, and tones were sorted.
  const sorted = text === composed || text === composed.normalize('NFD');
  const digits = toDigits(sorted ? apart(composed) : text);
  if (digits === null || !isIdentity(digits)) return null;
  const certain = sorted ? withoutUncertainOrder(digits) : digits;
  const repaired = repairedAs('windows-vietnamese-layout', certain, before);
  // The personal and health-insurance codes are ASCII throughout and lose no letter.
  const lettersLost = cccdFields(digits) !== null;
  return lettersLost || certain !== digits
    ? damagedAs('windows-vietnamese-layout', repaired, lettersLost)
    : repaired;
}

/**
 * Normalising sorts the dot below (9) in front of tones above (5 to 8) that follow the same letter. A sorted text with
 * such a pair may have been typed either way round, and a number that may be another is none.
 */
function withoutUncertainOrder(digits: string): string {
  return digits
    .split('|')
    .map((field) => (/9[5-8]/.test(field) ? field.replace(/[0-9]/g, LOST) : field))
    .join('|');
}

function toDigits(text: string): string | null {
  let digits = '';
  for (const sign of text) {
    const digit = sign < '\u0080' ? sign : DIGIT_OF_SIGN.get(sign);
    if (digit === undefined) return null;
    digits += digit;
  }
  return digits;
}

/** Tones parted from their letters, letters kept: `ặ` to `ă` and its dot. */
function apart(text: string): string {
  return [...text]
    .map((sign) => {
      const [letter = '', ...marks] = sign.normalize('NFD');
      const base = marks.filter((mark) => mark === '\u0306' || mark === '\u0302').join('');
      const tones = marks.filter((mark) => DIGIT_OF_SIGN.has(mark)).join('');
      return ACCENTED_LETTERS.has(sign) ? (letter + base).normalize('NFC') + tones : sign;
    })
    .join('');
}

/** Capitals and small letters exchanged. `Nam` and `Nữ` are always printed so, which proves it. */
export function mendCapsLock(before: Reading): Reading | null {
  const fields = before.text.split('|');
  const sex = fields[CCCD.sex] ?? '';
  if (sex === 'nỮ') return repairedAs('caps-lock', swapCase(before.text), before);
  if (sex !== 'nAM' && sex !== 'nữ') return null;
  // Some keyboards exchange plain letters only. `nữ` says so; after `nAM` it shows in which way words look written.
  const ways = (sex === 'nữ' ? [swapPlainCase] : [swapCase, swapPlainCase]).map((swap) =>
    swap(before.text),
  );
  const written = ways.filter((text) => looksPrinted(field(text, CCCD.name)));
  const [one, other] = written.length > 1 ? written.filter(hasWrittenResidence) : written;
  if (one !== undefined && (other === undefined || one === other))
    return repairedAs('caps-lock', one, before);
  return damagedAs('caps-lock', { ...before, text: ways[0] ?? before.text });
}

function field(text: string, index: number): string {
  return text.split('|')[index] ?? '';
}

/** Every word a capital and small letters, or every word in capitals. */
function looksPrinted(name: string): boolean {
  const titled = name
    .toLowerCase()
    .replace(/(^|[ '’-])(\p{L})/gu, (_, gap: string, letter: string) => gap + letter.toUpperCase());
  return name === titled || name === name.toUpperCase();
}

/** Every word small, or all capitals, or a capital and small letters. */
function hasWrittenResidence(text: string): boolean {
  const words = field(text, CCCD.residence).match(/\p{L}+/gu) ?? [];
  return words.every((word) => {
    const rest = word.slice(1);
    return rest === rest.toLowerCase() || word === word.toUpperCase();
  });
}

function swapCase(text: string): string {
  return [...text].map((sign) => swapSign(sign)).join('');
}

function swapPlainCase(text: string): string {
  return text.replace(/[A-Za-z]/g, swapSign);
}

function swapSign(sign: string): string {
  const small = sign.toLowerCase();
  return sign === small ? sign.toUpperCase() : small;
}
