import { InputError } from '../../kernel/errors.ts';
import { compareRows, ROW_BYTES } from '../row.ts';
import { RowChecksum } from '../row-checksum.ts';
import { DELTA_ROWS_MAX, type Delta } from './delta.ts';

/** What a delta is made of, besides whose it is. */
export type RowDifference = Pick<Delta, 'before' | 'after' | 'removed' | 'added'>;

const COUNT_BYTES = 2;

/**
 * Compares two versions of a register's rows, each given sorted and a part at a time; holds one part of each and what
 * differs. Null when more differs than a delta may hold.
 */
export function diffRows(before: Iterable<Buffer>, after: Iterable<Buffer>): RowDifference | null {
  const old = new RowCursor(before);
  const now = new RowCursor(after);
  const removed: number[] = [];
  const added: Buffer[] = [];
  while (old.row !== null || now.row !== null) {
    const order = orderOf(old.row, now.row);
    const isSame = order === 0 && sameCount(old.row, now.row);
    if (!isSame && order <= 0) removed.push(old.index);
    if (!isSame && order >= 0) added.push(copyOf(now.row));
    if (Math.max(removed.length, added.length) > DELTA_ROWS_MAX) return null;
    if (order <= 0) old.next();
    if (order >= 0) now.next();
  }
  return {
    before: { rows: old.index, checksum: old.checksum },
    after: { rows: now.index, checksum: now.checksum },
    removed: Uint32Array.from(removed),
    added: Buffer.concat(added),
  };
}

/** Whichever has ended sorts last. */
function orderOf(old: Buffer | null, now: Buffer | null): number {
  if (old === null) return 1;
  return now === null ? -1 : compareRows(old, 0, now, 0);
}

/** The part it lies in may be written anew. */
function copyOf(row: Buffer | null): Buffer {
  return Buffer.from(row ?? []);
}

function sameCount(old: Buffer | null, now: Buffer | null): boolean {
  if (old === null || now === null) return false;
  return old.compare(now, ROW_BYTES - COUNT_BYTES, ROW_BYTES, ROW_BYTES - COUNT_BYTES) === 0;
}

/** One row after another, seen to ascend, with their checksum. */
class RowCursor {
  readonly #parts: Iterator<Buffer>;
  readonly #checksum = new RowChecksum();
  #part: Buffer = Buffer.alloc(0);
  #at = 0;
  /** Of `row`; at the end how many there were. */
  index = 0;
  row: Buffer | null = null;

  constructor(parts: Iterable<Buffer>) {
    this.#parts = parts[Symbol.iterator]();
    this.#load();
  }

  get checksum(): string {
    return this.#checksum.hex;
  }

  next(): void {
    this.index++;
    this.#at += ROW_BYTES;
    this.#load();
  }

  #load(): void {
    const last = this.row;
    while (this.#at >= this.#part.length) {
      const next = this.#parts.next();
      if (next.done === true) {
        this.row = null;
        return;
      }
      this.#part = next.value;
      this.#checksum.add(next.value);
      this.#at = 0;
    }
    this.row = this.#part.subarray(this.#at, this.#at + ROW_BYTES);
    if (last !== null && compareRows(last, 0, this.row, 0) >= 0) {
      throw new InputError('expected the rows of a register in order and once each');
    }
  }
}
