import { ProtocolError } from './protocol-error.ts';

/**
 * BER-TLV as chips and their files use it (ISO/IEC 7816-4, 5.2.2; X.690, 8.1): tags of up to three bytes, lengths definite.
 * Nothing is copied: `value` and `raw` are views of what was given.
 */
export type Tlv = {
  /** The tag's bytes as one number: 0x30, 0x5f1f, 0x7f49. */
  readonly tag: number;
  readonly constructed: boolean;
  readonly value: Uint8Array;
  /** Tag, length and value as they came: what is hashed is hashed over these. */
  readonly raw: Uint8Array;
};

const TAG_BYTES_MAX = 3;
const LENGTH_BYTES_MAX = 4;
/** More siblings than any file of a chip has. */
const NODES_MAX = 4_096;

/** The one object that `bytes` start with. Throws ProtocolError `tlv.*`, naming the place, for anything malformed. */
export function readTlv(bytes: Uint8Array): Tlv {
  const { tag, constructed, headBytes, valueBytes } = readHead(bytes);
  const end = headBytes + valueBytes;
  if (end > bytes.length) {
    throw new ProtocolError(
      'tlv.truncated',
      `object ${hexTag(tag)} of ${valueBytes} bytes: only ${bytes.length - headBytes} follow`,
    );
  }
  return {
    tag,
    constructed,
    value: bytes.subarray(headBytes, end),
    raw: bytes.subarray(0, end),
  };
}

/** The objects that fill `bytes` to the end. Throws ProtocolError. */
export function readTlvs(bytes: Uint8Array): readonly Tlv[] {
  const found: Tlv[] = [];
  for (let rest = bytes; rest.length > 0; ) {
    if (found.length >= NODES_MAX) {
      throw new ProtocolError('tlv.too-many', `more than ${NODES_MAX} objects on one level`);
    }
    const next = readTlv(rest);
    found.push(next);
    rest = rest.subarray(next.raw.length);
  }
  return found;
}

/** Length of tag and length field, and of the value they announce, from the first bytes of a file. Throws ProtocolError. */
export function readHead(bytes: Uint8Array): {
  readonly tag: number;
  readonly constructed: boolean;
  readonly headBytes: number;
  readonly valueBytes: number;
} {
  const { tag, tagBytes } = readTag(bytes);
  const { valueBytes, lengthBytes } = readLength(bytes.subarray(tagBytes), tag);
  const constructed = ((bytes[0] ?? 0) & 0x20) !== 0;
  return { tag, constructed, headBytes: tagBytes + lengthBytes, valueBytes };
}

function readTag(bytes: Uint8Array): { tag: number; tagBytes: number } {
  let tag = byteAt(bytes, 0);
  if ((tag & 0x1f) !== 0x1f) return { tag, tagBytes: 1 };
  for (let tagBytes = 2; tagBytes <= TAG_BYTES_MAX; tagBytes++) {
    const next = byteAt(bytes, tagBytes - 1);
    tag = tag * 256 + next;
    if ((next & 0x80) === 0) return { tag, tagBytes };
  }
  throw new ProtocolError('tlv.tag', `a tag of more than ${TAG_BYTES_MAX} bytes`);
}

function readLength(bytes: Uint8Array, tag: number): { valueBytes: number; lengthBytes: number } {
  const first = byteAt(bytes, 0);
  if (first < 0x80) return { valueBytes: first, lengthBytes: 1 };
  const count = first & 0x7f;
  if (count === 0 || count > LENGTH_BYTES_MAX) {
    throw new ProtocolError(
      'tlv.length',
      `object ${hexTag(tag)}: a definite length of 1 to ${LENGTH_BYTES_MAX} bytes expected, came 0x${first.toString(16)}`,
    );
  }
  let valueBytes = 0;
  for (let index = 1; index <= count; index++) valueBytes = valueBytes * 256 + byteAt(bytes, index);
  return { valueBytes, lengthBytes: 1 + count };
}

function byteAt(bytes: Uint8Array, index: number): number {
  const byte = bytes[index];
  if (byte === undefined) throw new ProtocolError('tlv.truncated', 'ends within a tag or a length');
  return byte;
}

/** The first object on this level with that tag, or null. */
export function findTlv(objects: readonly Tlv[], tag: number): Tlv | null {
  return objects.find((object) => object.tag === tag) ?? null;
}

/** The first object on this level with that tag; throws ProtocolError `tlv.missing` naming `what`. */
export function needTlv(objects: readonly Tlv[], tag: number, what: string): Tlv {
  const found = findTlv(objects, tag);
  if (found === null) {
    throw new ProtocolError('tlv.missing', `${what}: object ${hexTag(tag)} expected, not there`);
  }
  return found;
}

/** DER: the shortest length. */
export function writeTlv(tag: number, ...values: readonly Uint8Array[]): Uint8Array {
  const valueBytes = values.reduce((sum, value) => sum + value.length, 0);
  return Buffer.concat([numberBytes(tag), lengthField(valueBytes), ...values]);
}

function lengthField(length: number): Uint8Array {
  if (length < 0x80) return Uint8Array.of(length);
  const bytes = numberBytes(length);
  return Uint8Array.of(0x80 | bytes.length, ...bytes);
}

function numberBytes(value: number): Uint8Array {
  const bytes: number[] = [];
  for (let rest = value; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256);
  return Uint8Array.from(bytes.length === 0 ? [0] : bytes);
}

function hexTag(tag: number): string {
  return tag.toString(16).toUpperCase().padStart(2, '0');
}
