import { constants, deflateRawSync, inflateRawSync } from 'node:zlib';
import { InputError } from '../../kernel/errors.ts';
import { CANARY_UNTIL_DAY } from '../canaries.ts';
import { KEY_BYTES, ROW_BYTES, readFields, SOURCE_AT, writeFields } from '../row.ts';

/**
 * All of the rows but their keys. Rows of one source are much alike, so from-days are told from the source's most frequent
 * one; what is left of a row (status, from so told, duration, attribute, count) is one of few kinds. Before compression:
 *
 *     sources: count (2), ids (1 each), their days (4 each)
 *     kinds: count (4), statuses (1 each), froms (4 each), durations (4 each), attributes (4 each), counts (2 each)
 *     of every row its source (1 each)
 *     of every row its kind (1 each), 255 for kinds from 255 on; then of every row with 255 the highest byte of its kind,
 *     then of each the middle, then of each the lowest; nothing of all this where there is but one kind
 *
 * Integers are big-endian, days and differences of days offset by 2^31.
 */
export type Columns = { readonly rawBytes: number; readonly compressed: Uint8Array };

const OFFSET = 0x8000_0000;
/** 1900-01-01, the first day there is here. */
const DAY_MIN = -25_567;
const DAY_MAX = CANARY_UNTIL_DAY;
const SOURCES_MAX = 256;
const SOURCE_BYTES = 5;
const KIND_BYTES = 15;
/** Stands for a kind that does not fit one byte. */
const LONG_KIND = 255;
const LONG_KIND_BYTES = 3;
const HEAD_BYTES = 6;

type Kind = {
  readonly status: number;
  readonly from: number;
  readonly duration: number;
  readonly attribute: number;
  readonly count: number;
};

/** As many bytes as columns of that many rows can have before compression. */
export function columnBytesMax(rows: number): number {
  return HEAD_BYTES + SOURCES_MAX * SOURCE_BYTES + rows * (KIND_BYTES + 2 + LONG_KIND_BYTES);
}

export function encodeColumns(rows: Buffer): Columns {
  const days = daysOfSources(rows);
  const { kinds, kindOfRow } = kindsOf(rows, days);
  const sources = Buffer.allocUnsafe(kindOfRow.length);
  for (let row = 0; row < sources.length; row++) {
    sources[row] = rows[row * ROW_BYTES + SOURCE_AT] ?? 0;
  }
  const indices = kinds.length > 1 ? encodeIndices(kindOfRow) : [];
  const raw = Buffer.concat([encodeSources(days), encodeKinds(kinds), sources, ...indices]);
  return { rawBytes: raw.length, compressed: deflate(raw) };
}

/** Writes what follows the keys into every row of `rows`. Throws InputError that begins with `what`. */
export function decodeColumns(rows: Buffer, { rawBytes, compressed }: Columns, what: string): void {
  const count = rows.length / ROW_BYTES;
  const reader = new RawReader(inflate(compressed, rawBytes, what), what);
  const days = readSources(reader);
  const kinds = readKinds(reader, count);
  const sources = reader.take(count);
  const kindOfRow = kinds.length > 1 ? readIndices(reader, count) : new Uint32Array(count);
  reader.end();
  const written = new Map<number, Buffer>();
  for (let row = 0; row < count; row++) {
    const source = sources[row] ?? 0;
    const kind = kindOfRow[row] ?? 0;
    const name = (kind << 8) | source;
    let fields = written.get(name);
    if (fields === undefined) {
      fields = fieldsOf(kinds[kind], days[source] ?? null, source, what);
      written.set(name, fields);
    }
    fields.copy(rows, row * ROW_BYTES + KEY_BYTES, KEY_BYTES);
  }
}

function fieldsOf(
  kind: Kind | undefined,
  day: number | null,
  source: number,
  what: string,
): Buffer {
  if (kind === undefined || day === null) throw unfit(what, 'rows of listed sources and kinds');
  const fromDay = day + kind.from;
  const untilDay = fromDay + kind.duration;
  const fits = [fromDay, untilDay].every((one) => one >= DAY_MIN && one <= DAY_MAX);
  if (!fits) throw unfit(what, 'days from 1900 to 2399');
  const fields = Buffer.alloc(ROW_BYTES);
  writeFields(fields, 0, { ...kind, fromDay, untilDay, source });
  return fields;
}

/** The most frequent from-day of every source there is. */
function daysOfSources(rows: Buffer): ReadonlyMap<number, number> {
  const counts = new Map<number, Map<number, number>>();
  for (let at = 0; at < rows.length; at += ROW_BYTES) {
    const { source, fromDay } = readFields(rows, at);
    const days = counts.get(source) ?? new Map<number, number>();
    counts.set(source, days);
    days.set(fromDay, (days.get(fromDay) ?? 0) + 1);
  }
  const ordered = [...counts].sort(([a], [b]) => a - b);
  return new Map(
    ordered.map(([source, days]) => {
      const [[day] = [0]] = [...days].sort(([a, x], [b, y]) => y - x || a - b);
      return [source, day];
    }),
  );
}

