import { LOST } from '../reading.ts';

/** Windows-1252 above 0x7F. The five bytes it leaves undefined come through as C1 controls, as in Latin-1. */
const CP1252_80_9F = '€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008DŽ\u008F\u0090‘’“”•–—˜™š›œ\u009DžŸ';
const CP1252_HIGH = CP1252_80_9F + range(0xa0, 0xff);

const CP437_HIGH =
  'ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐' +
  '└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u00A0';

/** One byte for each sign a code page shows; signs below 0x80 are ASCII. */
export type CodePage = ReadonlyMap<string, number>;

/** Windows-1252, and Latin-1 with it: where they differ, one shows a control and the other a sign. */
export const CP1252: CodePage = new Map([
  ...pairs(range(0x80, 0x9f), 0x80),
  ...pairs(CP1252_HIGH, 0x80),
]);
export const CP437: CodePage = new Map(pairs(CP437_HIGH, 0x80));

/** The sign code page 437 shows for a byte; below 0x80 the ASCII character itself, controls included. */
export function cp437Sign(byte: number): string {
  return byte < 0x80 ? String.fromCharCode(byte) : (CP437_HIGH[byte - 0x80] ?? '');
}

/** Stands for a byte that did not come through; no UTF-8 holds it. */
export const GONE = 0xff;

/** The bytes that the code page shows as this text, GONE for LOST; null when it cannot show one of its signs. */
export function bytesIn(page: CodePage, text: string): Uint8Array | null {
  const bytes = new Uint8Array(text.length);
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    const sign = text[index] ?? '';
    const byte = code < 0x80 ? code : sign === LOST ? GONE : page.get(sign);
    if (byte === undefined) return null;
    bytes[index] = byte;
  }
  return bytes;
}

function pairs(signs: string, first: number): [string, number][] {
  return [...signs].map((sign, index) => [sign, first + index]);
}

function range(first: number, last: number): string {
  return String.fromCharCode(...Array.from({ length: last - first + 1 }, (_, n) => first + n));
}
