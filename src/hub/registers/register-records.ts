import { InputError } from '../../kernel/errors.ts';
import {
  CANARY_FROM_DAY,
  CANARY_SOURCE_ID,
  CANARY_UNTIL_DAY,
  canaryNumber,
  STATUS_IDS,
  STATUSES,
} from '../../registers/canaries.ts';
import {
  RECORD_BYTES,
  RECORD_WORDS,
  type RecordFields,
  sameKey,
  sameSubject,
  sortAndMerge,
  wordsOf,
  writeRecord,
} from '../../registers/entry-record.ts';
import type { Subject } from '../../registers/lookup.ts';
import { SOURCE_AT } from '../../registers/row.ts';
import { subjectDigest } from '../../registers/subject-key.ts';

/**
 * All rows of a register in one generation, sorted, each with what tells two subjects of one key apart (see
 * entry-record.ts). A source belongs to one batch, so batches never share a row.
 */
export type Records = Buffer;

/** Where a record has its source: eight bytes further than a row. */
const RECORD_SOURCE_AT = SOURCE_AT + 8;
const PARTITIONS = 256;

export type Entry = RecordFields & { readonly subject: Subject };

/** Gathers entries in any order; `rowsMax` of them at the most. */
export class RecordsBuilder {
  readonly #key: Uint8Array;
  readonly #records: Buffer;
  #length = 0;

  constructor(registerKey: Uint8Array, rowsMax: number) {
    this.#key = registerKey;
    this.#records = Buffer.allocUnsafe(rowsMax * RECORD_BYTES);
  }

  add({ subject: { kind, value }, ...fields }: Entry): void {
    writeRecord(this.#records, this.#length, subjectDigest(this.#key, kind, value), fields);
    this.#length += RECORD_BYTES;
  }

  /** Sorted, equal ones merged. Throws InputError when two subjects have one key (security R1). */
  finish(): Records {
    const parts = partitioned(this.#records.subarray(0, this.#length)).map(sortAndMerge);
    const sorted = Buffer.concat(parts);
    for (let at = RECORD_BYTES; at < sorted.length; at += RECORD_BYTES) {
      refuseCollision(sorted, at - RECORD_BYTES, sorted, at);
    }
    return sorted;
  }
}

/** Security R4: the numbers by which a station proves that red still works. */
export function canaryEntries(): readonly Entry[] {
  return STATUSES.map((status) => ({
    subject: { kind: 'number', value: canaryNumber(status) },
    ...{ status: STATUS_IDS[status], source: CANARY_SOURCE_ID, attribute: 0 },
    ...{ fromDay: CANARY_FROM_DAY, untilDay: CANARY_UNTIL_DAY },
  }));
}

export type Applied = {
  readonly records: Records;
  /** Ascending, into the records before. */
  readonly removed: Uint32Array;
  readonly removedRecords: Records;
};

/** Takes the rows of some sources away and puts others in. Throws InputError for two subjects of one key. */
export function applyChange(
  before: Records,
  removeSources: ReadonlySet<number>,
  added: Records,
): Applied {
  const { kept, removed, removedRecords } = withoutSources(before, removeSources);
  return { records: merged(kept, added), removed, removedRecords };
}

/** How many different subjects there are, canaries too. */
export function countSubjects(records: Records): number {
  const words = wordsOf(records);
  let subjects = 0;
  for (let at = 0; at < words.length; at += RECORD_WORDS) {
    const isSame =
      at > 0 &&
      words[at] === words[at - RECORD_WORDS] &&
      words[at + 1] === words[at - RECORD_WORDS + 1];
    if (!isSame) subjects++;
  }
  return subjects;
}

function withoutSources(before: Records, sources: ReadonlySet<number>) {
  const removed: number[] = [];
  if (sources.size > 0) {
    for (let at = RECORD_SOURCE_AT, row = 0; at < before.length; at += RECORD_BYTES, row++) {
      if (sources.has(before[at] ?? 0)) removed.push(row);
    }
  }
  const gone = removed.map((row) => before.subarray(row * RECORD_BYTES, (row + 1) * RECORD_BYTES));
  return {
    kept: removed.length === 0 ? before : withoutRows(before, removed),
    removed: Uint32Array.from(removed),
    removedRecords: Buffer.concat(gone),
  };
}

function withoutRows(before: Records, removed: readonly number[]): Records {
  const kept = Buffer.allocUnsafe(before.length - removed.length * RECORD_BYTES);
  let length = 0;
  let from = 0;
  for (const row of [...removed, before.length / RECORD_BYTES]) {
    length += before.copy(kept, length, from, row * RECORD_BYTES);
    from = (row + 1) * RECORD_BYTES;
  }
  return kept;
}

/** Copies what lies between two added records in one piece. */
function merged(kept: Records, added: Records): Records {
  if (added.length === 0) return kept;
  const all = Buffer.allocUnsafe(kept.length + added.length);
  let length = 0;
  let from = 0;
  for (let at = 0; at < added.length; at += RECORD_BYTES) {
    const place = placeOf(kept, from, added, at);
    if (place > 0) refuseCollision(kept, place - RECORD_BYTES, added, at);
    if (place < kept.length) refuseCollision(kept, place, added, at);
    length += kept.copy(all, length, from, place);
    length += added.copy(all, length, at, at + RECORD_BYTES);
    from = place;
  }
  kept.copy(all, length, from);
  return all;
}

/** The first byte of the first record in `kept`, from `from` on, that sorts after the one in `added`. */
function placeOf(kept: Records, from: number, added: Records, at: number): number {
  let low = from / RECORD_BYTES;
  let high = kept.length / RECORD_BYTES;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const start = middle * RECORD_BYTES;
    const order = kept.compare(added, at, at + RECORD_BYTES, start, start + RECORD_BYTES);
    if (order < 0) low = middle + 1;
    else high = middle;
  }
  return low * RECORD_BYTES;
}

function refuseCollision(a: Records, aAt: number, b: Records, bAt: number): void {
  const pair = Buffer.concat([
    a.subarray(aAt, aAt + RECORD_BYTES),
    b.subarray(bAt, bAt + RECORD_BYTES),
  ]);
  if (!sameKey(pair, 0, RECORD_BYTES) || sameSubject(pair, 0, RECORD_BYTES)) return;
  throw new InputError(
    'two listed numbers have the same key in this generation: start a new generation of the region’s key, or one person would bear the other’s status',
  );
}

/** By the first byte of the key, so that each part is quickly sorted. */
function partitioned(records: Buffer): readonly Buffer[] {
  const counts = new Uint32Array(PARTITIONS);
  for (let at = 0; at < records.length; at += RECORD_BYTES) {
    const first = records[at] ?? 0;
    counts[first] = (counts[first] ?? 0) + 1;
  }
  const parts = Array.from(counts, (count) => Buffer.allocUnsafe(count * RECORD_BYTES));
  const used = new Uint32Array(PARTITIONS);
  for (let at = 0; at < records.length; at += RECORD_BYTES) {
    const first = records[at] ?? 0;
    const length = used[first] ?? 0;
    records.copy(parts[first] ?? records, length, at, at + RECORD_BYTES);
    used[first] = length + RECORD_BYTES;
  }
  return parts;
}
