const STRICT_UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Strict UTF-8 of `bytes`, else `declaredText` (the decoder's, where ECI or Kanji mode names the character set), else
 * null. Guessing a character set is left to nobody: it swallows the separators of identity codes.
 */
export function codeText(bytes: Uint8Array, declaredText: string | null): string | null {
  try {
    return STRICT_UTF8.decode(bytes);
  } catch {
    return declaredText;
  }
}
