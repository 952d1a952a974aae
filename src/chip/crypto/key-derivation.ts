import { createHash } from 'node:crypto';
import { type BlockCipher, KEY_BYTES } from './block-ciphers.ts';

/** ICAO 9303-11, 9.7.1: what the derived key is for. */
const COUNTER = { encryption: 1, mac: 2, password: 3 } as const;

/** ICAO 9303-11, 9.7.1: KDF(K, c), SHA-1 for 3DES and AES-128, SHA-256 for the longer keys. */
export function deriveKey(
  cipher: BlockCipher,
  secret: Uint8Array,
  purpose: keyof typeof COUNTER,
): Uint8Array {
  const hash = createHash(KEY_BYTES[cipher] > 16 ? 'sha256' : 'sha1');
  const counter = Uint8Array.of(0, 0, 0, COUNTER[purpose]);
  const key = new Uint8Array(hash.update(secret).update(counter).digest()).slice(
    0,
    KEY_BYTES[cipher],
  );
  return cipher === '3des' ? key.map(oddParity) : key;
}

export type SessionKeys = { readonly keyEnc: Uint8Array; readonly keyMac: Uint8Array };

export function deriveSessionKeys(cipher: BlockCipher, secret: Uint8Array): SessionKeys {
  return {
    keyEnc: deriveKey(cipher, secret, 'encryption'),
    keyMac: deriveKey(cipher, secret, 'mac'),
  };
}

/** FIPS 46-3: the lowest bit of each byte of a DES key makes its number of ones odd. */
function oddParity(byte: number): number {
  let ones = 0;
  for (let bits = byte >> 1; bits > 0; bits >>= 1) ones += bits & 1;
  return (byte & 0xfe) | (1 - (ones & 1));
}
