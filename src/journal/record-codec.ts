import { encode, rfc8949EncodeOptions } from 'cborg';
import type { StoredRecord } from './record.ts';
import {
  entryFromWire,
  entryToWire,
  layoutEntries,
  refuseOtherKeys,
  unfit,
  type Wire,
  within,
} from './record-fields.ts';
import { LAYOUTS } from './record-layout.ts';
import { decodeStrictMap } from './strict-cbor.ts';

/** The longest record the bounds of the schema are used for: far above any real one, small enough to hold anywhere. */
export const RECORD_BYTES_MAX = 16 * 768 - 4;

type RecordType = StoredRecord['type'];

const ENTRIES = new Map(
  (Object.keys(LAYOUTS) as RecordType[]).map((type) => [type, layoutEntries(LAYOUTS[type])]),
);
const TYPES = [...ENTRIES.keys()].join(', ');
const TYPE_LABEL = 0;

/** Deterministic CBOR (RFC 8949, 4.2.1) of one record. Throws InputError that names the field which does not fit. */
export function encodeRecord(record: StoredRecord): Uint8Array {
  const entries = ENTRIES.get(record.type);
  if (entries === undefined) throw within('record.type', unfit(`one of ${TYPES}`));
  return naming(record.type, () => {
    refuseOtherKeys(record, entries, LAYOUTS[record.type]);
    const values = record as unknown as Record<string, unknown>;
    const wire = new Map<number, Wire>();
    for (const entry of entries) wire.set(entry[1], entryToWire(entry, values));
    const bytes = encode(wire, rfc8949EncodeOptions);
    if (bytes.length <= RECORD_BYTES_MAX) return bytes;
    throw unfit(`at most ${RECORD_BYTES_MAX} bytes, came ${bytes.length}`);
  });
}

/** The record in `bytes`; throws InputError for anything that `encodeRecord` would not have written. */
export function decodeRecord(bytes: Uint8Array): StoredRecord {
  const wire = naming('record', () => decodeMap(bytes));
  const type = wire.get(TYPE_LABEL) as RecordType;
  const entries = ENTRIES.get(type);
  if (entries === undefined) throw within('record.type', unfit(`one of ${TYPES}`));
  return naming(type, () => {
    if (wire.size !== entries.length) throw unfit(`${entries.length} keys, came ${wire.size}`);
    const value: Record<string, unknown> = {};
    for (const entry of entries) value[entry[0]] = entryFromWire(entry, wire.get(entry[1]));
    return value as unknown as StoredRecord;
  });
}

function naming<T>(what: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    throw within(what, error);
  }
}

function decodeMap(bytes: Uint8Array): ReturnType<typeof decodeStrictMap> {
  if (bytes.length <= RECORD_BYTES_MAX) return decodeStrictMap(bytes);
  throw unfit(`at most ${RECORD_BYTES_MAX} bytes, came ${bytes.length}`);
}
