import { close, openSync } from 'node:fs';
import { endianness } from 'node:os';
import { type Database, openEncryptedDatabase } from '../kernel/encrypted-database.ts';
import { StorageFault } from '../kernel/errors.ts';
import { compareKeys, ROW_BYTES, subjectEnd } from './row.ts';
import { SNAPSHOT_MIGRATIONS } from './snapshot-schema.ts';

/**
 * Of a block in the directory: the halves of its first key, and the index of its first row among all. The upper halves of all
 * blocks come first, then the lower ones, then the indices, each big-endian.
 */
export const DIRECTORY_ENTRY_BYTES = 12;

const NOTHING = Buffer.alloc(0);

/**
 * Sorted rows in an encrypted file that nobody writes any more. All rows of a key stand in one block, a block is one page,
 * and the first key of every block is held in memory: a look-up reads one page.
 */
export class BlockFile {
  readonly database: Database;
  /** Held so that SQLite is never the last to close a removed file: the kernel frees 270 MB in 70 ms then. */
  readonly #pin: number;
  readonly #high: Uint32Array;
  readonly #low: Uint32Array;
  readonly #firstRow: Uint32Array;
  readonly #select;

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
    const directory = readDirectory(database, path);
    const blocks = directory.length / DIRECTORY_ENTRY_BYTES;
    this.#high = wordsOf(directory, 0, blocks);
    this.#low = wordsOf(directory, blocks, blocks);
    this.#firstRow = wordsOf(directory, 2 * blocks, blocks);
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
    const block = this.#blockOf(high, low);
    if (block < 0) return { rows: NOTHING, index: 0 };
    const rows = this.#read(block);
    const first = firstNotBelow(rows, high, low);
    const index = (this.#firstRow[block] ?? 0) + first;
    const at = first * ROW_BYTES;
    const isThere =
      at < rows.length && rows.readUInt32BE(at) === high && rows.readUInt32BE(at + 4) === low;
    if (!isThere) return { rows: NOTHING, index };
    return { rows: rows.subarray(at, subjectEnd(rows, first) * ROW_BYTES), index };
  }

  /** The subject one of whose rows has this index among all: its rows, and the index of the first. */
  subjectAt(index: number): { readonly rows: Buffer; readonly index: number } {
    let low = 0;
    let high = this.#firstRow.length;
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if ((this.#firstRow[middle] ?? 0) <= index) low = middle;
      else high = middle;
    }
    const start = this.#firstRow[low] ?? 0;
    const rows = this.#read(low);
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
    for (let block = 0; block < this.#high.length; block++) yield this.#read(block);
  }

  close(): void {
    this.database.close();
    // On another thread; there is nothing to be done about an error, nor anything lost.
    close(this.#pin, () => {});
  }

  /** The last block that begins at or before the key; -1 when none does. */
  #blockOf(high: number, low: number): number {
    let first = 0;
    let end = this.#high.length;
    while (first < end) {
      const middle = (first + end) >>> 1;
      const middleHigh = this.#high[middle] ?? 0;
      const isBelow = middleHigh < high || (middleHigh === high && (this.#low[middle] ?? 0) <= low);
      if (isBelow) first = middle + 1;
      else end = middle;
    }
    return first - 1;
  }

  #read(block: number): Buffer {
    const rows = this.#select.get(block + 1);
    if (rows !== undefined && rows.length > 0 && rows.length % ROW_BYTES === 0) return rows;
    throw new StorageFault('damaged', 'a register lacks a block its directory names: import again');
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

function wordsOf(directory: Buffer, first: number, count: number): Uint32Array {
  const words = new Uint32Array(count);
  const bytes = Buffer.from(words.buffer);
  directory.copy(bytes, 0, first * 4, (first + count) * 4);
  // At once, because a swap must not be felt at the gate.
  if (endianness() === 'LE') bytes.swap32();
  return words;
}

function readDirectory(database: Database, path: string): Buffer {
  const blocks = database.prepare<[], Buffer>('SELECT blocks FROM directory').pluck(true).get();
  if (blocks !== undefined && blocks.length % DIRECTORY_ENTRY_BYTES === 0) return blocks;
  throw new StorageFault('damaged', `${path} has no directory: import again`);
}
