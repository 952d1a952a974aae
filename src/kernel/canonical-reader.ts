import { InputError } from './errors.ts';

const LENGTH_BYTES = 4;
const UINT64_BYTES = 8;

/** Reads the layout that `canonicalBytes` writes. Throws InputError that begins with `what`; reads nothing beyond its bounds. */
export class CanonicalReader {
  readonly #view: Buffer;
  readonly #what: string;
  #at = 0;

  constructor(bytes: Uint8Array, what: string) {
    this.#view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#what = what;
  }

  /** A view of the input, not a copy. */
  field(bytesMax: number): Uint8Array {
    const length = this.#take(LENGTH_BYTES).readUInt32BE();
    if (length > bytesMax) {
      throw this.unfit(`a field of at most ${bytesMax} bytes, came ${length}`);
    }
    return this.#take(length);
  }

  exactly(length: number): Uint8Array {
    const field = this.field(length);
    if (field.length !== length) {
      throw this.unfit(`a field of ${length} bytes, came ${field.length}`);
    }
    return field;
  }

  /** Strict UTF-8. */
  text(bytesMax: number): string {
    const bytes = this.field(bytesMax);
    try {
      return STRICT.decode(bytes);
    } catch {
      throw this.unfit('text in UTF-8');
    }
  }

  label(expected: string): void {
    if (this.text(expected.length) !== expected) throw this.unfit(`"${expected}" at the start`);
  }

  uint64(): number {
    const value = this.#take(UINT64_BYTES).readBigUInt64BE();
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw this.unfit('a number below 2^53');
    return Number(value);
  }

  /** A number that says how many follow, at most `max`. */
  count(max: number): number {
    const value = this.uint64();
    if (value > max) throw this.unfit(`at most ${max} of them, came ${value}`);
    return value;
  }

  list<T>(max: number, read: () => T): T[] {
    return Array.from({ length: this.count(max) }, read);
  }

  end(): void {
    if (this.#at !== this.#view.length) throw this.unfit('nothing after the last field');
  }

  unfit(expected: string): InputError {
    return new InputError(`${this.#what}: expected ${expected}`);
  }

  #take(length: number): Buffer {
    if (this.#at + length > this.#view.length) throw this.unfit('more bytes: it is cut short');
    this.#at += length;
    return this.#view.subarray(this.#at - length, this.#at);
  }
}

const STRICT = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
