/**
 * One row of a register as 24 bytes, the same in files at the station and in the publisher's hands: key, status, from,
 * until, source, attribute, count. Days are offset to be positive, so bytes sort as rows do: unsigned by key, then
 * by the rest.
 */
export const ROW_BYTES = 24;
/** What makes two rows the same: all but the count. */
export const ROW_IDENTITY_BYTES = 22;
export const KEY_BYTES = 8;
/** The count stays here when more equal rows came. */
export const COUNT_MAX = 0xffff;

const STATUS_AT = 8;
const FROM_AT = 9;
const UNTIL_AT = 13;
export const SOURCE_AT = 17;
const ATTRIBUTE_AT = 18;
const COUNT_AT = 22;
const DAY_OFFSET = 0x8000_0000;

export type RowFields = {
  readonly status: number;
  /** Calendar days in Asia/Ho_Chi_Minh. */
  readonly fromDay: number;
  readonly untilDay: number;
  readonly source: number;
  /** Into the attribute tables; 0: none. */
  readonly attribute: number;
  /** Equal rows that came as one. */
  readonly count: number;
};

/** Writes a row at `at`; its key is the first 8 bytes of `key`. */
export function writeRow(target: Buffer, at: number, key: Uint8Array, fields: RowFields): void {
  target.set(key.subarray(0, KEY_BYTES), at);
  writeFields(target, at, fields);
}

/** Writes what follows the key. */
export function writeFields(target: Buffer, at: number, fields: RowFields): void {
  target[at + STATUS_AT] = fields.status;
  target.writeUInt32BE(fields.fromDay + DAY_OFFSET, at + FROM_AT);
  target.writeUInt32BE(fields.untilDay + DAY_OFFSET, at + UNTIL_AT);
  target[at + SOURCE_AT] = fields.source;
  target.writeUInt32BE(fields.attribute, at + ATTRIBUTE_AT);
  target.writeUInt16BE(fields.count, at + COUNT_AT);
}

export function readFields(rows: Buffer, at: number): RowFields {
  return {
    status: rows[at + STATUS_AT] ?? 0,
    fromDay: rows.readUInt32BE(at + FROM_AT) - DAY_OFFSET,
    untilDay: rows.readUInt32BE(at + UNTIL_AT) - DAY_OFFSET,
    source: rows[at + SOURCE_AT] ?? 0,
    attribute: rows.readUInt32BE(at + ATTRIBUTE_AT),
    count: rows.readUInt16BE(at + COUNT_AT),
  };
}

/** As `Buffer.compare`: negative when the row in `a` sorts first; 0 for the same row, whatever its count. */
export function compareRows(a: Buffer, aAt: number, b: Buffer, bAt: number): number {
  return a.compare(b, bAt, bAt + ROW_IDENTITY_BYTES, aAt, aAt + ROW_IDENTITY_BYTES);
}

/** As `compareRows`, by key alone. */
export function compareKeys(a: Buffer, aAt: number, b: Buffer, bAt: number): number {
  return a.compare(b, bAt, bAt + KEY_BYTES, aAt, aAt + KEY_BYTES);
}

/** Index after the last row that has the key of the row at `row`; rows of one key stand together. */
export function subjectEnd(rows: Buffer, row: number): number {
  const total = rows.length / ROW_BYTES;
  let end = row + 1;
  while (end < total && compareKeys(rows, row * ROW_BYTES, rows, end * ROW_BYTES) === 0) end++;
  return end;
}
