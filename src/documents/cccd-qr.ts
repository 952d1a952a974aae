import { type CivilDate, parseDayFirst } from './civil-date.ts';
import type { Sex } from './document.ts';
import { type Field, fieldOf, known, MISSING } from './identity-checks.ts';
import { cleanName, cleanProse } from './person-name.ts';
import { isPersonalNumber } from './personal-number.ts';
import { isDamaged, LOST, type Reading } from './reading.ts';
import type { Understood } from './understood.ts';

/** Places in the chip card's QR code; from July 2024 on, four more follow, whose order is undocumented. */
export const CCCD = {
  number: 0,
  old: 1,
  name: 2,
  birth: 3,
  sex: 4,
  residence: 5,
  issued: 6,
} as const;
const FIELDS_OF_2021 = 7;
/** 11 are known; a few more would be the next edition. */
const FIELDS_MAX = 16;
/** Shorter than number, old number, name and birth is nothing to go by. */
const FIELDS_MIN = 4;

/** The text's fields when it is built like a chip card's code, else null. */
export function cccdFields(text: string): string[] | null {
  const fields = text.split('|');
  if (fields.length < FIELDS_MIN || fields.length > FIELDS_MAX) return null;
  // The rest may be damaged, but two of three anchors must stand, or it is some other table.
  const anchors = [
    /^[0-9]{8}$/.test(fields[CCCD.birth] ?? ''),
    /^[nN][^0-9|]{0,12}$/.test(fields[CCCD.sex] ?? ''),
    /^[0-9]{8}$/.test(fields[CCCD.issued] ?? ''),
  ].filter(Boolean).length;
  return anchors >= (fields.length < FIELDS_OF_2021 ? 1 : 2) ? fields : null;
}

/** Whether the code ends before its seventh field. */
export function isCutShort(fields: readonly string[]): boolean {
  return fields.length < FIELDS_OF_2021;
}

/**
 * The chip card's QR code: `number|old CMND|name|ddMMyyyy|Nam or Nữ|residence|ddMMyyyy issued`, with four more fields
 * since July 2024. Null when the text is not built so or holds no 12-digit number: there is nothing to go by then.
 */
export function parseCccdQr(reading: Reading): Understood | null {
  const fields = cccdFields(reading.text);
  const number = fields?.[CCCD.number];
  if (fields === null || number === undefined || !isPersonalNumber(number)) return null;
  const cut = isCutShort(fields);
  const free = (index: number): string | null =>
    reading.lettersLost || (cut && index === fields.length - 1) ? null : (fields[index] ?? null);
  const residence = free(CCCD.residence);
  return {
    kind: 'cccd-qr',
    fields: {
      number: known(number),
      oldNumber: fieldOf(fields[CCCD.old], oldNumberOrNull),
      name: fieldOf(free(CCCD.name), cleanName),
      birth: dateField(fields[CCCD.birth]),
      sex: sexField(fields[CCCD.sex], isDamaged(reading)),
      issued: dateField(fields[CCCD.issued]),
    },
    oldNumbers: oldNumbers(number, fields),
    qid: null,
    residence: residence === null ? null : cleanProse(residence),
  };
}

/** `Nữ` as the keys of Telex or VNI, small; its two marks are typed in either order. */
export function isTypedNu(word: string): boolean {
  return /^n(?:u?(?:wx|xw)|u(?:74|47))$/.test(word);
}

function dateField(text: string | undefined): Field<CivilDate> {
  return fieldOf(text, parseDayFirst);
}

function sexField(text: string | undefined, damaged: boolean): Field<Sex> {
  if (text === undefined || text === '') return MISSING;
  const word = text.toLowerCase();
  if (word === 'nam') return known('male');
  if (word === 'nữ') return known('female');
  // `Nam` is plain ASCII and survives every damage; what begins with N, is short and is not Nam, was `Nữ`.
  const rest = word.slice(1);
  const wasNu =
    rest === '' ||
    rest === 'u' ||
    isTypedNu(word) ||
    /^[^a-z0-9]{1,3}$/.test(rest) ||
    rest.includes(LOST);
  return damaged && word.startsWith('n') && wasNu ? known('female') : { state: 'wrong' };
}

/** The old CMND field, and whatever among the later fields has a number's shape. Hints to look a person up by, never keys. */
function oldNumbers(number: string, fields: readonly string[]): string[] {
  const candidates = [fields[CCCD.old] ?? '', ...fields.slice(FIELDS_OF_2021)];
  const old = candidates.filter((text) => oldNumberOrNull(text) !== null && text !== number);
  return [...new Set(old)];
}

function oldNumberOrNull(text: string): string | null {
  return /^(?:[0-9]{9}|[0-9]{12})$/.test(text) ? text : null;
}
