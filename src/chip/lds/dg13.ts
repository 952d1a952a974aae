import { ProtocolError } from '../protocol-error.ts';
import { needTlv, readTlvs, type Tlv } from '../tlv.ts';
import { dataGroupFile, readWholeFile } from './files.ts';
import { isoDate, smallInteger, textOrNull } from './values.ts';

/**
 * EF.DG13 as Vietnam's identity cards have it: `6D { 30 { INTEGER 1, OID, SET { SEQUENCE { INTEGER field, value } ... } } }`.
 * Texts as on the card; null where a field is missing or empty.
 */
export type Dg13 = {
  /** 12 digits. */
  readonly number: string | null;
  readonly name: string | null;
  /** dd/mm/yyyy. */
  readonly birth: string | null;
  /** `Nam` or `Nữ`. */
  readonly sex: string | null;
  readonly nationality: string | null;
  readonly ethnicity: string | null;
  readonly religion: string | null;
  readonly origin: string | null;
  readonly residence: string | null;
  readonly features: string | null;
  /** dd/mm/yyyy. */
  readonly issued: string | null;
  /** dd/mm/yyyy, or words: a card may have no end. */
  readonly expires: string | null;
  readonly father: string | null;
  readonly mother: string | null;
  readonly spouse: string | null;
  readonly oldNumber: string | null;
  /** Field 16: sixteen hexadecimal digits of unconfirmed meaning. */
  readonly code: string | null;
  /** Whatever else stands in the SET, as it came: fields of other numbers, repeated ones, ones not understood. */
  readonly unknown: readonly Uint8Array[];
};

/** What of a person reaches a lane. Dates ISO 8601, reduced where day or month are unknown. */
export type LaneFields = {
  /** Exactly 12 digits. */
  readonly number: string | null;
  /** NFC; nothing but letters, marks and what stands between them. */
  readonly name: string | null;
  readonly birth: string | null;
  readonly sex: 'male' | 'female' | null;
  readonly issued: string | null;
  /** `never`: the card says so in words. Null: missing, or not understood. */
  readonly expires: string | null;
};

type TextField = Exclude<keyof Dg13, 'unknown' | 'father' | 'mother' | 'spouse'>;

const TEXT_FIELDS: ReadonlyMap<number, TextField> = new Map([
  [1, 'number'],
  [2, 'name'],
  [3, 'birth'],
  [4, 'sex'],
  [5, 'nationality'],
  [6, 'ethnicity'],
  [7, 'religion'],
  [8, 'origin'],
  [9, 'residence'],
  [10, 'features'],
  [11, 'issued'],
  [12, 'expires'],
  [15, 'oldNumber'],
  [16, 'code'],
]);
const PARENTS = 13;
const SPOUSE = 14;
const SEQUENCE = 0x30;
const SET = 0x31;
/** UTF8String, NumericString, PrintableString, T61String, IA5String, VisibleString. */
const STRINGS: readonly number[] = [0x0c, 0x12, 0x13, 0x14, 0x16, 0x1a];
/** 16 are known. */
const FIELDS_MAX = 64;
const NAME_CHARACTERS_MAX = 100;

/** A value: its text (null: empty), or the values in its SEQUENCE. */
type Value = { readonly text: string | null; readonly parts: readonly Value[] };
type Field = { readonly number: number; readonly values: readonly Value[] };

/**
 * Fields may come in any order, be missing or empty. A field that is not understood costs only itself; a file that is
 * not built this way throws ProtocolError.
 */
