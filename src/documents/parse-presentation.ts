import { parseCccdQr } from './cccd-qr.ts';
import type { Check, Document } from './document.ts';
import { parseHealthInsuranceQr } from './health-insurance-qr.ts';
import { check, type ParseContext } from './identity-checks.ts';
import { looksLike } from './looks-like.ts';
import {
  decodeUtf8,
  decodeUtf8Loosely,
  PAYLOAD_BYTES_MAX,
  withoutFraming,
} from './payload-text.ts';
import { parsePersonalQr } from './personal-qr.ts';
import type { Reading } from './reading.ts';
import { mend, mendNonUtf8 } from './repair/mend.ts';
import { parseTypedNumber } from './typed-number.ts';
import { textChecks, toDocument, type Understood } from './understood.ts';

/**
 * A payload as it left the decoder or the scanner, understood: strict UTF-8 first, then framing, repair and format. Any
 * bytes give a document; what names nobody is `other`, with what it looks like. Never throws; time is linear in length.
 */
export function parsePresentation(bytes: Uint8Array, context: ParseContext): Document {
  if (bytes.length > PAYLOAD_BYTES_MAX) {
    return { kind: 'other', looksLike: 'text', checks: [check('text.length', 'failed')] };
  }
  const strict = decodeUtf8(bytes);
  const utf8 = check('text.utf8', strict === null ? 'failed' : 'passed');
  const text = withoutFraming(strict ?? decodeUtf8Loosely(bytes));
  const reading = strict === null ? mendNonUtf8(text) : mend(text, isIdentity);
  return understand(reading, utf8, context);
}

/**
 * What an officer typed at the keypad or a keyboard: grouping by spaces, full stops or hyphens is how people copy a number
 * and is taken off before, not after, the rule of exactly 12 digits; nothing is padded, cut or folded. A whole code's text
 * may be pasted too.
 */
export function parseTyped(text: string, context: ParseContext): Document {
  const grouped = /^[0-9](?:[ \u00A0.-]?[0-9]){0,40}$/.test(text.trim());
  const value = grouped ? text.replace(/[ \u00A0.-]/g, '') : text;
  return parsePresentation(new TextEncoder().encode(value), context);
}

const FORMATS: readonly ((reading: Reading) => Understood | null)[] = [
  ({ text }) => parseTypedNumber(text),
  parseHealthInsuranceQr,
  parseCccdQr,
  parsePersonalQr,
];

function understand(reading: Reading, utf8: Check, context: ParseContext): Document {
  for (const parse of FORMATS) {
    const understood = parse(reading);
    if (understood === null) continue;
    const document = toDocument(understood, reading, context);
    return { ...document, checks: [utf8, ...document.checks] };
  }
  const shape =
    reading.repairs.length > 0 && reading.text.includes('|')
      ? 'damaged-identity'
      : looksLike(reading.text);
  const checks = [utf8, ...textChecks(reading)];
  if (shape === 'damaged-identity') checks.push(check('number.digits', 'failed'));
  return { kind: 'other', looksLike: shape, checks };
}

function isIdentity(text: string): boolean {
  const reading: Reading = { text, repairs: [], damage: [], lettersLost: false };
  return FORMATS.some((parse) => parse(reading) !== null);
}
