import type { OtherCode } from './document.ts';
import { holdsControls } from './payload-text.ts';

type LooksLike = OtherCode['looksLike'];

/** First match counts. All are plain prefixes or anchored: nothing here can run long. */
const SHAPES: readonly (readonly [RegExp, LooksLike])[] = [
  [/^$/, 'empty'],
  // EU Digital COVID Certificate, and the format of Decision 5772: the prefix names version 1.
  [/^HC1:/, 'health-certificate'],
  [/^https?:\/\/|^www\.[^ ]/i, 'url'],
  // EMVCo merchant-presented mode (VietQR): payload format indicator 01 first.
  [/^000201[0-9]{4}/, 'payment'],
  [/^(?:BEGIN:VCARD|MECARD:|tel:|mailto:|smsto:)/i, 'contact'],
  [/^WIFI:/i, 'wifi'],
  [/^[0-9]{9}$/, 'nine-digits'],
];

/** What a text that names nobody looks like, so that staff can say what to show instead. */
export function looksLike(text: string): LooksLike {
  if (isDamagedIdentity(text)) return 'damaged-identity';
  if (holdsControls(text)) return 'binary';
  return SHAPES.find(([shape]) => shape.test(text))?.[1] ?? 'text';
}

/** A number of about the right length and a separator, or as many separators as a card's code has, and its dates. */
function isDamagedIdentity(text: string): boolean {
  if (/^[0-9]{10,14}\||^[0-9]{12}[^0-9]/.test(text)) return true;
  const fields = text.split('|');
  return fields.length >= 7 && fields.some((field) => /^[0-9]{8}$/.test(field));
}