/** The different kinds, the most frequent first so that few bytes of an index vary, and which one every row is of. */
function kindsOf(
  rows: Buffer,
  days: ReadonlyMap<number, number>,
): { readonly kinds: readonly Kind[]; readonly kindOfRow: Uint32Array } {
  const found = new Map<string, { kind: Kind; rows: number; index: number }>();
  const first = new Uint32Array(rows.length / ROW_BYTES);
  for (let row = 0; row < first.length; row++) {
    const { status, fromDay, untilDay, source, attribute, count } = readFields(
      rows,
      row * ROW_BYTES,
    );
    const from = fromDay - (days.get(source) ?? 0);
    const kind = { status, from, duration: untilDay - fromDay, attribute, count };
    const name = `${status},${from},${kind.duration},${attribute},${count}`;
    const known = found.get(name) ?? { kind, rows: 0, index: found.size };
    found.set(name, known);
    known.rows++;
    first[row] = known.index;
  }
  const ordered = [...found.values()].sort((a, b) => b.rows - a.rows || a.index - b.index);
  const place = new Uint32Array(ordered.length);
  ordered.forEach(({ index }, at) => {
    place[index] = at;
  });
  return { kinds: ordered.map(({ kind }) => kind), kindOfRow: first.map((at) => place[at] ?? 0) };
}

function encodeSources(days: ReadonlyMap<number, number>): Buffer {
  const bytes = Buffer.alloc(2 + days.size * SOURCE_BYTES);
  bytes.writeUInt16BE(days.size, 0);
  [...days].forEach(([source, day], index) => {
    bytes[2 + index] = source;
    bytes.writeUInt32BE(day + OFFSET, 2 + days.size + index * 4);
  });
  return bytes;
}

function encodeKinds(kinds: readonly Kind[]): Buffer {
  const size = kinds.length;
  const bytes = Buffer.alloc(4 + size * KIND_BYTES);
  bytes.writeUInt32BE(size, 0);
  kinds.forEach(({ status, from, duration, attribute, count }, index) => {
    bytes[4 + index] = status;
    bytes.writeUInt32BE(from + OFFSET, 4 + size + index * 4);
    bytes.writeUInt32BE(duration + OFFSET, 4 + size * 5 + index * 4);
    bytes.writeUInt32BE(attribute, 4 + size * 9 + index * 4);
    bytes.writeUInt16BE(count, 4 + size * 13 + index * 2);
  });
  return bytes;
}

function encodeIndices(kindOfRow: Uint32Array): Buffer[] {
  const short = Buffer.from(kindOfRow.map((kind) => Math.min(kind, LONG_KIND)));
  const long = kindOfRow.filter((kind) => kind >= LONG_KIND);
  const planes = [16, 8, 0].map((shift) =>
    Buffer.from(long.map((kind) => (kind >>> shift) & 0xff)),
  );
  return [short, ...planes];
}

function readIndices(reader: RawReader, rows: number): Uint32Array {
  const indices = Uint32Array.from(reader.take(rows));
  const longs = indices.reduce((sum, kind) => (kind === LONG_KIND ? sum + 1 : sum), 0);
  const [high, middle, low] = [reader.take(longs), reader.take(longs), reader.take(longs)];
  let at = 0;
  for (let row = 0; row < rows; row++) {
    if (indices[row] !== LONG_KIND) continue;
    indices[row] = ((high[at] ?? 0) << 16) | ((middle[at] ?? 0) << 8) | (low[at] ?? 0);
    at++;
  }
  return indices;
}

function readSources(reader: RawReader): (number | null)[] {
  const size = reader.take(2).readUInt16BE();
  const ids = reader.take(size);
  const days = reader.take(size * 4);
  const bySource = new Array<number | null>(SOURCES_MAX).fill(null);
  ids.forEach((id, index) => {
    bySource[id] = days.readUInt32BE(index * 4) - OFFSET;
  });
  return bySource;
}

function readKinds(reader: RawReader, rows: number): Kind[] {
  const size = reader.take(4).readUInt32BE();
  if (size > rows) throw reader.unfit('no more kinds than rows');
  const statuses = reader.take(size);
  const froms = reader.take(size * 4);
  const durations = reader.take(size * 4);
  const attributes = reader.take(size * 4);
  const counts = reader.take(size * 2);
  return Array.from({ length: size }, (_, index) => {
    const status = statuses[index] ?? 0;
    const count = counts.readUInt16BE(index * 2);
    if (status === 0 || count === 0) throw reader.unfit('statuses and counts from 1');
    return {
      ...{ status, count, attribute: attributes.readUInt32BE(index * 4) },
      from: froms.readUInt32BE(index * 4) - OFFSET,
      duration: durations.readUInt32BE(index * 4) - OFFSET,
    };
  });
}

/** Columns of hashed order hold few repetitions: mostly bare Huffman codes are shorter. */
function deflate(raw: Buffer): Uint8Array {
  const [one, other] = [constants.Z_HUFFMAN_ONLY, constants.Z_DEFAULT_STRATEGY].map((strategy) =>
    deflateRawSync(raw, { strategy }),
  );
  if (one === undefined || other === undefined) return deflateRawSync(raw);
  return one.length <= other.length ? one : other;
}

function inflate(compressed: Uint8Array, rawBytes: number, what: string): Buffer {
  try {
    const raw = inflateRawSync(compressed, { maxOutputLength: Math.max(1, rawBytes) });
    if (raw.length === rawBytes) return raw;
  } catch (error) {
    throw new InputError(`${what}: expected columns that inflate to ${rawBytes} bytes`, {
      cause: error,
    });
  }
  throw unfit(what, `columns that inflate to ${rawBytes} bytes`);
}

function unfit(what: string, expected: string): InputError {
  return new InputError(`${what}: expected ${expected}`);
}

class RawReader {
  readonly #bytes: Buffer;
  readonly #what: string;
  #at = 0;

  constructor(bytes: Buffer, what: string) {
    this.#bytes = bytes;
    this.#what = what;
  }

  take(length: number): Buffer {
    if (this.#at + length > this.#bytes.length) throw this.unfit('longer columns');
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  end(): void {
    if (this.#at !== this.#bytes.length) throw this.unfit('nothing after the columns');
  }

  unfit(expected: string): InputError {
    return unfit(this.#what, expected);
  }
}
