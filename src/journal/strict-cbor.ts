import { InputError } from '../kernel/errors.ts';

/** Maps and lists within each other; a record has three. */
const DEPTH_MAX = 8;

/** What a record is made of: whole numbers within 2^53, ASCII text, lists, true, false and null. */
export type CborValue = number | string | boolean | null | readonly CborValue[];

/**
 * Reads a map from whole numbers in deterministic CBOR (RFC 8949, 4.2.1), and nothing that could have been written in
 * another way: numbers and lengths in their shortest form, keys ascending, no tags, no floats, no indefinite lengths.
 * So what it takes needs not be encoded again to be known to be the one encoding. Throws InputError.
 */
export function decodeStrictMap(bytes: Uint8Array): ReadonlyMap<number, CborValue> {
  const reader = new Reader(bytes);
  const map = reader.map();
  reader.end();
  return map;
}

class Reader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  map(): ReadonlyMap<number, CborValue> {
    const initial = this.#byte();
    if (initial >> 5 !== 5) throw unfit('a map');
    const count = this.#argument(initial);
    const map = new Map<number, CborValue>();
    let before = -1;
    for (let entry = 0; entry < count; entry++) {
      const key = this.#argument(this.#expect(0));
      if (key <= before) throw unfit('keys in ascending order');
      map.set(key, this.#value(1));
      before = key;
    }
    return map;
  }

  end(): void {
    if (this.#at !== this.#bytes.length) throw unfit('nothing after the map');
  }

  #value(depth: number): CborValue {
    const initial = this.#byte();
    switch (initial >> 5) {
      case 0:
        return this.#argument(initial);
      case 1:
        return -1 - this.#argument(initial);
      case 3:
        return this.#text(this.#argument(initial));
      case 4:
        return this.#list(this.#argument(initial), depth);
      default:
        return simple(initial);
    }
  }

  #list(count: number, depth: number): readonly CborValue[] {
    if (depth >= DEPTH_MAX) throw unfit(`lists at most ${DEPTH_MAX} deep`);
    // Each element takes a byte at least, so the count is bounded by what is there.
    if (count > this.#bytes.length - this.#at) throw unfit('more bytes: it is cut short');
    const values: CborValue[] = [];
    for (let index = 0; index < count; index++) values.push(this.#value(depth + 1));
    return values;
  }

  #text(length: number): string {
    const end = this.#at + length;
    if (end > this.#bytes.length) throw unfit('more bytes: it is cut short');
    for (let at = this.#at; at < end; at++) {
      if ((this.#bytes[at] ?? 0) > 0x7f) throw unfit('ASCII text');
    }
    const text = this.#bytes.toString('latin1', this.#at, end);
    this.#at = end;
    return text;
  }

  #expect(major: number): number {
    const initial = this.#byte();
    if (initial >> 5 !== major) throw unfit('a whole number for a key');
    return initial;
  }

  /** The number that an initial byte carries or announces, in its shortest form. */
  #argument(initial: number): number {
    const info = initial & 0x1f;
    if (info < 24) return info;
    if (info > 27) throw unfit('a definite length');
    const size = 1 << (info - 24);
    let value = 0;
    for (let byte = 0; byte < size; byte++) value = value * 256 + this.#byte();
    if (value > Number.MAX_SAFE_INTEGER) throw unfit('a number below 2^53');
    if (value < (SHORTEST[info - 24] ?? 0)) throw unfit('every number in its shortest form');
    return value;
  }

  #byte(): number {
    const byte = this.#bytes[this.#at++];
    if (byte === undefined) throw unfit('more bytes: it is cut short');
    return byte;
  }
}

/** The least that one, two, four and eight bytes may say. */
const SHORTEST = [24, 0x100, 0x1_0000, 0x1_0000_0000];

function simple(initial: number): boolean | null {
  if (initial === 0xf4) return false;
  if (initial === 0xf5) return true;
  if (initial === 0xf6) return null;
  throw unfit('whole numbers, text, lists, true, false and null');
}

function unfit(expected: string): InputError {
  return new InputError(`: expected deterministic CBOR with ${expected}`);
}