export function parseDg13(bytes: Uint8Array): Dg13 {
  const body = needTlv(
    readTlvs(readWholeFile(dataGroupFile(13), bytes).value),
    SEQUENCE,
    'EF.DG13',
  );
  const objects = readTlvs(needTlv(readTlvs(body.value), SET, 'EF.DG13, fields').value);
  if (objects.length > FIELDS_MAX) {
    throw new ProtocolError(
      'dg13.too-many',
      `EF.DG13: ${objects.length} fields, ${FIELDS_MAX} at most`,
    );
  }
  const fields = new Map<number, Field>();
  const unknown: Uint8Array[] = [];
  for (const object of objects) {
    const field = readField(object);
    if (field === null || fields.has(field.number)) unknown.push(object.raw);
    else fields.set(field.number, field);
  }
  const texts = [...TEXT_FIELDS].map(([number, name]) => [name, soleText(fields.get(number))]);
  const [father = null, mother = null] = people(fields.get(PARENTS));
  const [spouse = null] = people(fields.get(SPOUSE));
  return {
    ...(Object.fromEntries(texts) as Record<TextField, string | null>),
    ...{ father, mother, spouse, unknown },
  };
}

/** The six fields a lane may know; what is malformed becomes null. */
export function laneFields({ number, name, birth, sex, issued, expires }: Dg13): LaneFields {
  return {
    number: number !== null && /^[0-9]{12}$/.test(number) ? number : null,
    name: readName(name),
    birth: dayFirst(birth),
    sex: readSex(sex),
    issued: dayFirst(issued),
    expires: readExpiry(expires),
  };
}

/** Null: not a SEQUENCE of a known field's number and values of a known kind. */
function readField(object: Tlv): Field | null {
  if (object.tag !== SEQUENCE) return null;
  try {
    const [head, ...rest] = readTlvs(object.value);
    const number = head === undefined ? 0 : smallInteger(head);
    const values = rest.map(readValue);
    const single = TEXT_FIELDS.has(number) && rest.every(({ tag }) => tag !== SEQUENCE);
    const known = (single && rest.length <= 1) || number === PARENTS || number === SPOUSE;
    return known ? { number, values } : null;
  } catch (error) {
    if (error instanceof ProtocolError) return null;
    throw error;
  }
}

function readValue({ tag, value }: Tlv): Value {
  if (tag === SEQUENCE) return { text: null, parts: readTlvs(value).map(readText) };
  return readText({ tag, value });
}

function readText({ tag, value }: Pick<Tlv, 'tag' | 'value'>): Value {
  const empty = value.length === 0;
  const text = STRINGS.includes(tag) ? textOrNull(value) : null;
  if (text === null && !empty && !isBlank(value)) {
    throw new ProtocolError('dg13.text', `EF.DG13: a text expected, came object ${tag}`);
  }
  return { text, parts: [] };
}

function isBlank(value: Uint8Array): boolean {
  return value.every((byte) => byte === 0x20);
}

function soleText(field: Field | undefined): string | null {
  return field?.values[0]?.text ?? null;
}

/** Names in order. Seen are a SEQUENCE for each person, empty for one who is not named, and one SEQUENCE for all. */
function people(field: Field | undefined): (string | null)[] {
  return (field?.values ?? []).flatMap(({ text, parts }) =>
    parts.length === 0 ? [text] : parts.map((part) => part.text),
  );
}

/** A screen shows it before anything is proven, so nothing invisible or endless may be in it. */
function readName(text: string | null): string | null {
  const name = text?.normalize('NFC') ?? '';
  if (name.length > NAME_CHARACTERS_MAX) return null;
  return /^[\p{L}\p{M}'’ .-]+$/u.test(name) ? name : null;
}

function dayFirst(text: string | null): string | null {
  const match = /^(?:(\d{2})\/)?(?:(\d{2})\/)?(\d{4})$/.exec(text ?? '');
  if (match === null) return null;
  const [, first, second, year] = match;
  // With one slash the first number is the month.
  const [day, month] = second === undefined ? [undefined, first] : [first, second];
  return isoDate(Number(year), Number(month ?? 0), Number(day ?? 0));
}

function readSex(text: string | null): LaneFields['sex'] {
  const word = text?.normalize('NFC').toLowerCase();
  return word === 'nam' ? 'male' : word === 'nữ' ? 'female' : null;
}

/** `Không thời hạn`, `Không xác định thời hạn`: without a term. */
function readExpiry(text: string | null): string | null {
  const folded = (text ?? '').normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
  return /^khong (?:\S+ ){0,3}thoi han$/.test(folded) ? 'never' : dayFirst(text);
}
