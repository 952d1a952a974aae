import { type TSchema, Type } from 'typebox';
import { Value } from 'typebox/value';
import { AttributesSource, NoticesSource, OfficersSource } from '../hub/registers/make-list.ts';
import { dayFromIso, instantFromIso } from '../kernel/calendar.ts';
import { InputError } from '../kernel/errors.ts';
import type { ListName } from '../registers/published/list-codec.ts';
import { VERIFIER } from '../station/officers.ts';
import type { CliIo } from './cli-io.ts';
import { openList } from './register-file.ts';

/** The file of a list: what a row may hold is what the hub checks it by, told here in words and all at once. */

/** As much as the hub takes. */
const LIST_BYTES_MAX = 8 * 1024 * 1024;
const PROBLEMS_SHOWN = 50;

type Row = Readonly<Record<string, unknown>>;
type Source = {
  readonly rowOf: (row: Row) => { readonly schema: TSchema; readonly keys: readonly string[] };
  /** What people write as a date, under which key, and what it is for the hub. */
  readonly date: {
    readonly key: string;
    readonly as: string;
    readonly read: (text: string) => number | null;
  };
  /** Where the hub's check of shapes lets more pass than it takes in the end. */
  readonly strict?: Readonly<Record<string, RegExp>>;
  /** What is expected under a key. */
  readonly words: Readonly<Record<string, string>>;
};

/** Of a row whose type is none: then that is what is wrong. */
const UnknownType = Type.Object({ id: Type.Integer(), type: Type.Enum(attributeTypes()) });
const DAY = 'a day as "2026-12-31"';
const ID = 'a-z, 0-9 and - in quotes, 32 at most, the first one no -';
const CODE = 'a-z, 0-9, . and - in quotes, 64 at most';
const MINUTE = 'minutes of the day, 0 to 1440';

export const LIST_SOURCES: { readonly [Name in ListName]: Source } = {
  officers: {
    rowOf: () => shapeOf(OfficersSource.items),
    date: { key: 'until', as: 'untilDay', read: dayFromIso },
    strict: { pin: VERIFIER },
    words: {
      ...{ id: ID, role: `${ID}: officer, lead or support`, name: '1 to 40 characters in quotes' },
      pin: "what 'chot officers verifier' prints, scrypt$...",
      ...{ until: DAY, untilDay: 'days since 1970-01-01, or until' },
    },
  },
  notices: {
    rowOf: () => shapeOf(NoticesSource.items),
    date: { key: 'until', as: 'untilMs', read: instantFromIso },
    words: {
      number: '12 digits in quotes',
      code: 'a-z, 0-9 and - in quotes, 32 at most, the first one a letter',
      until: 'an instant with its offset, as "2026-11-24T06:00:00+07:00"',
      untilMs: 'milliseconds since 1970 UTC, or until',
    },
  },
  attributes: {
    rowOf: attributeShape,
    date: { key: 'day', as: 'day', read: dayFromIso },
    words: {
      id: 'a whole number from 1',
      type: attributeTypes().join(', '),
      ...{ code: CODE, fromMinute: MINUTE, untilMinute: MINUTE, doses: '0 to 20', day: DAY },
    },
  },
};

/** The rows, as the hub takes them. Throws InputError that names every row and key that is wrong, and no value. */
export async function readList(io: CliIo, list: ListName, file: string): Promise<readonly Row[]> {
  const name = file === '-' ? 'standard input' : file;
  const rows = rowsIn(await textOf(file === '-' ? io.stdin : openList(file), name), name);
  const source = LIST_SOURCES[list];
  const dated = rows.map((row) => withDate(row, source));
  const problems = dated.flatMap((row, index) =>
    problemsOf(row, source).map((problem) => `row ${index + 1}${problem}`),
  );
  if (problems.length === 0) return dated as readonly Row[];
  const more = problems.length - PROBLEMS_SHOWN;
  throw new InputError(
    [
      `${name}: ${problems.length} problem(s), nothing was published`,
      ...problems.slice(0, PROBLEMS_SHOWN),
      ...(more > 0 ? [`and ${more} more`] : []),
    ].join('\n  '),
  );
}

