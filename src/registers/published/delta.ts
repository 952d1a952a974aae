import { canonicalBytes, fromHex, toHex } from '../../kernel/bytes.ts';
import { CanonicalReader } from '../../kernel/canonical-reader.ts';
import { InputError } from '../../kernel/errors.ts';
import { ROW_BYTES } from '../row.ts';
import { decodeIndices, decodeRows, encodeIndices, encodeRows } from './row-coding.ts';

const LABEL = 'chot/delta/v1';
const NAME_BYTES_MAX = 16;
const CHECKSUM_BYTES = 8;
/** Rows removed, and rows added: with more of either a new base is shorter and no slower. */
export const DELTA_ROWS_MAX = 500_000;
export const DELTA_BYTES_MAX = 16 * 1024 * 1024;
/** The longest list there is. */
const ROWS_MAX = 256 * 262_144;

/** How many rows a register holds, and which (see RowChecksum). */
export type RowTotals = { readonly rows: number; readonly checksum: string };

/** What leads from one version of a register to a later one. A changed row is removed and added. */
export type Delta = {
  readonly register: string;
  readonly generation: number;
  /** Manifest versions. */
  readonly from: number;
  readonly to: number;
  readonly before: RowTotals;
  readonly after: RowTotals;
  /** Ascending, into the rows of `from` as they sort. */
  readonly removed: Uint32Array;
  /** Sorted. */
  readonly added: Buffer;
};

/** Throws InputError for one that is longer than a station takes: a new base is published then. */
export function encodeDelta(delta: Delta): Uint8Array {
  const { register, generation, from, to, before, after, removed, added } = delta;
  if (Math.max(removed.length, added.length / ROW_BYTES) > DELTA_ROWS_MAX) {
    throw new InputError(
      `delta: expected at most ${DELTA_ROWS_MAX} rows removed and added: publish a new base`,
    );
  }
  return canonicalBytes([
    ...[LABEL, register, generation, from, to],
    ...totalsFields(before),
    ...totalsFields(after),
    ...encodeIndices(removed),
    ...encodeRows(added, 0),
  ]);
}

/** Throws InputError for anything that is no whole delta. */
export function decodeDelta(bytes: Uint8Array): Delta {
  const reader = new CanonicalReader(bytes, 'delta');
  reader.label(LABEL);
  const head = {
    register: reader.text(NAME_BYTES_MAX),
    generation: reader.uint64(),
    from: reader.uint64(),
    to: reader.uint64(),
    before: readTotals(reader),
    after: readTotals(reader),
  };
  const removed = decodeIndices(reader, head.before.rows, DELTA_ROWS_MAX, 'delta');
  const added = decodeRows(reader, 0, DELTA_ROWS_MAX, 'delta');
  reader.end();
  if (head.from >= head.to) throw reader.unfit('a later version after the earlier');
  const rows = head.before.rows - removed.length + added.length / ROW_BYTES;
  if (rows !== head.after.rows) throw reader.unfit('rows before and after that fit the change');
  return { ...head, removed, added };
}

function totalsFields({ rows, checksum }: RowTotals) {
  const bytes = fromHex(checksum);
  if (bytes?.length !== CHECKSUM_BYTES) throw new InputError('delta: expected a checksum');
  return [rows, bytes];
}

function readTotals(reader: CanonicalReader): RowTotals {
  return { rows: reader.count(ROWS_MAX), checksum: toHex(reader.exactly(CHECKSUM_BYTES)) };
}
