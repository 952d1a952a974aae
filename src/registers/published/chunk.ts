import { createHash } from 'node:crypto';
import { canonicalBytes, toHex } from '../../kernel/bytes.ts';
import { CanonicalReader } from '../../kernel/canonical-reader.ts';
import { InputError } from '../../kernel/errors.ts';
import { ROW_BYTES } from '../row.ts';
import { decodeRows, encodeRows } from './row-coding.ts';

const LABEL = 'chot/chunk/v1';
/** Rows of one chunk: three times an even share of the longest list. */
export const CHUNK_ROWS_MAX = 262_144;
export const CHUNK_BYTES_MAX = 8 * 1024 * 1024;
/** A register is published in one chunk, or in 256 by the first byte of the key. */
export const CHUNKS_MANY = 256;
/** Up to here one chunk costs fewer requests than it costs bytes when one row changes. */
const ROWS_IN_ONE_CHUNK_MAX = 50_000;

export type ChunkPlace = { readonly number: number; readonly chunks: 1 | 256 };

export type PublishedFile = {
  /** Lower-case hexadecimal; the file's name. */
  readonly sha256: string;
  readonly bytes: number;
  readonly rows: number;
};

export type MadeFile = PublishedFile & { readonly content: Uint8Array };

/** How many chunks a register of so many rows is published in. */
export function chunksFor(rows: number): 1 | 256 {
  return rows <= ROWS_IN_ONE_CHUNK_MAX ? 1 : CHUNKS_MANY;
}

/** `rows`: sorted, all of the place's key range, at most CHUNK_ROWS_MAX. */
export function encodeChunk(rows: Buffer, { number, chunks }: ChunkPlace): Uint8Array {
  return canonicalBytes([LABEL, number, chunks, ...encodeRows(rows, startOf({ number, chunks }))]);
}

/** The rows of a chunk; throws InputError unless it is the one for this place and whole. */
export function decodeChunk(bytes: Uint8Array, place: ChunkPlace): Buffer {
  const what = `chunk ${place.number}`;
  const reader = new CanonicalReader(bytes, what);
  reader.label(LABEL);
  const number = reader.uint64();
  const chunks = reader.uint64();
  if (number !== place.number || chunks !== place.chunks) {
    throw new InputError(`${what}: expected its own place, came ${number} of ${chunks}`);
  }
  const rows = decodeRows(reader, startOf(place), CHUNK_ROWS_MAX, what);
  reader.end();
  const isWithin = chunks === 1 || (rows.at(-ROW_BYTES) ?? number) === number;
  if (!isWithin) throw new InputError(`${what}: expected keys of its own range`);
  return rows;
}

/**
 * Chunks of a whole register, one at a time, in order; every part of `parts` follows the one before in key order. Key ranges
 * without rows have no chunk.
 */
export function* chunksOf(
  parts: Iterable<Buffer>,
  chunks: 1 | 256,
): Generator<MadeFile & ChunkPlace> {
  let pending: Buffer[] = [];
  let number = 0;
  for (const part of parts) {
    for (let from = 0; from < part.length; ) {
      const first = chunks === 1 ? 0 : (part[from] ?? 0);
      if (first !== number && pending.length > 0) {
        yield made(Buffer.concat(pending), { number, chunks });
        pending = [];
      }
      number = first;
      const end = chunks === 1 ? part.length : rangeEnd(part, from, number);
      // A copy: whoever gives parts may use their memory again.
      pending.push(Buffer.from(part.subarray(from, end)));
      from = end;
    }
  }
  if (pending.length > 0) yield made(Buffer.concat(pending), { number, chunks });
}

/** The file's name: SHA-256 of its bytes. */
export function fileName(content: Uint8Array): string {
  return toHex(createHash('sha256').update(content).digest());
}

function made(rows: Buffer, place: ChunkPlace): MadeFile & ChunkPlace {
  const count = rows.length / ROW_BYTES;
  if (count > CHUNK_ROWS_MAX) {
    throw new InputError(`chunk ${place.number}: expected at most ${CHUNK_ROWS_MAX} rows`);
  }
  const content = encodeChunk(rows, place);
  return { ...place, content, sha256: fileName(content), bytes: content.length, rows: count };
}

/** The upper half of the smallest key of the place. */
function startOf({ number }: ChunkPlace): number {
  return number * 0x100_0000;
}

/** Where, from byte `from` on, keys begin whose first byte is higher than `number`. */
function rangeEnd(rows: Buffer, from: number, number: number): number {
  let low = from / ROW_BYTES;
  let high = rows.length / ROW_BYTES;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((rows[middle * ROW_BYTES] ?? 0) <= number) low = middle + 1;
    else high = middle;
  }
  return low * ROW_BYTES;
}
