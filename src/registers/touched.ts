import { InputError } from '../kernel/errors.ts';
import type { BlockFile } from './block-file.ts';
import type { Delta } from './published/delta.ts';
import { compareKeys, compareRows, KEY_BYTES, ROW_BYTES, subjectEnd } from './row.ts';
import { RowChecksum } from './row-checksum.ts';
import { SUBJECT_ROWS_MAX } from './snapshot-schema.ts';

/** A subject that changed since a base. */
export type Touched = {
  readonly key: Buffer;
  /** Where its rows stand, or would stand, among the base's, and how many there are. */
  readonly baseIndex: number;
  readonly baseRows: number;
  /** As they are now; none: the subject is listed no more. */
  readonly rows: Buffer;
};

/** A register's content: what changed since a base, by key, and what is to be said of the whole. */
export type Content = {
  readonly touched: readonly Touched[];
  readonly rows: number;
  readonly subjects: number;
  readonly checksum: string;
};

/** What a delta does to a subject: which of its rows it takes away, ascending, and what it adds. */
type Change = {
  readonly subject: Touched;
  readonly removed: readonly number[];
  readonly added: Buffer;
};

/** The content after a delta. Throws InputError for one that does not lead on from here, and changes nothing then. */
export function applyDelta(base: BlockFile, content: Content, delta: Delta): Content {
  const { before, after } = delta;
  if (before.rows !== content.rows || before.checksum !== content.checksum) {
    throw new InputError(`delta to version ${delta.to}: expected one from the rows that are here`);
  }
  const checksum = RowChecksum.of(content.checksum).add(delta.added);
  let subjects = content.subjects;
  const changed: Touched[] = [];
  for (const { subject, removed, added } of changesOf(base, content.touched, delta)) {
    const rows = changedRows(subject.rows, removed, added, checksum);
    subjects += Number(rows.length > 0) - Number(subject.rows.length > 0);
    changed.push({ ...subject, rows });
  }
  if (checksum.hex !== after.checksum) {
    throw new InputError(`delta to version ${delta.to}: expected the rows its publisher has`);
  }
  const touched = merged(content.touched, changed);
  return { touched, rows: after.rows, subjects, checksum: checksum.hex };
}

/** Base and changes as sorted rows, a part at a time, every subject whole. */
export function* mergedParts(base: BlockFile, touched: readonly Touched[]): Generator<Buffer> {
  let at = 0;
  let blockStart = 0;
  /** Base rows below this are replaced or given. */
  let done = 0;
  for (const block of base.blocks()) {
    const blockEnd = blockStart + block.length / ROW_BYTES;
    const parts: Buffer[] = [];
    for (let next = touched[at]; next !== undefined; next = touched[at]) {
      if (next.baseIndex >= blockEnd) break;
      parts.push(slice(block, blockStart, done, next.baseIndex), next.rows);
      done = next.baseIndex + next.baseRows;
      at++;
    }
    parts.push(slice(block, blockStart, done, blockEnd));
    done = Math.max(done, blockEnd);
    blockStart = blockEnd;
    yield Buffer.concat(parts);
  }
  yield Buffer.concat(touched.slice(at).map(({ rows }) => rows));
}

function slice(block: Buffer, blockStart: number, from: number, to: number): Buffer {
  const first = Math.max(0, from - blockStart);
  return block.subarray(first * ROW_BYTES, Math.max(first, to - blockStart) * ROW_BYTES);
}

/**
 * Every subject that the delta removes rows of or adds rows to, by key. Both go through the base in its order, so that hardly a
 * page of it is read twice.
 */
function* changesOf(
  base: BlockFile,
  touched: readonly Touched[],
  { removed, added }: Delta,
): Generator<Change> {
  const removals = removalsOf(base, touched, removed);
  let removal = removals.next().value;
  for (const rows of additionsOf(added)) {
    while (removal !== undefined && compareKeys(removal.subject.key, 0, rows, 0) < 0) {
      yield removal;
      removal = removals.next().value;
    }
    if (removal !== undefined && compareKeys(removal.subject.key, 0, rows, 0) === 0) {
      yield { ...removal, added: rows };
      removal = removals.next().value;
    } else {
      yield { subject: subjectOf(base, touched, rows), removed: [], added: rows };
    }
  }
  for (; removal !== undefined; removal = removals.next().value) yield removal;
}

/** The rows of one subject after another. */
function* additionsOf(added: Buffer): Generator<Buffer> {
  for (let row = 0; row < added.length / ROW_BYTES; ) {
    const end = subjectEnd(added, row);
    yield added.subarray(row * ROW_BYTES, end * ROW_BYTES);
    row = end;
  }
}

