import type { Database } from '../kernel/encrypted-database.ts';
import { StorageFault } from '../kernel/errors.ts';
import type { BlockFile } from './block-file.ts';
import { BlockWriter } from './block-writer.ts';
import { TOP_ID } from './directory.ts';
import { KEY_BYTES, ROW_BYTES, subjectEnd, writeRow } from './row.ts';
import { STATUS_REMOVED } from './snapshot.ts';
import type { Touched } from './touched.ts';

/** Beside the rows of every touched subject: the index of its first row in the base, and how many it has there. */
const PLACE_BYTES = 6;

/** Writes what changed since a base, by key. */
export function writeOverlay(database: Database, touched: readonly Touched[]): void {
  const writer = new BlockWriter(database);
  const places = Buffer.alloc(touched.length * PLACE_BYTES);
  touched.forEach(({ key, baseIndex, baseRows, rows }, index) => {
    writer.add(rows.length > 0 ? rows : removedRow(key));
    places.writeUInt32BE(baseIndex, index * PLACE_BYTES);
    places.writeUInt16BE(baseRows, index * PLACE_BYTES + 4);
  });
  writer.end(places);
}

/** Reads what `writeOverlay` wrote. */
export function readOverlay(overlay: BlockFile): Touched[] {
  const places = overlay.database
    .prepare<[], Buffer>(`SELECT touched FROM directory WHERE id = ${TOP_ID}`)
    .pluck(true)
    .get();
  const touched: Touched[] = [];
  for (const block of overlay.blocks()) {
    for (let row = 0; row < block.length / ROW_BYTES; ) {
      const end = subjectEnd(block, row);
      const rows = block.subarray(row * ROW_BYTES, end * ROW_BYTES);
      touched.push({ ...placeOf(places, touched.length), ...contentOf(rows) });
      row = end;
    }
  }
  return touched;
}

/** Rows that such an overlay holds. */
export function overlayRows(touched: readonly Touched[]): number {
  return touched.reduce((sum, { rows }) => sum + Math.max(1, rows.length / ROW_BYTES), 0);
}

function contentOf(rows: Buffer): Pick<Touched, 'key' | 'rows'> {
  const isRemoved = rows[KEY_BYTES] === STATUS_REMOVED;
  return { key: rows.subarray(0, KEY_BYTES), rows: isRemoved ? rows.subarray(0, 0) : rows };
}

function placeOf(
  places: Buffer | undefined,
  index: number,
): Pick<Touched, 'baseIndex' | 'baseRows'> {
  const at = index * PLACE_BYTES;
  if (places === undefined || places.length < at + PLACE_BYTES) {
    throw new StorageFault('damaged', 'an overlay lacks the places of its rows: import again');
  }
  return { baseIndex: places.readUInt32BE(at), baseRows: places.readUInt16BE(at + 4) };
}

function removedRow(key: Buffer): Buffer {
  const row = Buffer.alloc(ROW_BYTES);
  const nothing = { fromDay: 0, untilDay: 0, source: 0, attribute: 0, count: 0 };
  writeRow(row, 0, key, { status: STATUS_REMOVED, ...nothing });
  return row;
}
