import { decode, encode, rfc8949EncodeOptions } from 'cborg';
import { InputError } from '../kernel/errors.ts';
import type { StoredRecord } from './record.ts';
import { layoutEntries, refuseOtherKeys, unfit, type Wire } from './record-fields.ts';
import { LAYOUTS } from './record-layout.ts';

/** The longest record the bounds of the schema are used for: far above any real one, small enough to hold anywhere. */
export const RECORD_BYTES_MAX = 16 * 768 - 4;

type RecordType = StoredRecord['type'];

const ENTRIES = new Map(
  (Object.keys(LAYOUTS) as RecordType[]).map((type) => [type, layoutEntries(LAYOUTS[type])]),
);
const TYPE_LABEL = 0;

/** Deterministic CBOR (RFC 8949, 4.2.1) of one record. Throws InputError that names the field which does not fit. */
export function encodeRecord(record: StoredRecord): Uint8Array {
  const entries = ENTRIES.get(record.type);
  if (entries === undefined) throw unfit('record.type', `one of ${[...ENTRIES.keys()].join(', ')}`);
  refuseOtherKeys(record, LAYOUTS[record.type], record.type);
  const values = record as unknown as Record<string, unknown>;
  const wire = new Map<number, Wire>();
  for (const [name, label, field] of entries) {
    wire.set(label, field.toWire(values[name], `${record.type}.${name}`));
  }
  const bytes = encode(wire, rfc8949EncodeOptions);
  if (bytes.length > RECORD_BYTES_MAX) {
    throw unfit(record.type, `at most ${RECORD_BYTES_MAX} bytes, came ${bytes.length}`);
  }
  return bytes;
}

/** The record in `bytes`; throws InputError for anything that `encodeRecord` would not have written. */
export function decodeRecord(bytes: Uint8Array): StoredRecord {
  if (bytes.length > RECORD_BYTES_MAX) {
    throw unfit('record', `at most ${RECORD_BYTES_MAX} bytes, came ${bytes.length}`);
  }
  const wire = decodeMap(bytes);
  const type = wire.get(TYPE_LABEL) as RecordType;
  const entries = ENTRIES.get(type);
  if (entries === undefined) throw unfit('record.type', `one of ${[...ENTRIES.keys()].join(', ')}`);
  if (wire.size !== entries.length) throw unfit(type, `${entries.length} keys, came ${wire.size}`);
  const record = Object.fromEntries(
    entries.map(([name, label, field]) => {
      if (!wire.has(label)) throw unfit(`${type}.${name}`, `a value at label ${label}`);
      return [name, field.fromWire(wire.get(label), `${type}.${name}`)];
    }),
  ) as unknown as StoredRecord;
  // Numbers longer than need be, keys out of order: whatever else a lax decoder takes shows here.
  if (!Buffer.from(encodeRecord(record)).equals(bytes)) {
    throw unfit(type, 'the deterministic encoding');
  }
  return record;
}

function decodeMap(bytes: Uint8Array): ReadonlyMap<unknown, unknown> {
  let value: unknown;
  try {
    value = decode(bytes, {
      strict: true,
      useMaps: true,
      rejectDuplicateMapKeys: true,
      allowIndefinite: false,
      allowUndefined: false,
      allowInfinity: false,
      allowNaN: false,
      allowBigInt: false,
    });
  } catch (error) {
    // Deep nesting ends in a RangeError of the stack; the input is short, so that is all it can do.
    throw new InputError('record: expected deterministic CBOR', { cause: error });
  }
  if (value instanceof Map) return value;
  throw unfit('record', 'a CBOR map');
}