/** The subjects in whose rows the indices fall, by key, with nothing added. */
function* removalsOf(
  base: BlockFile,
  touched: readonly Touched[],
  indices: Uint32Array,
): Generator<Change, undefined> {
  let subject: Touched | null = null;
  let removed: number[] = [];
  for (const at of subjectsAt(base, touched, indices)) {
    if (subject !== null && compareKeys(subject.key, 0, at.subject.key, 0) === 0) {
      removed.push(at.row);
      continue;
    }
    if (subject !== null) yield { subject, removed, added: NOTHING };
    subject = at.subject;
    removed = [at.row];
  }
  if (subject !== null) yield { subject, removed, added: NOTHING };
}

/** For every index the subject in whose rows it falls, and which of them it is. */
function* subjectsAt(
  base: BlockFile,
  touched: readonly Touched[],
  indices: Uint32Array,
): Generator<{ readonly subject: Touched; readonly row: number }> {
  let at = 0;
  /** How much further rows stand now than in the base. */
  let shift = 0;
  for (const index of indices) {
    let next = touched[at];
    while (next !== undefined && next.baseIndex + shift + rowCount(next) <= index) {
      shift += rowCount(next) - next.baseRows;
      at++;
      next = touched[at];
    }
    if (next !== undefined && index >= next.baseIndex + shift) {
      yield { subject: next, row: index - next.baseIndex - shift };
      continue;
    }
    const found = base.subjectAt(index - shift);
    yield { subject: fromBase(found), row: index - shift - found.index };
  }
}

/** The subject whose key the rows have. */
function subjectOf(base: BlockFile, touched: readonly Touched[], rows: Buffer): Touched {
  let low = 0;
  let high = touched.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const order = compareKeys(touched[middle]?.key ?? rows, 0, rows, 0);
    if (order < 0) low = middle + 1;
    else high = middle;
  }
  const there = touched[low];
  if (there !== undefined && compareKeys(there.key, 0, rows, 0) === 0) return there;
  const found = base.locate(rows.readUInt32BE(0), rows.readUInt32BE(4));
  return { ...fromBase(found), key: Buffer.from(rows.subarray(0, KEY_BYTES)) };
}

function fromBase({ rows, index }: { readonly rows: Buffer; readonly index: number }): Touched {
  const own = Buffer.from(rows);
  return {
    key: own.subarray(0, KEY_BYTES),
    baseIndex: index,
    baseRows: rowCountOf(own),
    rows: own,
  };
}

/** Takes what is removed out of `checksum`. */
function changedRows(
  rows: Buffer,
  removed: readonly number[],
  added: Buffer,
  checksum: RowChecksum,
): Buffer {
  // Somebody new.
  if (rows.length === 0 && rowCountOf(added) <= SUBJECT_ROWS_MAX) return added;
  const kept: Buffer[] = [];
  for (let row = 0; row < rowCountOf(rows); row++) {
    const one = rows.subarray(row * ROW_BYTES, (row + 1) * ROW_BYTES);
    if (removed.includes(row)) checksum.subtract(one);
    else kept.push(one);
  }
  if (kept.length === 0 && added.length === 0) return NOTHING;
  for (let at = 0; at < added.length; at += ROW_BYTES)
    kept.push(added.subarray(at, at + ROW_BYTES));
  kept.sort((a, b) => compareRows(a, 0, b, 0));
  const isTwice = kept.some((row, at) => compareRows(kept[at + 1] ?? NONE, 0, row, 0) === 0);
  if (isTwice || kept.length > SUBJECT_ROWS_MAX) {
    throw new InputError('delta: expected rows that are not there yet, at most 256 of a subject');
  }
  return Buffer.concat(kept);
}

const NOTHING = Buffer.alloc(0);

/** Sorts before every row. */
const NONE = Buffer.alloc(ROW_BYTES);

/** Both by key; of the same subject the later counts. */
function merged(earlier: readonly Touched[], later: readonly Touched[]): Touched[] {
  const all: Touched[] = [];
  let at = 0;
  for (const one of later) {
    let next = earlier[at];
    while (next !== undefined && compareKeys(next.key, 0, one.key, 0) < 0) {
      all.push(next);
      at++;
      next = earlier[at];
    }
    if (next !== undefined && compareKeys(next.key, 0, one.key, 0) === 0) at++;
    all.push(one);
  }
  return [...all, ...earlier.slice(at)];
}

function rowCount({ rows }: Touched): number {
  return rowCountOf(rows);
}

function rowCountOf(rows: Buffer): number {
  return rows.length / ROW_BYTES;
}
