import { COUNT_MAX, KEY_BYTES, ROW_BYTES, type RowFields, writeFields } from './row.ts';

/**
 * One row on its way into a snapshot: its bytes with 8 more of the digest after the key, by which two subjects are told
 * apart that share a key by chance. They sort as the rows do.
 */
export const RECORD_BYTES = 32;
const CHECK_BYTES = 8;
const COUNT_AT = 30;
export const RECORD_WORDS = RECORD_BYTES / 4;
const ROW_WORDS = ROW_BYTES / 4;
const KEY_WORDS = KEY_BYTES / 4;
const CHECK_WORDS = CHECK_BYTES / 4;

export type RecordFields = Omit<RowFields, 'count'>;

/** Writes one row at `at`. `digest`: key and check, the first 16 bytes of the subject's digest. */
export function writeRecord(
  target: Buffer,
  at: number,
  digest: Buffer,
  fields: RecordFields,
): void {
  writeFields(target, at + CHECK_BYTES, { ...fields, count: 1 });
  digest.copy(target, at, 0, KEY_BYTES + CHECK_BYTES);
}

export function sameKey(records: Buffer, a: number, b: number): boolean {
  return records.compare(records, b, b + KEY_BYTES, a, a + KEY_BYTES) === 0;
}

/** Two subjects of one key: the generation cannot tell them apart. */
export function sameSubject(records: Buffer, a: number, b: number): boolean {
  const bytes = KEY_BYTES + CHECK_BYTES;
  return records.compare(records, b, b + bytes, a, a + bytes) === 0;
}

/** The rows, without what told subjects apart. */
export function rowsOfRecords(records: Buffer): Buffer {
  const from = wordsOf(records);
  const rows = new Uint32Array((records.length / RECORD_BYTES) * ROW_WORDS);
  for (let at = 0, to = 0; at < from.length; at += RECORD_WORDS, to += ROW_WORDS) {
    for (let word = 0; word < KEY_WORDS; word++) rows[to + word] = from[at + word] ?? 0;
    for (let word = KEY_WORDS; word < ROW_WORDS; word++) {
      rows[to + word] = from[at + CHECK_WORDS + word] ?? 0;
    }
  }
  return Buffer.from(rows.buffer);
}

/** In the machine's byte order: to copy and to compare for equality, not to sort by. */
export function wordsOf(records: Buffer): Uint32Array {
  const aligned = records.byteOffset % 4 === 0 ? records : Uint8Array.from(records);
  return new Uint32Array(aligned.buffer, aligned.byteOffset, aligned.byteLength / 4);
}

/** Sorted, equal rows merged into one with the sum of their counts. */
export function sortAndMerge(records: Buffer): Buffer {
  const order = sortedOrder(records);
  const merged = Buffer.allocUnsafe(records.length);
  let length = 0;
  for (const index of order) {
    const at = index * RECORD_BYTES;
    const last = length - RECORD_BYTES;
    if (length > 0 && equalAcross(records, at, merged, last)) {
      const count = merged.readUInt16BE(last + COUNT_AT) + records.readUInt16BE(at + COUNT_AT);
      merged.writeUInt16BE(Math.min(count, COUNT_MAX), last + COUNT_AT);
      continue;
    }
    records.copy(merged, length, at, at + RECORD_BYTES);
    length += RECORD_BYTES;
  }
  return merged.subarray(0, length);
}

function equalAcross(a: Buffer, aAt: number, b: Buffer, bAt: number): boolean {
  return a.compare(b, bAt, bAt + COUNT_AT, aAt, aAt + COUNT_AT) === 0;
}

/** Most pairs are told apart by their first 48 bits, which a double holds exactly; the others by all their bytes. */
function sortedOrder(records: Buffer): Uint32Array {
  const rows = records.length / RECORD_BYTES;
  const heads = new Float64Array(rows);
  const order = new Uint32Array(rows);
  for (let row = 0; row < rows; row++) {
    heads[row] = records.readUIntBE(row * RECORD_BYTES, 6);
    order[row] = row;
  }
  return order.sort((a, b) => {
    const byHead = (heads[a] ?? 0) - (heads[b] ?? 0);
    return byHead !== 0 ? byHead : compareRecords(records, a, b);
  });
}

function compareRecords(records: Buffer, a: number, b: number): number {
  const aAt = a * RECORD_BYTES;
  const bAt = b * RECORD_BYTES;
  return records.compare(records, bAt, bAt + COUNT_AT, aAt, aAt + COUNT_AT);
}
