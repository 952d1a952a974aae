import { BLOCK_BYTES, type BlockCipher, cbcEncrypt, pad } from './block-ciphers.ts';

const DES_BLOCK_BYTES = BLOCK_BYTES['3des'];
const AES_BLOCK_BYTES = BLOCK_BYTES.aes128;
/** ICAO 9303-11, 9.8.6: both MACs are 8 bytes long. */
export const MAC_BYTES = 8;

/**
 * The MAC that goes with a cipher (ICAO 9303-11, 9.8.6): for 3DES the retail MAC, which pads `data` itself; for AES the
 * first 8 bytes of CMAC, which does not.
 */
export function computeMac(cipher: BlockCipher, key: Uint8Array, data: Uint8Array): Uint8Array {
  return cipher === '3des' ? retailMac(key, data) : cmac(cipher, key, data).subarray(0, MAC_BYTES);
}

/** ISO/IEC 9797-1, MAC algorithm 3 over DES with padding method 2; two keys of 8 bytes. */
export function retailMac(key: Uint8Array, data: Uint8Array): Uint8Array {
  const padded = pad(data, DES_BLOCK_BYTES);
  const firstKey = key.subarray(0, DES_BLOCK_BYTES);
  // Single DES is triple DES with one key thrice, and the algorithm's last transformation is its decryption and encryption.
  const chained = cbcEncrypt(
    '3des',
    Buffer.concat([firstKey, firstKey]),
    padded.subarray(0, -DES_BLOCK_BYTES),
  );
  const last = padded.subarray(-DES_BLOCK_BYTES);
  return cbcEncrypt('3des', key, xor(last, chained.subarray(-DES_BLOCK_BYTES)));
}

/** RFC 4493 (NIST SP 800-38B) for every AES key length: 16 bytes. */
export function cmac(
  cipher: Exclude<BlockCipher, '3des'>,
  key: Uint8Array,
  data: Uint8Array,
): Uint8Array {
  const subkey1 = double(cbcEncrypt(cipher, key, new Uint8Array(AES_BLOCK_BYTES)));
  const whole = data.length > 0 && data.length % AES_BLOCK_BYTES === 0;
  const blocks = Uint8Array.from(whole ? data : pad(data, AES_BLOCK_BYTES));
  const last = blocks.subarray(-AES_BLOCK_BYTES);
  last.set(xor(last, whole ? subkey1 : double(subkey1)));
  return cbcEncrypt(cipher, key, blocks).subarray(-AES_BLOCK_BYTES);
}

/** Doubling in GF(2^128), RFC 4493, 2.3. */
function double(block: Uint8Array): Uint8Array {
  const doubled = block.map((byte, index) => (byte << 1) | ((block[index + 1] ?? 0) >> 7));
  const carry = (block[0] ?? 0) >> 7;
  doubled[AES_BLOCK_BYTES - 1] = (doubled[AES_BLOCK_BYTES - 1] ?? 0) ^ (carry * 0x87);
  return doubled;
}

function xor(left: Uint8Array, right: Uint8Array): Uint8Array {
  return left.map((byte, index) => byte ^ (right[index] ?? 0));
}
