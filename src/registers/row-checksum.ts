import { toHex } from '../kernel/bytes.ts';
import { ROW_BYTES } from './row.ts';

const START_A = 0x811c_9dc5;
const START_B = 0x9e37_79b9;
const FACTOR_A = 0x0100_0193;
const FACTOR_B = 0x85eb_ca6b;

/**
 * Which rows a register holds, whatever their order, in 64 bits: it shows a mistake of whoever published, not an attack;
 * against that stand hashes and signatures. Two sums modulo 2^32, over all rows, of a hash of the row's six words:
 * h = (h xor word) * factor, h = h xor (h >>> 15).
 */
export class RowChecksum {
  #a = 0;
  #b = 0;

  /** Sixteen hexadecimal digits, as `hex` gives them. */
  static of(hex: string): RowChecksum {
    const checksum = new RowChecksum();
    const bytes = Buffer.from(hex, 'hex');
    checksum.#a = bytes.readUInt32BE(0);
    checksum.#b = bytes.readUInt32BE(4);
    return checksum;
  }

  add(rows: Buffer): this {
    return this.#sum(rows, 1);
  }

  subtract(rows: Buffer): this {
    return this.#sum(rows, -1);
  }

  get hex(): string {
    const bytes = Buffer.alloc(8);
    bytes.writeUInt32BE(this.#a, 0);
    bytes.writeUInt32BE(this.#b, 4);
    return toHex(bytes);
  }

  #sum(rows: Buffer, sign: 1 | -1): this {
    const view = new DataView(rows.buffer, rows.byteOffset, rows.byteLength);
    let sumA = 0;
    let sumB = 0;
    for (let at = 0; at < rows.length; at += ROW_BYTES) {
      let a = START_A;
      let b = START_B;
      for (let word = at; word < at + ROW_BYTES; word += 4) {
        const value = view.getUint32(word);
        a = Math.imul(a ^ value, FACTOR_A);
        a ^= a >>> 15;
        b = Math.imul(b ^ value, FACTOR_B);
        b ^= b >>> 15;
      }
      sumA = (sumA + a) | 0;
      sumB = (sumB + b) | 0;
    }
    this.#a = (this.#a + sign * sumA) >>> 0;
    this.#b = (this.#b + sign * sumB) >>> 0;
    return this;
  }
}
