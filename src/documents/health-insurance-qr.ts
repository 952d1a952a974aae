import { fromHex } from '../kernel/bytes.ts';
import { parseDayFirst } from './civil-date.ts';
import type { Sex } from './document.ts';
import { ABSENT, fieldOf, known, MISSING } from './identity-checks.ts';
import { decodeUtf8 } from './payload-text.ts';
import { cleanName, cleanProse } from './person-name.ts';
import { isPersonalNumber } from './personal-number.ts';
import type { Reading } from './reading.ts';
import type { Understood } from './understood.ts';

/** Card numbers seen: two letters and 13 digits, 10 digits of social insurance, and lately the personal number. */
const CARD_NUMBER = /^(?:[A-Z]{2}[0-9]{13}|[0-9]{10}|[0-9]{12})$/;

/**
 * The health-insurance card's QR code: `card|name|birth|sex|address|...`, name and address as hex of UTF-8, birth
 * dd/MM/yyyy or a year, sex 1 or 2. Known from public parsers only, so all but the first three fields may fail. The
 * card's number is a person's key only when it has 12 digits. Null when the text is not built so.
 */
export function parseHealthInsuranceQr({ text }: Reading): Understood | null {
  const [card = '', nameHex = '', birth = '', sex, addressHex = ''] = text.split('|', 16);
  if (!CARD_NUMBER.test(card) || !/^[0-9A-Fa-f]{4,400}$/.test(nameHex)) return null;
  if (!/^(?:[0-9]{2}\/[0-9]{2}\/)?[0-9]{4}$/.test(birth)) return null;
  const address = textOfHex(addressHex);
  return {
    kind: 'health-insurance-qr',
    fields: {
      number: isPersonalNumber(card) ? known(card) : MISSING,
      oldNumber: ABSENT,
      name: fieldOf(textOfHex(nameHex), cleanName),
      birth: fieldOf(birth, parseDayFirst),
      sex: fieldOf(sex, sexOfDigit),
      issued: ABSENT,
    },
    oldNumbers: [],
    qid: null,
    residence: address === null ? null : cleanProse(address),
  };
}

function textOfHex(hex: string): string | null {
  const bytes = fromHex(hex);
  return bytes === null ? null : decodeUtf8(bytes);
}

function sexOfDigit(digit: string): Sex | null {
  if (digit === '1') return 'male';
  return digit === '2' ? 'female' : null;
}
