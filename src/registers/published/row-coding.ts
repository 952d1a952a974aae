import type { CanonicalField } from '../../kernel/bytes.ts';
import type { CanonicalReader } from '../../kernel/canonical-reader.ts';
import { InputError } from '../../kernel/errors.ts';
import { compareRows, ROW_BYTES } from '../row.ts';
import { BitReader, BitWriter, riceParameter } from './bits.ts';
import { columnBytesMax, decodeColumns, encodeColumns } from './columns.ts';

const WORD = 0x1_0000_0000;
const RICE_PARAMETER_MAX = 63;
/** Of a key's gap: 63 bits and a quotient; far more than gaps ever take. */
const GAP_BYTES_MAX = 12;
/** Deflate adds this much to what it cannot compress. */
const DEFLATE_BYTES_MORE = 1_024;

/**
 * Rows sorted unsigned, as fields of the canonical layout: rows, k, key gaps, bytes of the columns, columns. A key is told by its
 * distance from the one before (the first: from `start`) in a Rice code with parameter k: the distance without its lowest k
 * bits as so many zeros and a one, then those k bits.
 */
export function encodeRows(rows: Buffer, startHigh: number): CanonicalField[] {
  const count = rows.length / ROW_BYTES;
  const last = rows.length - ROW_BYTES;
  const span = count === 0 ? 0 : keyOf(rows, last) - startHigh * WORD;
  const k = riceParameter(span, count);
  const bits = new BitWriter();
  let high = startHigh;
  let low = 0;
  for (let at = 0; at < rows.length; at += ROW_BYTES) {
    const nextHigh = rows.readUInt32BE(at);
    const nextLow = rows.readUInt32BE(at + 4);
    const borrow = nextLow < low ? 1 : 0;
    bits.rice(nextHigh - high - borrow, (nextLow - low) >>> 0, k);
    high = nextHigh;
    low = nextLow;
  }
  const { rawBytes, compressed } = encodeColumns(rows);
  return [count, k, bits.end(), rawBytes, compressed];
}

/** Reads what `encodeRows` writes; throws InputError that begins with `what` for rows out of order or beyond bounds. */
export function decodeRows(
  reader: CanonicalReader,
  startHigh: number,
  rowsMax: number,
  what: string,
): Buffer {
  const count = reader.count(rowsMax);
  const k = reader.count(RICE_PARAMETER_MAX);
  const gaps = new BitReader(reader.field(count * GAP_BYTES_MAX), what);
  const rawBytes = reader.count(columnBytesMax(count));
  const compressed = reader.field(rawBytes + DEFLATE_BYTES_MORE);
  const rows = Buffer.alloc(count * ROW_BYTES);
  let high = startHigh;
  let low = 0;
  for (let at = 0; at < rows.length; at += ROW_BYTES) {
    gaps.rice(k);
    low += gaps.low;
    high += gaps.high;
    if (low >= WORD) {
      low -= WORD;
      high++;
    }
    if (high >= WORD) throw new InputError(`${what}: expected keys below 2^64`);
    rows.writeUInt32BE(high, at);
    rows.writeUInt32BE(low, at + 4);
  }
  gaps.end();
  decodeColumns(rows, { rawBytes, compressed }, what);
  refuseDisorder(rows, what);
  return rows;
}

function refuseDisorder(rows: Buffer, what: string): void {
  for (let at = ROW_BYTES; at < rows.length; at += ROW_BYTES) {
    if (compareRows(rows, at - ROW_BYTES, rows, at) < 0) continue;
    throw new InputError(`${what}: expected different rows in order`);
  }
}

function keyOf(rows: Buffer, at: number): number {
  return Number(rows.readBigUInt64BE(at));
}

/** Ascending whole numbers: count, k and the distances less one, in the same code. */
export function encodeIndices(indices: Uint32Array): CanonicalField[] {
  const k = riceParameter(indices.at(-1) ?? 0, indices.length);
  const bits = new BitWriter();
  let before = -1;
  for (const index of indices) {
    bits.rice(0, index - before - 1, k);
    before = index;
  }
  return [indices.length, k, bits.end()];
}

/** Reads what `encodeIndices` writes, every one below `end`. */
export function decodeIndices(
  reader: CanonicalReader,
  end: number,
  countMax: number,
  what: string,
): Uint32Array {
  const indices = new Uint32Array(reader.count(countMax));
  const k = reader.count(RICE_PARAMETER_MAX);
  const bits = new BitReader(reader.field(indices.length * GAP_BYTES_MAX), what);
  let before = -1;
  for (let at = 0; at < indices.length; at++) {
    bits.rice(k);
    before += bits.high * WORD + bits.low + 1;
    if (before >= end) throw new InputError(`${what}: expected indices below ${end}`);
    indices[at] = before;
  }
  bits.end();
  return indices;
}
