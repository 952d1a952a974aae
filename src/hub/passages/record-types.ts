import type { StoredRecord } from '../../journal/record.ts';
import { decodeRecord } from '../../journal/record-codec.ts';
import { InputError } from '../../kernel/errors.ts';

/** Numbers of record types in the index; 0 is a record that was erased. Added to, never changed. */
export const TYPE_NUMBERS: { readonly [Type in StoredRecord['type']]: number } = {
  passage: 1,
  amendment: 2,
  action: 3,
  end: 4,
  mode: 5,
  gap: 6,
  paper: 7,
  'look-up': 8,
  trust: 9,
  officer: 10,
};
export const ERASED = 0;

export const VERDICT_NUMBERS = { pass: 0, check: 1, stop: 2 } as const;

export type RecordRow = {
  readonly type: number;
  readonly passage: number | null;
  readonly verdict: number | null;
  readonly atMs: number;
  readonly subject: Uint8Array | null;
  readonly number: number | null;
};

/** What a record is found by. */
export function rowOf(record: StoredRecord): RecordRow {
  const { type, atMs } = record;
  const isDecided = type === 'passage' || type === 'amendment';
  const key = isDecided || type === 'look-up' ? record.subjectKey : null;
  return {
    type: TYPE_NUMBERS[type],
    passage: 'passage' in record ? record.passage : null,
    verdict: isDecided ? VERDICT_NUMBERS[record.verdict] : null,
    atMs,
    subject: key === null ? null : subjectBytes(key),
    number: isDecided && record.number !== null ? Number(record.number) : null,
  };
}

/** 8 bytes of the 16 hexadecimal digits of a subject key. Throws InputError for anything else. */
export function subjectBytes(key: string): Uint8Array {
  if (!/^[0-9a-f]{16}$/.test(key)) {
    throw new InputError('subject key: expected 16 hexadecimal digits');
  }
  return Buffer.from(key, 'hex');
}

/** 12 digits have a place in a double; leading zeros are those that are missing. */
export function numberOf(number: string): number {
  if (!/^[0-9]{12}$/.test(number)) throw new InputError('number: expected 12 digits');
  return Number(number);
}

export function recordFrom(body: Uint8Array): StoredRecord {
  return decodeRecord(body);
}
