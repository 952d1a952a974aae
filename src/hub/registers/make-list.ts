import { type Static, type TSchema, Type } from 'typebox';
import { Value } from 'typebox/value';
import { InputError } from '../../kernel/errors.ts';
import {
  decodeAttributes,
  encodeAttributes,
  type KnownAttribute,
} from '../../registers/published/attributes.ts';
import type { ListName } from '../../registers/published/list-codec.ts';
import {
  decodeNotices,
  encodeNotices,
  NOTICES_REGISTER,
} from '../../registers/published/notices.ts';
import { decodeOfficers, encodeOfficers } from '../../registers/published/officers.ts';
import { deriveRegisterKey, subjectDigest } from '../../registers/subject-key.ts';

const closed = { additionalProperties: false } as const;
const ROWS_MAX = 50_000;
const Whole = (maximum: number) => Type.Integer({ minimum: 0, maximum });
const Code = Type.String({ pattern: '^[a-z0-9][a-z0-9.-]{0,63}$' });
const Minute = Whole(1_440);
const Day = Whole(200_000);

/** What notices, attribute tables and officers are published from (design 7): by number, before anything is keyed. */
export const NoticesSource = Type.Array(
  Type.Object(
    {
      number: Type.String({ pattern: '^[0-9]{12}$' }),
      code: Type.String({ pattern: '^[a-z][a-z0-9-]{0,31}$' }),
      untilMs: Type.Integer({ minimum: 0, maximum: 0xffff_ffff * 60_000 }),
    },
    closed,
  ),
  { maxItems: ROWS_MAX },
);
const attribute = <Name extends string, Fields extends Record<string, TSchema>>(
  type: Name,
  fields: Fields,
) =>
  Type.Object(
    { id: Type.Integer({ minimum: 1, maximum: 0xffff_ffff }), type: Type.Literal(type), ...fields },
    closed,
  );
export const AttributesSource = Type.Array(
  Type.Union([
    attribute('area', { code: Code }),
    attribute('hours', { fromMinute: Minute, untilMinute: Minute }),
    attribute('dose', { doses: Whole(20), day: Day }),
    attribute('test-day', { day: Day }),
    attribute('scheme', { code: Code }),
  ]),
  { maxItems: ROWS_MAX },
);
export const OfficersSource = Type.Array(
  Type.Object(
    {
      id: Type.String({ pattern: '^[a-z0-9][a-z0-9-]{0,31}$' }),
      name: Type.String({ minLength: 1, maxLength: 40 }),
      role: Type.String({ pattern: '^[a-z0-9][a-z0-9-]{0,31}$' }),
      /** `scrypt$<log2 N>$<salt>$<key>`; a PIN itself is never here. */
      pin: Type.String({ minLength: 1, maxLength: 200 }),
      untilDay: Day,
    },
    closed,
  ),
  { maxItems: ROWS_MAX },
);

/** The file of a list; throws InputError that names the row which is wrong, never what it holds. */
export function makeList(
  name: ListName,
  source: string,
  regionKey: Uint8Array,
): { readonly content: Uint8Array; readonly rows: number } {
  switch (name) {
    case 'notices': {
      const notices = checked(NoticesSource, source, name);
      const key = deriveRegisterKey(regionKey, NOTICES_REGISTER);
      const content = encodeNotices(
        notices.map(({ number, code, untilMs }) => ({
          key: subjectDigest(key, 'number', number).subarray(0, 8).toString('hex'),
          ...{ code, untilMinutes: Math.floor(untilMs / 60_000) },
        })),
      );
      return { content, rows: decodeNotices(content).length };
    }
    case 'attributes': {
      const rows = checked(AttributesSource, source, name);
      const byId = new Map<number, KnownAttribute>(rows.map(({ id, ...value }) => [id, value]));
      if (byId.size !== rows.length) throw new InputError('attributes: expected every id once');
      const content = encodeAttributes(byId);
      return { content, rows: decodeAttributes(content).size };
    }
    case 'officers': {
      const content = encodeOfficers(checked(OfficersSource, source, name));
      return { content, rows: decodeOfficers(content).length };
    }
    default:
      return name satisfies never;
  }
}

/** Of the attribute tables as they were published last. */
export function attributeIds(source: string): ReadonlySet<number> {
  return new Set(checked(AttributesSource, source, 'attributes').map(({ id }) => id));
}

function checked<Schema extends TSchema>(
  schema: Schema,
  source: string,
  name: string,
): Static<Schema> {
  const value: unknown = JSON.parse(source);
  if (Value.Check(schema, value)) return value;
  const [first] = Value.Errors(schema, value);
  throw new InputError(`${name}${first?.instancePath ?? ''}: ${first?.message ?? 'is wrong'}`);
}
