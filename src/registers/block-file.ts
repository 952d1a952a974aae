import { close, openSync } from 'node:fs';
import { type Database, openEncryptedDatabase } from '../kernel/encrypted-database.ts';
import { StorageFault } from '../kernel/errors.ts';
import { Directory } from './directory.ts';
import { compareKeys, ROW_BYTES, subjectEnd } from './row.ts';
import { SNAPSHOT_MIGRATIONS } from './snapshot-schema.ts';

const NOTHING: Buffer = Buffer.alloc(0);

/**
 * Sorted rows in an encrypted file that nobody writes any more. All rows of a key stand in one block, a block is one page,
 * and the directory is held in memory: a look-up reads one page, the first one of a group of blocks two.
 */
export class BlockFile {
  readonly database: Database;
  /** Held so that SQLite is never the last to close a removed file: the kernel frees 270 MB in 70 ms then. */
  readonly #pin: number;
  readonly #directory: Directory;
  readonly #select;
  /** Who goes through a file in order asks for one block many times. */
  #lastBlock = -1;
  #lastRows = NOTHING;

  /** Throws StorageFault when it does not open. */
  static open(path: string, key: Uint8Array): BlockFile {
    const options = { key, migrations: SNAPSHOT_MIGRATIONS, mode: 'sealed' } as const;
    const database = openEncryptedDatabase(path, options);
    try {
      return new BlockFile(database, path);
    } catch (error) {
      database.close();
      throw error;
    }
  }

  private constructor(database: Database, path: string) {
    this.database = database;
    this.#directory = new Directory(database);
    this.#select = database
      .prepare<[number], Buffer>('SELECT rows FROM block WHERE id = ?')
      .pluck(true);
    this.#pin = openSync(path, 'r');
  }

  /** All rows of the key whose halves these are; empty when there are none. Throws when the file is damaged. */
  find(high: number, low: number): Buffer {
    return this.locate(high, low).rows;
  }

  /** As `find`, with the index among all rows where they stand or would stand. */
  locate(high: number, low: number): { readonly rows: Buffer; readonly index: number } {
    const place = this.#directory.blockOf(high, low);
    if (place === null) return { rows: NOTHING, index: 0 };
    const rows = this.#read(place.block);
    const first = firstNotBelow(rows, high, low);
    const index = place.firstRow + first;
    const at = first * ROW_BYTES;
    const isThere =
      at < rows.length && rows.readUInt32BE(at) === high && rows.readUInt32BE(at + 4) === low;
    if (!isThere) return { rows: NOTHING, index };
    return { rows: rows.subarray(at, subjectEnd(rows, first) * ROW_BYTES), index };
  }

  /** The subject one of whose rows has this index among all: its rows, and the index of the first. */
  subjectAt(index: number): { readonly rows: Buffer; readonly index: number } {
    const { block, firstRow: start } = this.#directory.blockAt(index);
    const rows = this.#read(block);
    let first = index - start;
    if (first >= rows.length / ROW_BYTES) throw new RangeError(`there is no row ${index}`);
    const end = subjectEnd(rows, first);
    while (first > 0 && compareKeys(rows, (first - 1) * ROW_BYTES, rows, first * ROW_BYTES) === 0) {
      first--;
    }
    return { rows: rows.subarray(first * ROW_BYTES, end * ROW_BYTES), index: start + first };
  }

  /** Every block's rows, in order. */
  *blocks(): Generator<Buffer> {
    const count = this.#directory.blocks();
    for (let block = 0; block < count; block++) yield this.#read(block);
  }

  close(): void {
    this.database.close();
    // On another thread; there is nothing to be done about an error, nor anything lost.
    close(this.#pin, () => {});
  }

  #read(block: number): Buffer {
    if (block === this.#lastBlock) return this.#lastRows;
    const rows = this.#select.get(block + 1);
    if (rows === undefined || rows.length === 0 || rows.length % ROW_BYTES !== 0) {
      throw new StorageFault(
        'damaged',
        'a register lacks a block its directory names: import again',
      );
    }
    this.#lastBlock = block;
    this.#lastRows = rows;
    return rows;
  }
}

/** Index of the first row whose key is not below; the number of rows when all are. */
function firstNotBelow(rows: Buffer, high: number, low: number): number {
  let first = 0;
  let end = rows.length / ROW_BYTES;
  while (first < end) {
    const middle = (first + end) >>> 1;
    const at = middle * ROW_BYTES;
    const middleHigh = rows.readUInt32BE(at);
    const isBelow = middleHigh < high || (middleHigh === high && rows.readUInt32BE(at + 4) < low);
    if (isBelow) first = middle + 1;
    else end = middle;
  }
  return first;
}
