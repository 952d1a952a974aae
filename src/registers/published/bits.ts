import { InputError } from '../../kernel/errors.ts';

const WORD_BITS = 32;
/** Zeros in a row that a quotient may have: more than any list of the allowed lengths needs. */
const QUOTIENT_MAX = 1 << 28;

/** Writes bits, the highest first. */
export class BitWriter {
  #bytes = Buffer.allocUnsafe(4_096);
  #length = 0;
  #pending = 0;
  #pendingBits = 0;

  /** The lowest `count` bits of `value`; `count` at most 32. */
  bits(value: number, count: number): void {
    if (count > 24) {
      this.bits(value >>> 16, count - 16);
      this.#bits(value & 0xffff, 16);
      return;
    }
    this.#bits(value & ((1 << count) - 1), count);
  }

  /** A Rice code: `quotient` zeros and a one, then the lowest `k` bits of the value whose halves these are. */
  rice(high: number, low: number, k: number): void {
    for (let left = shifted(high, low, k); ; left -= 24) {
      if (left < 24) {
        this.#bits(1, left + 1);
        break;
      }
      this.#bits(0, 24);
    }
    if (k > WORD_BITS) this.bits(high, k - WORD_BITS);
    this.bits(low, Math.min(k, WORD_BITS));
  }

  /** All that was written, the last byte filled up with zeros. */
  end(): Uint8Array {
    if (this.#pendingBits > 0) this.#bits(0, 8 - this.#pendingBits);
    return this.#bytes.subarray(0, this.#length);
  }

  /** `count` at most 24; at most 7 bits wait from before. */
  #bits(value: number, count: number): void {
    let pending = (this.#pending << count) | value;
    let bits = this.#pendingBits + count;
    if (this.#length + 4 > this.#bytes.length) {
      this.#bytes = Buffer.concat([this.#bytes, Buffer.allocUnsafe(this.#bytes.length)]);
    }
    while (bits >= 8) {
      bits -= 8;
      this.#bytes[this.#length++] = (pending >>> bits) & 0xff;
    }
    pending &= (1 << bits) - 1;
    this.#pending = pending;
    this.#pendingBits = bits;
  }
}

/** The value whose halves these are, without its lowest `k` bits; it must be below 2^32. */
function shifted(high: number, low: number, k: number): number {
  if (k >= WORD_BITS) return k === 64 ? 0 : high >>> (k - WORD_BITS);
  return high * 2 ** (WORD_BITS - k) + (k === 0 ? low : low >>> k);
}

/** Reads what BitWriter writes; throws InputError that begins with `what` when the bits run out. */
export class BitReader {
  readonly #view: DataView;
  readonly #bits: number;
  readonly #what: string;
  #at = 0;
  /** Halves of the value that `rice` read last. */
  high = 0;
  low = 0;

  constructor(bytes: Uint8Array, what: string) {
    // Room to read a word and a byte anywhere.
    const padded = new Uint8Array(bytes.length + 8);
    padded.set(bytes);
    this.#view = new DataView(padded.buffer);
    this.#bits = bytes.length * 8;
    this.#what = what;
  }

  /** Into `high` and `low`. */
  rice(k: number): void {
    const quotient = this.#unary();
    const restHigh = k > WORD_BITS ? this.#take(k - WORD_BITS) : 0;
    const restLow = k === 0 ? 0 : this.#take(Math.min(k, WORD_BITS));
    if (k >= WORD_BITS) {
      const shift = 2 ** (k - WORD_BITS);
      const high = quotient * shift + restHigh;
      if (high > 0xffff_ffff) throw this.#unfit('numbers below 2^64');
      this.high = high;
      this.low = restLow;
      return;
    }
    this.high = Math.floor(quotient / 2 ** (WORD_BITS - k));
    this.low = ((quotient << k) | restLow) >>> 0;
  }

  /** Throws unless nothing but the filling zeros is left. */
  end(): void {
    const left = this.#bits - this.#at;
    if (left >= 8 || (left > 0 && this.#take(left) !== 0)) {
      throw this.#unfit('nothing after the last of them');
    }
  }

  #unary(): number {
    let zeros = 0;
    for (;;) {
      const run = Math.clz32(this.#peek());
      zeros += run;
      if (run < WORD_BITS) break;
      this.#at += WORD_BITS;
      if (this.#at > this.#bits || zeros > QUOTIENT_MAX) throw this.#cut();
    }
    this.#at += (zeros & (WORD_BITS - 1)) + 1;
    if (this.#at > this.#bits) throw this.#cut();
    return zeros;
  }

  /** 1 to 32 bits. */
  #take(count: number): number {
    const value = this.#peek() >>> (WORD_BITS - count);
    this.#at += count;
    if (this.#at > this.#bits) throw this.#cut();
    return value;
  }

  /** The next 32 bits; zeros where there are none. */
  #peek(): number {
    const byte = this.#at >>> 3;
    const bit = this.#at & 7;
    const word = this.#view.getUint32(byte);
    if (bit === 0) return word;
    return ((word << bit) | (this.#view.getUint8(byte + 4) >>> (8 - bit))) >>> 0;
  }

  #cut(): InputError {
    return this.#unfit('more bits: it is cut short');
  }

  #unfit(expected: string): InputError {
    return new InputError(`${this.#what}: expected ${expected}`);
  }
}

/** The Rice parameter that fits `count` numbers which add up to about `total`; 0 to 63. */
export function riceParameter(total: number, count: number): number {
  if (count === 0) return 0;
  // Of geometric numbers with this mean, half are below about mean * ln 2.
  const k = Math.round(Math.log2((total / count) * Math.LN2));
  return Math.min(63, Math.max(0, k));
}
