import { createHash, timingSafeEqual } from 'node:crypto';

/** ICAO 9303-11, 6.1.2.2: trailer option 1 is SHA-1, the others are told by the byte before CC. */
const HASH_OF_TRAILER: Readonly<Record<number, string>> = {
  51: 'sha1',
  52: 'sha256',
  53: 'sha512',
  54: 'sha384',
  56: 'sha224',
};

/**
 * ISO/IEC 9796-2, digital signature scheme 1 with partial recovery: whether this message representative (what the RSA
 * function makes of a signature) is of M1, which it holds, and `m2`, which it does not. Gives the hash's name, or null.
 */
export function verifyRepresentative(representative: Uint8Array, m2: Uint8Array): string | null {
  const trailer = readTrailer(representative);
  const start = startOfMessage(representative);
  if (trailer === null || start === null) return null;
  const hash = createHash(trailer.hash);
  const end = representative.length - trailer.bytes;
  const hashBytes = createHash(trailer.hash).digest().length;
  if (end - hashBytes < start) return null;
  const m1 = representative.subarray(start, end - hashBytes);
  const expected = hash.update(m1).update(m2).digest();
  const given = representative.subarray(end - hashBytes, end);
  return timingSafeEqual(given, expected) ? trailer.hash : null;
}

function readTrailer(bytes: Uint8Array): { hash: string; bytes: number } | null {
  if (bytes.at(-1) === 0xbc) return { hash: 'sha1', bytes: 1 };
  const hash = bytes.at(-1) === 0xcc ? HASH_OF_TRAILER[bytes.at(-2) ?? 0] : undefined;
  return hash === undefined ? null : { hash, bytes: 2 };
}

/** 01, more data follows (1), padding of zeros (B nibbles after the first) ended by the nibble A: 6A, or 6B BB ... BA. */
function startOfMessage(bytes: Uint8Array): number | null {
  if (bytes[0] === 0x6a) return 1;
  if (bytes[0] !== 0x6b) return null;
  const end = bytes.findIndex((byte, index) => index > 0 && byte !== 0xbb);
  return bytes[end] === 0xba ? end + 1 : null;
}
