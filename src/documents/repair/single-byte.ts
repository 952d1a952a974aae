import { decodeUtf8, decodeUtf8Loosely } from '../payload-text.ts';
import { damagedAs, LOST, type Reading, repairedAs } from '../reading.ts';
import { bytesIn, type CodePage, CP437, CP1252 } from './code-page.ts';
import { ACCENTED_LETTERS } from './vietnamese.ts';

/** UTF-8 shown byte by byte in a code page: every byte came through, so whole fields are restored or given up. */
export function mendSingleByte(before: Reading): Reading | null {
  return readAs('utf8-as-cp1252', CP1252, before) ?? readAs('utf8-as-cp437', CP437, before);
}

/**
 * Undamaged Vietnamese is never taken for this: its letters that a code page has stand for bytes that no two of them
 * make a UTF-8 sequence of.
 */
function readAs(
  profile: 'utf8-as-cp1252' | 'utf8-as-cp437',
  page: CodePage,
  before: Reading,
): Reading | null {
  const bytes = bytesIn(page, before.text);
  if (bytes === null) return null;
  if (![...decodeUtf8Loosely(bytes)].some((letter) => ACCENTED_LETTERS.has(letter))) return null;
  const fields = before.text.split('|').map((field) => {
    const own = bytesIn(page, field);
    return (own === null ? null : decodeUtf8(own)) ?? LOST;
  });
  const repaired = repairedAs(profile, fields.join('|'), before);
  return fields.includes(LOST) ? damagedAs(profile, repaired, false) : repaired;
}
