/**
 * Read out on the telephone, typed on any keyboard: none of the letters and digits that are taken for another one (0 O Q,
 * 1 I L, 2 Z, 5 S, 6 G, 8 B, U V) nor of the pairs that sound alike in Vietnamese or English spelling (D T, M N, P B).
 */
const ALPHABET = 'ACEFHJKMPRTWXY3479';
const LENGTH = 5;
const HYPHEN_AT = 2;

/** `XX-XXX`, 1.9 million of them. `random` gives so many bytes. */
export function drawCaseCode(random: (bytes: number) => Uint8Array): string {
  let code = '';
  while (code.length < LENGTH) {
    for (const byte of random(LENGTH)) {
      // Bytes beyond the last whole multiple would favour the first letters.
      if (byte >= 256 - (256 % ALPHABET.length) || code.length === LENGTH) continue;
      code += ALPHABET[byte % ALPHABET.length] ?? '';
    }
  }
  return `${code.slice(0, HYPHEN_AT)}-${code.slice(HYPHEN_AT)}`;
}

/** As somebody types or says it: case, spaces and hyphen do not matter. */
export function parseCaseCode(text: string): string {
  const plain = text.toUpperCase().replaceAll(/[\s-]/g, '');
  return `${plain.slice(0, HYPHEN_AT)}-${plain.slice(HYPHEN_AT)}`;
}
