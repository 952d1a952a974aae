import { cccdFields } from '../cccd-qr.ts';
import { damagedAs, type Reading, repairedAs } from '../reading.ts';
import { mendDecimals } from './decimal.ts';
import { markForeign, mendDoubleByte } from './double-byte.ts';
import { mendFrenchLayout } from './french-layout.ts';
import { mendCapsLock, mendVietnameseLayout } from './keyboard.ts';
import { mendLowByte } from './low-byte.ts';
import { findPlainDamage } from './plain-damage.ts';
import { mendSingleByte } from './single-byte.ts';

/**
 * Puts right what scanners, keyboards and drivers are known to do to Vietnamese text, as far as it can be undone
 * without guessing, and says what cannot. An undamaged text comes back as it is. At most one change of character set,
 * then composition and capitals; `isIdentity` tells whether a text is built like a code that names somebody.
 */
export function mend(text: string, isIdentity: (text: string) => boolean): Reading {
  const untouched: Reading = { text, repairs: [], damage: [], lettersLost: false };
  const charset =
    mendVietnameseLayout(untouched, isIdentity) ??
    mendFrenchLayout(untouched) ??
    mendDoubleByte(untouched) ??
    mendSingleByte(untouched) ??
    mendLowByte(untouched) ??
    markForeign(untouched) ??
    (cccdFields(text) === null ? null : mendDecimals(untouched)) ??
    untouched;
  const composed = compose(charset);
  const reading = mendCapsLock(composed) ?? composed;
  // What a charset did explains the text; only a text still unexplained is searched for missing letters. A layout explains none.
  const isExplained = charset !== untouched && !charset.repairs.includes('french-layout');
  return isExplained ? reading : findPlainDamage(reading);
}

function compose(before: Reading): Reading {
  const text = before.text.normalize('NFC');
  return text === before.text ? before : repairedAs('nfd', text, before);
}

/** A text whose bytes are not UTF-8: only its plain parts are left, unless it was merely cut off inside a letter. */
export function mendNonUtf8(text: string): Reading {
  const untouched: Reading = { text, repairs: [], damage: [], lettersLost: false };
  const cutOff = text.indexOf('\uFFFD') === text.length - 1;
  return damagedAs(cutOff ? 'cut-short' : 'unknown', untouched, !cutOff);
}
