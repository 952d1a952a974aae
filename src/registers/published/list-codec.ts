import { decode, encode, rfc8949EncodeOptions } from 'cborg';
import { InputError } from '../../kernel/errors.ts';

/** Lists that travel beside registers, in the order a manifest names them. */
export const LIST_NAMES = ['notices', 'attributes', 'officers'] as const;
export type ListName = (typeof LIST_NAMES)[number];

export const LIST_BYTES_MAX = 4 * 1024 * 1024;
export const LIST_ROWS_MAX = 50_000;

/** One value of a row as CBOR has it; a nested array at most. */
export type ListValue = string | number | Uint8Array | readonly ListValue[];

/** Deterministic CBOR (RFC 8949, 4.2.1): an array of the label and of the rows, each an array. */
export function encodeList(label: string, rows: readonly (readonly ListValue[])[]): Uint8Array {
  return encode([label, rows], rfc8949EncodeOptions);
}

/** Reads what `encodeList` writes; `readRow` throws InputError for a row that does not fit. */
export function decodeList<Row>(
  bytes: Uint8Array,
  label: string,
  readRow: (row: RowReader) => Row,
): Row[] {
  if (bytes.length > LIST_BYTES_MAX) throw unfit(label, `at most ${LIST_BYTES_MAX} bytes`);
  const value = decodeCbor(bytes, label);
  const [came, rows, ...others] = Array.isArray(value) ? (value as unknown[]) : [];
  if (came !== label || !Array.isArray(rows) || others.length > 0) {
    throw unfit(label, 'its label and its rows');
  }
  if (rows.length > LIST_ROWS_MAX) throw unfit(label, `at most ${LIST_ROWS_MAX} rows`);
  // Numbers longer than need be, and whatever else a lax decoder takes, show here.
  if (!Buffer.from(encode(value, rfc8949EncodeOptions)).equals(bytes)) {
    throw unfit(label, 'the deterministic encoding');
  }
  return rows.map((row: unknown, index) => {
    const reader = new RowReader(row, `${label}, row ${index}`);
    const read = readRow(reader);
    reader.end();
    return read;
  });
}

/** The fields of one row, one after another. */
export class RowReader {
  readonly #fields: readonly unknown[];
  readonly #what: string;
  #at = 0;

  constructor(row: unknown, what: string) {
    this.#what = what;
    if (!Array.isArray(row)) throw this.unfit('an array');
    this.#fields = row;
  }

  whole(min: number, max: number): number {
    const value = this.#next();
    const fits = typeof value === 'number' && Number.isInteger(value);
    if (fits && value >= min && value <= max) return value;
    throw this.unfit(`a whole number from ${min} to ${max}`);
  }

  text(pattern: RegExp): string {
    const value = this.#next();
    if (typeof value === 'string' && pattern.test(value)) return value;
    throw this.unfit(`a text like ${pattern.source}`);
  }

  bytes(length: number): Uint8Array {
    const value = this.#next();
    if (value instanceof Uint8Array && value.length === length) return value;
    throw this.unfit(`${length} bytes`);
  }

  /** Whatever stands there. */
  any(): unknown {
    return this.#next();
  }

  nested(): RowReader {
    return new RowReader(this.#next(), this.#what);
  }

  end(): void {
    if (this.#at !== this.#fields.length) {
      throw this.unfit(`${this.#at} fields, came ${this.#fields.length}`);
    }
  }

  unfit(expected: string): InputError {
    return unfit(this.#what, expected);
  }

  #next(): unknown {
    return this.#fields[this.#at++];
  }
}

function decodeCbor(bytes: Uint8Array, label: string): unknown {
  try {
    return decode(bytes, {
      strict: true,
      allowIndefinite: false,
      allowUndefined: false,
      allowInfinity: false,
      allowNaN: false,
      allowBigInt: false,
      rejectDuplicateMapKeys: true,
      useMaps: true,
    });
  } catch (error) {
    throw new InputError(`${label}: expected deterministic CBOR`, { cause: error });
  }
}

function unfit(label: string, expected: string): InputError {
  return new InputError(`${label}: expected ${expected}`);
}
