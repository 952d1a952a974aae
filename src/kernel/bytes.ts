/**
 * The one layout of everything hashed or signed (security R1): a field is a uint32 big-endian length and its bytes, an
 * integer a uint64 big-endian.
 */
export type CanonicalField = string | Uint8Array | bigint | number;

export function canonicalBytes(fields: readonly CanonicalField[]): Uint8Array {
  const parts: Uint8Array[] = [];
  for (const field of fields) {
    if (typeof field === 'bigint' || typeof field === 'number') {
      parts.push(uint64(BigInt(field)));
      continue;
    }
    const bytes = typeof field === 'string' ? new TextEncoder().encode(field) : field;
    const length = new Uint8Array(4);
    new DataView(length.buffer).setUint32(0, bytes.length);
    parts.push(length, bytes);
  }
  return Buffer.concat(parts);
}

function uint64(value: bigint): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, value);
  return bytes;
}

export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}

/** Bytes of an even-length hexadecimal text, else null. */
export function fromHex(text: string): Uint8Array | null {
  if (text.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(text)) return null;
  return Uint8Array.from(Buffer.from(text, 'hex'));
}
