import { endianness } from 'node:os';
import type { Database } from '../kernel/encrypted-database.ts';
import { StorageFault } from '../kernel/errors.ts';
import { KEY_BYTES } from './row.ts';

/** The halves of the first key of a block, or of a group of blocks, and the index of its first row among all. */
const ENTRY_BYTES = 12;

/** Blocks of one group: as many entries as fit one page of 4,096 bytes. */
const GROUP_BLOCKS = 330;

/** The row that holds an entry of every group; groups follow it. */
export const TOP_ID = 0;

/** A block, counted from 0, and the index of its first row among all. */
export type BlockPlace = { readonly block: number; readonly firstRow: number };

/**
 * Where the blocks of a file begin. The first key of every group is read at once, the blocks of a group when it is asked for the
 * first time, and then held: to read 60,000 entries at once would be felt at the gate when a version is exchanged.
 */
export class Directory {
  readonly #select;
  readonly #top: Entries;
  readonly #groups: (Entries | undefined)[];

  /** Throws StorageFault when there is none; its other methods do so when the file is damaged. */
  constructor(database: Database) {
    this.#select = database
      .prepare<[number], Buffer>('SELECT entries FROM directory WHERE id = ?')
      .pluck(true);
    this.#top = this.#read(TOP_ID);
    this.#groups = new Array<undefined>(this.#top.length);
  }

  /** The last block that begins at or before the key; null when none does. */
  blockOf(high: number, low: number): BlockPlace | null {
    const group = this.#top.lastNotAfter(high, low);
    if (group < 0) return null;
    const entries = this.#group(group);
    return placeIn(group, entries, entries.lastNotAfter(high, low));
  }

  /** The last block whose first row's index is this or lower; there must be one. */
  blockAt(row: number): BlockPlace {
    const group = this.#top.lastFrom(row);
    const entries = this.#group(group);
    return placeIn(group, entries, entries.lastFrom(row));
  }

  /** How many there are. */
  blocks(): number {
    const last = this.#top.length - 1;
    return last < 0 ? 0 : last * GROUP_BLOCKS + this.#group(last).length;
  }

  #group(group: number): Entries {
    const entries = this.#groups[group] ?? this.#read(TOP_ID + 1 + group);
    this.#groups[group] = entries;
    return entries;
  }

  #read(id: number): Entries {
    const bytes = this.#select.get(id);
    if (bytes !== undefined && bytes.length % ENTRY_BYTES === 0) return new Entries(bytes);
    throw new StorageFault('damaged', 'a register lacks a part of its directory: import again');
  }
}

function placeIn(group: number, entries: Entries, index: number): BlockPlace {
  return { block: group * GROUP_BLOCKS + index, firstRow: entries.firstRow(index) };
}

/** Entries of the directory, ascending by key and by row. */
class Entries {
  readonly length: number;
  /** Three words an entry. */
  readonly #words: Uint32Array;

  constructor(bytes: Buffer) {
    this.length = bytes.length / ENTRY_BYTES;
    this.#words = new Uint32Array(bytes.length / 4);
    const words = Buffer.from(this.#words.buffer);
    bytes.copy(words);
    if (endianness() === 'LE') words.swap32();
  }

  firstRow(index: number): number {
    return this.#words[index * 3 + 2] ?? 0;
  }

  /** -1 when all come after. */
  lastNotAfter(high: number, low: number): number {
    const words = this.#words;
    let first = 0;
    let end = this.length;
    while (first < end) {
      const middle = (first + end) >>> 1;
      const middleHigh = words[middle * 3] ?? 0;
      const isAfter =
        middleHigh > high || (middleHigh === high && (words[middle * 3 + 1] ?? 0) > low);
      if (isAfter) end = middle;
      else first = middle + 1;
    }
    return first - 1;
  }

  lastFrom(row: number): number {
    let first = 0;
    let end = this.length;
    while (end - first > 1) {
      const middle = (first + end) >>> 1;
      if (this.firstRow(middle) <= row) first = middle;
      else end = middle;
    }
    return first;
  }
}

/** Collects where blocks begin, in order, and writes it. For one use, inside a transaction. */
export class DirectoryWriter {
  #entries = Buffer.alloc(GROUP_BLOCKS * ENTRY_BYTES);
  #used = 0;

  /** `key`: its first 8 bytes. */
  add(key: Buffer, firstRow: number): void {
    if (this.#used === this.#entries.length) {
      this.#entries = Buffer.concat([this.#entries, Buffer.alloc(this.#used)]);
    }
    key.copy(this.#entries, this.#used, 0, KEY_BYTES);
    this.#entries.writeUInt32BE(firstRow, this.#used + KEY_BYTES);
    this.#used += ENTRY_BYTES;
  }

  /** `touched` stands beside the top. */
  write(database: Database, touched: Buffer | null): void {
    const insert = database.prepare<[number, Buffer, Buffer | null]>(
      'INSERT INTO directory (id, entries, touched) VALUES (?, ?, ?)',
    );
    const groupBytes = GROUP_BLOCKS * ENTRY_BYTES;
    const top: Buffer[] = [];
    for (let at = 0; at < this.#used; at += groupBytes) {
      const group = this.#entries.subarray(at, Math.min(at + groupBytes, this.#used));
      top.push(group.subarray(0, ENTRY_BYTES));
      insert.run(TOP_ID + top.length, group, null);
    }
    insert.run(TOP_ID, Buffer.concat(top), touched);
  }
}
