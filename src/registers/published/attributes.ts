import { toHex } from '../../kernel/bytes.ts';
import { decodeList, encodeList, type ListValue, type RowReader } from './list-codec.ts';

/** What a register's row may carry by its attribute's id. */
export type Attribute =
  | { readonly type: 'area'; readonly code: string }
  /** Minutes of the day in Asia/Ho_Chi_Minh. */
  | { readonly type: 'hours'; readonly fromMinute: number; readonly untilMinute: number }
  | { readonly type: 'dose'; readonly doses: number; readonly day: number }
  | { readonly type: 'test-day'; readonly day: number }
  /** Keyed as a subject is. */
  | { readonly type: 'plate'; readonly key: string }
  | { readonly type: 'scheme'; readonly code: string }
  /** Of a type or version this station does not know: whoever bears it is to be checked. */
  | { readonly type: 'unknown' };

export type KnownAttribute = Exclude<Attribute, { readonly type: 'unknown' }>;

const LABEL = 'chot/attributes/v1';
/** Of every type that is known here. */
const VERSION = 1;
const TYPE = /^[a-z][a-z0-9-]{0,31}$/;
const CODE = /^[a-z0-9][a-z0-9.-]{0,63}$/;
const ID_MAX = 0xffff_ffff;
const VERSION_MAX = 65_535;
const DAY_MAX = 200_000;
const MINUTES_A_DAY = 1_440;
const DOSES_MAX = 20;

type KnownType = KnownAttribute['type'];

const READERS: { readonly [Type in KnownType]: (value: RowReader) => KnownAttribute } = {
  area: (value) => ({ type: 'area', code: value.text(CODE) }),
  hours: (value) => ({
    type: 'hours',
    fromMinute: value.whole(0, MINUTES_A_DAY),
    untilMinute: value.whole(0, MINUTES_A_DAY),
  }),
  dose: (value) => ({
    type: 'dose',
    doses: value.whole(0, DOSES_MAX),
    day: value.whole(0, DAY_MAX),
  }),
  'test-day': (value) => ({ type: 'test-day', day: value.whole(0, DAY_MAX) }),
  plate: (value) => ({ type: 'plate', key: toHex(value.bytes(8)) }),
  scheme: (value) => ({ type: 'scheme', code: value.text(CODE) }),
};

/** By id, from 1 on; the same value stands once. */
export function encodeAttributes(attributes: ReadonlyMap<number, KnownAttribute>): Uint8Array {
  const rows = [...attributes].sort(([a], [b]) => a - b);
  return encodeList(
    LABEL,
    rows.map(([id, attribute]) => [id, attribute.type, VERSION, valuesOf(attribute)]),
  );
}

/** Throws InputError for anything that is no table of attributes; an unknown type is none of these. */
export function decodeAttributes(bytes: Uint8Array): ReadonlyMap<number, Attribute> {
  let before = 0;
  const rows = decodeList(bytes, LABEL, (row): [number, Attribute] => {
    const id = row.whole(1, ID_MAX);
    if (id <= before) throw row.unfit('ids that rise');
    before = id;
    return [id, readAttribute(row)];
  });
  return new Map(rows);
}

function readAttribute(row: RowReader): Attribute {
  const type = row.text(TYPE);
  const version = row.whole(1, VERSION_MAX);
  if (version !== VERSION || !isKnown(type)) {
    row.any();
    return { type: 'unknown' };
  }
  const value = row.nested();
  const attribute = READERS[type](value);
  value.end();
  return attribute;
}

function isKnown(type: string): type is KnownType {
  return Object.hasOwn(READERS, type);
}

function valuesOf(attribute: KnownAttribute): ListValue[] {
  switch (attribute.type) {
    case 'area':
    case 'scheme':
      return [attribute.code];
    case 'hours':
      return [attribute.fromMinute, attribute.untilMinute];
    case 'dose':
      return [attribute.doses, attribute.day];
    case 'test-day':
      return [attribute.day];
    case 'plate':
      return [Uint8Array.from(Buffer.from(attribute.key, 'hex'))];
    default:
      return attribute satisfies never;
  }
}
