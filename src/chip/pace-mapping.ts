import type { BlockCipher } from './crypto/block-ciphers.ts';
import { cbcEncrypt, KEY_BYTES } from './crypto/block-ciphers.ts';
import { type Group, toBigInt } from './crypto/group.ts';
import { ProtocolError } from './protocol-error.ts';

/** ICAO 9303-11, 4.4.3.3.2: c0 and c1, for 3DES and AES-128, and for the longer keys. */
const CONSTANTS_128 = {
  c0: fromHex('a668892a7c41e3ca739f40b057d85904'),
  c1: fromHex('a4e136ac725f738b01c1f60217c188ad'),
};
const CONSTANTS_256 = {
  c0: fromHex('d463d65234124ef7897054986dca0a174e28df758cbaa03f240616414d5a1676'),
  c1: fromHex('54bd7255f0aaf831bec3423fcf39d69b6cbf066677d0faae5aadd99df8e53517'),
};
/** So many bits more than the prime has make the remainder even. */
const SECURITY_BITS = 64;

/** How long the terminal's nonce t is: as long as a key of the cipher. */
export function terminalNonceBytes(cipher: BlockCipher): number {
  return KEY_BYTES[cipher];
}

/** The generator to which the chip's nonce s and the terminal's t lead (9303-11, 4.4.3.3.2). Throws ProtocolError. */
export function mapIntegrated(
  group: Group,
  cipher: BlockCipher,
  s: Uint8Array,
  t: Uint8Array,
): Uint8Array {
  return group.mapIntegrated(pseudoRandom(group.prime, cipher, s, t));
}

/** 9303-11, figure 2: R_p(s, t). Throws ProtocolError `pace.nonce` for an s of the wrong length. */
export function pseudoRandom(
  prime: bigint,
  cipher: BlockCipher,
  s: Uint8Array,
  t: Uint8Array,
): bigint {
  const keyBytes = KEY_BYTES[cipher];
  const { c0, c1 } = keyBytes > 16 ? CONSTANTS_256 : CONSTANTS_128;
  if (s.length !== c0.length) {
    throw new ProtocolError('pace.nonce', `${c0.length} bytes expected, came ${s.length}`);
  }
  const wantedBits = prime.toString(2).length + SECURITY_BITS;
  const blocks: Uint8Array[] = [];
  let key = cbcEncrypt(cipher, t, s).subarray(0, keyBytes);
  for (let bits = 0; bits < wantedBits; bits += c0.length * 8) {
    blocks.push(cbcEncrypt(cipher, key, c1));
    key = cbcEncrypt(cipher, key, c0).subarray(0, keyBytes);
  }
  return toBigInt(Buffer.concat(blocks)) % prime;
}

function fromHex(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text, 'hex'));
}
