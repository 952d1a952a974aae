import { LOST } from './reading.ts';

/** Codes met hold up to 250 bytes; a mangled one grows to four times that. QR's own limit is 2953. */
export const PAYLOAD_BYTES_MAX = 4096;

/** The text of strictly valid UTF-8 without its byte order mark, else null. */
export function decodeUtf8(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}

/** The text with LOST for every byte that is not UTF-8. */
export function decodeUtf8Loosely(bytes: Uint8Array): string {
  return new TextDecoder('utf-8').decode(bytes);
}

/**
 * The text without what scanners put around it: control characters and spaces at both ends (STX, ETX, CR, LF, GS, tab)
 * and the AIM symbology identifier (`]Q1`) in front. Framing is no damage, so taking it off is no repair.
 */
export function withoutFraming(text: string): string {
  const inner = trimControls(text);
  return /^\][A-Za-z][0-9A-Za-z]/.test(inner) ? trimControls(inner.slice(3)) : inner;
}

/** Whether control characters stand in the middle of it, as in no text. */
export function holdsControls(text: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return /[\u0000-\u0008\u000E-\u001F\u007F]/.test(text) || text.includes(LOST);
}

function trimControls(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isFrame(text.charCodeAt(start))) start += 1;
  while (end > start && isFrame(text.charCodeAt(end - 1))) end -= 1;
  return text.slice(start, end);
}

function isFrame(code: number): boolean {
  return code <= 0x20 || code === 0xfeff;
}
