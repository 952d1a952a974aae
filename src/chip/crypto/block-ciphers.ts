import { createCipheriv, createDecipheriv } from 'node:crypto';

/** The ciphers of ICAO 9303-11: triple DES with two keys, and AES. */
export type BlockCipher = '3des' | 'aes128' | 'aes192' | 'aes256';

export const BLOCK_BYTES: Readonly<Record<BlockCipher, number>> = {
  '3des': 8,
  aes128: 16,
  aes192: 16,
  aes256: 16,
};

export const KEY_BYTES: Readonly<Record<BlockCipher, number>> = {
  '3des': 16,
  aes128: 16,
  aes192: 24,
  aes256: 32,
};

const NODE_NAME = {
  '3des': 'des-ede3-cbc',
  aes128: 'aes-128-cbc',
  aes192: 'aes-192-cbc',
  aes256: 'aes-256-cbc',
} as const;

/** CBC without padding: `data` is whole blocks. `iv` is zero unless given. */
export function cbcEncrypt(
  cipher: BlockCipher,
  key: Uint8Array,
  data: Uint8Array,
  iv: Uint8Array = new Uint8Array(BLOCK_BYTES[cipher]),
): Uint8Array {
  const running = createCipheriv(NODE_NAME[cipher], nodeKey(cipher, key), iv);
  running.setAutoPadding(false);
  return Buffer.concat([running.update(data), running.final()]);
}

/** CBC without padding: `data` is whole blocks. `iv` is zero unless given. */
export function cbcDecrypt(
  cipher: BlockCipher,
  key: Uint8Array,
  data: Uint8Array,
  iv: Uint8Array = new Uint8Array(BLOCK_BYTES[cipher]),
): Uint8Array {
  const running = createDecipheriv(NODE_NAME[cipher], nodeKey(cipher, key), iv);
  running.setAutoPadding(false);
  return Buffer.concat([running.update(data), running.final()]);
}

/** Two-key triple DES is three-key with the first key again. */
function nodeKey(cipher: BlockCipher, key: Uint8Array): Uint8Array {
  return cipher === '3des' ? Buffer.concat([key, key.subarray(0, 8)]) : key;
}

/** ISO/IEC 9797-1, padding method 2: 80, then zeros to whole blocks. */
export function pad(data: Uint8Array, blockBytes: number): Uint8Array {
  const padded = new Uint8Array(data.length + blockBytes - (data.length % blockBytes));
  padded.set(data);
  padded[data.length] = 0x80;
  return padded;
}

/** What was padded by method 2, or null when it was not. */
export function unpad(padded: Uint8Array, blockBytes: number): Uint8Array | null {
  const end = padded.findLastIndex((byte) => byte !== 0);
  if (padded[end] !== 0x80 || padded.length - end > blockBytes) return null;
  return padded.subarray(0, end);
}
