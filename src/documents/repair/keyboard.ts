import { CCCD } from '../cccd-qr.ts';
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
  if (/[0-9]/.test(text) || !/[ăâêôđ]/.test(text)) return null;
  const composed = text === text.normalize('NFC');
  // Composed on the way, a letter and the tone after it became one: `1` and `9` are `ặ` now.
  const digits = toDigits(composed ? apart(text) : text);
  if (digits === null || !isIdentity(digits)) return null;
  if (composed && orderIsLost(text)) {
    // All that is known of the digits is which they are, not their order: nothing here can be gone by.
    return damagedAs('windows-vietnamese-layout', {
      ...before,
      text: digits.replace(/[0-9]/g, LOST),
    });
  }
  const repaired = repairedAs('windows-vietnamese-layout', digits, before);
  // The personal and health-insurance codes are ASCII throughout and lose no letter.
  return /^[0-9]{12}\|(?:[0-9]{9}|[0-9]{12})?\|[^|]*\|[0-9]{8}\|/.test(digits)
    ? damagedAs('windows-vietnamese-layout', repaired)
    : repaired;
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

/**
 * Composing also sorts the dot below (9) in front of tones above (5 to 8) that follow the same letter. A composed text
 * with such a pair may have been typed either way round.
 */
function orderIsLost(text: string): boolean {
  const decomposed = text.normalize('NFD').replace(/[\u0306\u0302]/g, '');
  return /\u0323[\u0300\u0301\u0303\u0309]/.test(decomposed);
}

/** Capitals and small letters exchanged. `Nam` and `Nữ` are always printed so, which proves it and proves how far it goes. */
export function mendCapsLock(before: Reading): Reading | null {
  const fields = before.text.split('|');
  const sex = fields[CCCD.sex] ?? '';
  const name = fields[CCCD.name] ?? '';
  if (sex === 'nỮ') return repairedAs('caps-lock', swapCase(before.text), before);
  if (sex === 'nữ' && !looksPrinted(name)) return capsOfPlainLetters(before);
  if (sex !== 'nAM') return null;
  const whole = swapCase(name);
  const plain = swapPlainCase(name);
  if (whole === plain || looksPrinted(whole))
    return repairedAs('caps-lock', swapCase(before.text), before);
  if (looksPrinted(plain)) return capsOfPlainLetters(before);
  return damagedAs('caps-lock', { ...before, text: fields.with(CCCD.sex, 'Nam').join('|') });
}

/** Some keyboards exchange plain letters only. */
function capsOfPlainLetters(before: Reading): Reading {
  return repairedAs('caps-lock', swapPlainCase(before.text), before);
}

/** Every word a capital and small letters, or all capitals. */
function looksPrinted(name: string): boolean {
  return name
    .split(' ')
    .every((word) => word === word.toUpperCase() || word.slice(1) === word.slice(1).toLowerCase());
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
