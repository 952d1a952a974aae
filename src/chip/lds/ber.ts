import { ProtocolError } from '../protocol-error.ts';
import { readHead, writeTlv } from '../tlv.ts';

/** Deeper than any certificate or signed file nests. */
const DEPTH_MAX = 40;
const CONSTRUCTED_OCTETS = 0x24;
const OCTET_STRING = 0x04;
const END_OF_CONTENTS_BYTES = 2;

type Element = {
  /** With definite lengths; the given bytes themselves where nothing had to change. */
  readonly bytes: Uint8Array;
  readonly value: Uint8Array;
  /** Bytes of the input this took. */
  readonly taken: number;
  readonly changed: boolean;
};

/**
 * The element that `bytes` start with, with every indefinite length made definite and every OCTET STRING in segments put
 * together (X.690, 8.1.3.6 and 8.7.3): some issuers' signed files are written so. What has neither inside is returned
 * byte for byte. Depth is bounded, work is linear times depth. Throws ProtocolError `ber.*`, `tlv.*`.
 */
export function definiteLengths(bytes: Uint8Array): {
  readonly bytes: Uint8Array;
  readonly taken: number;
} {
  return rewrite(bytes, 0);
}

function rewrite(bytes: Uint8Array, depth: number): Element {
  if (depth > DEPTH_MAX) throw new ProtocolError('ber.depth', `nested deeper than ${DEPTH_MAX}`);
  const indefinite = indefiniteHead(bytes);
  if (indefinite !== null) {
    const { children, taken } = readUntilEnd(bytes.subarray(indefinite.headBytes), depth);
    return { ...rebuilt(indefinite.tag, children), taken: indefinite.headBytes + taken };
  }
  const { tag, constructed, headBytes, valueBytes } = readHead(bytes);
  const taken = headBytes + valueBytes;
  if (taken > bytes.length) {
    throw new ProtocolError(
      'tlv.truncated',
      `object of ${valueBytes} bytes: only ${bytes.length - headBytes} follow`,
    );
  }
  const value = bytes.subarray(headBytes, taken);
  const same = { bytes: bytes.subarray(0, taken), value, taken, changed: false };
  if (!constructed) return same;
  const children = readAll(value, depth);
  const changed = tag === CONSTRUCTED_OCTETS || children.some((child) => child.changed);
  return changed ? { ...rebuilt(tag, children), taken } : same;
}

function readAll(bytes: Uint8Array, depth: number): Element[] {
  const children: Element[] = [];
  for (let at = 0; at < bytes.length; ) {
    const child = rewrite(bytes.subarray(at), depth + 1);
    children.push(child);
    at += child.taken;
  }
  return children;
}

function readUntilEnd(bytes: Uint8Array, depth: number): { children: Element[]; taken: number } {
  const children: Element[] = [];
  let at = 0;
  while (bytes[at] !== 0 || bytes[at + 1] !== 0) {
    const child = rewrite(bytes.subarray(at), depth + 1);
    children.push(child);
    at += child.taken;
  }
  return { children, taken: at + END_OF_CONTENTS_BYTES };
}

function rebuilt(tag: number, children: readonly Element[]): Omit<Element, 'taken'> {
  const segments = tag === CONSTRUCTED_OCTETS;
  const value = Buffer.concat(children.map((child) => (segments ? child.value : child.bytes)));
  return { bytes: writeTlv(segments ? OCTET_STRING : tag, value), value, changed: true };
}

/** Null unless a constructed element begins here whose length is indefinite. */
function indefiniteHead(bytes: Uint8Array): { tag: number; headBytes: number } | null {
  const [first = 0, second = 0] = bytes;
  const high = (first & 0x1f) === 0x1f;
  // Tags of three bytes do not occur in what may be indefinite.
  const at = high ? 2 : 1;
  if ((first & 0x20) === 0 || bytes[at] !== 0x80 || (high && second >= 0x80)) return null;
  return { tag: high ? first * 256 + second : first, headBytes: at + 1 };
}