async function textOf(input: AsyncIterable<Uint8Array | string>, name: string): Promise<string> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of input) {
    const bytes = Buffer.from(part as Uint8Array);
    length += bytes.length;
    if (length > LIST_BYTES_MAX) {
      throw new InputError(`${name} is longer than ${LIST_BYTES_MAX} bytes, which the hub takes`);
    }
    parts.push(bytes);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(parts));
  } catch (cause) {
    throw new InputError(`${name} is not UTF-8: save it as such`, { cause });
  }
}

function rowsIn(text: string, name: string): readonly unknown[] {
  const value = parsed(text, name);
  if (Array.isArray(value)) return value as readonly unknown[];
  throw new InputError(`${name}: expected an array of rows, [{...}, {...}], came ${kindOf(value)}`);
}

/** What JSON.parse says repeats what came, which may be somebody's number. */
function parsed(text: string, name: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    const [, place] = /at position (\d+)/.exec((error as Error).message) ?? [];
    const line = place === undefined ? '' : `, line ${lineAt(text, Number(place))}`;
    throw new InputError(`${name}${line}: not JSON; expected an array of rows, [{...}, {...}]`);
  }
}

function lineAt(text: string, place: number): number {
  return text.slice(0, place).split('\n').length;
}

function withDate(row: unknown, { date: { key, as, read } }: Source): unknown {
  if (!isRow(row) || typeof row[key] !== 'string') return row;
  const { [key]: text, ...rest } = row;
  const value = read(text as string);
  return value === null ? row : { ...rest, [as]: value };
}

function problemsOf(row: unknown, source: Source): readonly string[] {
  if (!isRow(row)) return [`: expected {...}, came ${kindOf(row)}`];
  const { schema, keys } = source.rowOf(row);
  const { date, strict = {}, words } = source;
  const shape = Value.Check(schema, row) ? [] : Value.Errors(schema, row);
  const unfit = Object.entries(strict).filter(([key, form]) => {
    const value = row[key];
    return typeof value === 'string' && !form.test(value);
  });
  const wrong = shape.map(({ instancePath }) => instancePath.split('/')[1] ?? '');
  // Named as people write it.
  const shown = keys.map((key) => (key === date.as ? date.key : key));
  return [
    ...keys
      .map((key, index) => ({ key, name: shown[index] ?? key }))
      .filter(({ key, name }) => !(key in row || name in row))
      .map(({ name }) => `: missing ${name}, ${words[name]}`),
    ...[...new Set([...unfit.map(([key]) => key), ...wrong])]
      .filter((key) => key !== '')
      .map((key) => `, ${keyProblem(key, row[key], [...keys, ...shown], words)}`),
  ];
}

function keyProblem(
  key: string,
  value: unknown,
  keys: readonly string[],
  words: Source['words'],
): string {
  if (keys.includes(key)) return `${key}: expected ${words[key]}, came ${kindOf(value)}`;
  // Where keys are what values should be, one may be somebody's number.
  const named = /^[A-Za-z_-]{1,32}$/.test(key) ? key : 'a key';
  return `${named}: no such key; there are ${[...new Set(keys)].join(', ')}`;
}

function attributeShape({ type }: Row) {
  const fits = AttributesSource.items.anyOf.find((each) => each.properties.type.const === type);
  return shapeOf(fits ?? UnknownType);
}
function attributeTypes(): readonly string[] {
  return AttributesSource.items.anyOf.map((each) => each.properties.type.const);
}

function shapeOf(schema: TSchema & { readonly properties: Readonly<Record<string, TSchema>> }) {
  return { schema, keys: Object.keys(schema.properties) };
}

function isRow(value: unknown): value is Row {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function kindOf(value: unknown): string {
  if (typeof value === 'string') return `a text of ${value.length} characters`;
  if (Array.isArray(value)) return 'an array';
  if (value === null) return 'null';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
