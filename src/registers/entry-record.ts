/**
 * One row on its way into a snapshot, as 32 bytes that sort as the database does: key with its sign bit turned (signed
 * order), check, status, from, until (offset to be positive), source, count.
 */
export const RECORD_BYTES = 32;
/** What makes two rows the same: all but the count. */
const IDENTITY_BYTES = 28;

const KEY_AT = 0;
const CHECK_AT = 8;
const STATUS_AT = 16;
const FROM_AT = 17;
const UNTIL_AT = 21;
const SOURCE_AT = 25;
const COUNT_AT = 28;
const SIGN_BIT = 0x80;
const DAY_OFFSET = 0x8000_0000;
const COUNT_MAX = 0xffff_ffff;

export type StoredRow = {
  /** Signed 64-bit, as SQLite has it. */
  readonly key: bigint;
  readonly status: number;
  readonly fromDay: number;
  readonly untilDay: number;
  readonly source: number;
  readonly count: number;
};

export type RecordFields = Omit<StoredRow, 'key' | 'count'>;

/** Writes one row at `at`. `digest`: key and check, 16 bytes of the subject's digest. */
export function writeRecord(
  target: Buffer,
  at: number,
  digest: Buffer,
  { status, fromDay, untilDay, source }: RecordFields,
): void {
  digest.copy(target, at + KEY_AT, 0, 16);
  target[at] = (target[at] ?? 0) ^ SIGN_BIT;
  target[at + STATUS_AT] = status;
  target.writeUInt32BE(fromDay + DAY_OFFSET, at + FROM_AT);
  target.writeUInt32BE(untilDay + DAY_OFFSET, at + UNTIL_AT);
  target[at + SOURCE_AT] = source;
  target.fill(0, at + SOURCE_AT + 1, at + COUNT_AT);
  target.writeUInt32BE(1, at + COUNT_AT);
}

export function readRecord(records: Buffer, at: number): StoredRow {
  return {
    key: BigInt.asIntN(64, records.readBigUInt64BE(at + KEY_AT) ^ (1n << 63n)),
    status: records[at + STATUS_AT] ?? 0,
    fromDay: records.readUInt32BE(at + FROM_AT) - DAY_OFFSET,
    untilDay: records.readUInt32BE(at + UNTIL_AT) - DAY_OFFSET,
    source: records[at + SOURCE_AT] ?? 0,
    count: records.readUInt32BE(at + COUNT_AT),
  };
}

export function sameKey(records: Buffer, a: number, b: number): boolean {
  return records.compare(records, b, b + CHECK_AT, a, a + CHECK_AT) === 0;
}

/** Two subjects of one key: the generation cannot tell them apart. */
export function sameSubject(records: Buffer, a: number, b: number): boolean {
  return records.compare(records, b, b + STATUS_AT, a, a + STATUS_AT) === 0;
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
      const count = merged.readUInt32BE(last + COUNT_AT) + records.readUInt32BE(at + COUNT_AT);
      merged.writeUInt32BE(Math.min(count, COUNT_MAX), last + COUNT_AT);
      continue;
    }
    records.copy(merged, length, at, at + RECORD_BYTES);
    length += RECORD_BYTES;
  }
  return merged.subarray(0, length);
}

function equalAcross(a: Buffer, aAt: number, b: Buffer, bAt: number): boolean {
  return a.compare(b, bAt, bAt + IDENTITY_BYTES, aAt, aAt + IDENTITY_BYTES) === 0;
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
  return records.compare(records, bAt, bAt + IDENTITY_BYTES, aAt, aAt + IDENTITY_BYTES);
}
