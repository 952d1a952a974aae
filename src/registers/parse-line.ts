import { parse } from 'csv-parse/sync';
import { InputError } from '../kernel/errors.ts';
import { isOverlong, LINE_CHARS_MAX } from './read-lines.ts';
import {
  COLUMNS,
  type Column,
  type LineProblem,
  MORE_COLUMNS,
  type RawEntry,
  shapeOf,
} from './register-line.ts';

const UNKNOWN_NAMED_MAX = 5;

export type RegisterFormat = 'csv' | 'ndjson';

export type ParsedLine =
  | { readonly kind: 'raw'; readonly raw: RawEntry }
  | { readonly kind: 'blank' }
  | { readonly kind: 'bad'; readonly problem: LineProblem };

/** One line of the file into its texts; nothing is judged yet. `columns`: of a CSV file, what checkHeader gave. */
export function parseLine(
  line: string,
  format: RegisterFormat,
  columns: readonly Column[] = COLUMNS,
): ParsedLine {
  if (line === '') return { kind: 'blank' };
  if (isOverlong(line)) return bad(`longer than ${LINE_CHARS_MAX} characters`);
  return format === 'csv' ? parseCsv(line, columns) : parseJson(line);
}

/** The columns that the first line of a CSV file names. Throws InputError with what is wrong in it. */
export function checkHeader(line: string): readonly Column[] {
  const expected = `expected the header ${COLUMNS.join(',')} (then, where there is more, ${MORE_COLUMNS.join(', ')})`;
  if (line.includes(';') && !line.includes(',')) {
    throw new InputError(`${expected}, came columns parted by semicolons: export with commas`);
  }
  const names = isOverlong(line) ? null : fieldsOf(line);
  if (names === null || !names.some((name) => isColumn(name))) {
    throw new InputError(`${expected}, the first line is none: add it as the first line`);
  }
  const unknown = names.filter((name) => !isColumn(name));
  if (unknown.length > 0) {
    throw new InputError(
      `${expected}, came unknown columns ${unknown.slice(0, UNKNOWN_NAMED_MAX).map(columnLabel).join(', ')}: remove them`,
    );
  }
  const missing = COLUMNS.filter((column) => !names.includes(column));
  if (missing.length > 0) {
    throw new InputError(`${expected}, missing ${missing.join(', ')}: add them`);
  }
  const columns: readonly Column[] = [
    ...COLUMNS,
    ...MORE_COLUMNS.filter((column) => names.includes(column)),
  ];
  if (names.join() !== columns.join()) {
    throw new InputError(
      `${expected}, came ${names.join(',')}: put each column once, in this order`,
    );
  }
  return columns;
}

function parseCsv(line: string, columns: readonly Column[]): ParsedLine {
  const fields = fieldsOf(line);
  if (fields === null) {
    return bad('a quotation mark is wrong or not closed: an entry stands on one line');
  }
  const [number, status, from, until, source] = fields;
  if (
    number === undefined ||
    status === undefined ||
    from === undefined ||
    until === undefined ||
    source === undefined ||
    fields.length !== columns.length
  ) {
    return bad(`expected ${columns.length} columns, came ${fields.length}`);
  }
  const more = (column: Column) => fields[columns.indexOf(column)] ?? '';
  const isMore = columns.length > COLUMNS.length;
  const oldNumbers = isMore ? more('oldNumbers') : '';
  const qid = isMore ? more('qid') : '';
  const attribute = isMore ? more('attribute') : '';
  return { kind: 'raw', raw: { number, status, from, until, source, oldNumbers, qid, attribute } };
}

/** The fields of one line, or null when its quotation marks are wrong. */
function fieldsOf(line: string): readonly string[] | null {
  // Nearly every line of nearly every file: nothing is quoted.
  if (!line.includes('"')) return line.split(',');
  try {
    return parse(line, { relax_column_count: true })[0] ?? null;
  } catch {
    return null;
  }
}

function parseJson(line: string): ParsedLine {
  const value = jsonObject(line);
  if (value === null) return bad('expected one JSON object a line, came something else');
  const unknown = [...value.keys()].filter((name) => !isColumn(name));
  if (unknown.length > 0) {
    const labels = unknown.slice(0, UNKNOWN_NAMED_MAX).map(columnLabel).join(', ');
    return bad(`expected the keys ${ALL_COLUMNS.join(', ')}, came also ${labels}`);
  }
  const texts: Record<Column, string> = { ...EMPTY };
  for (const column of ALL_COLUMNS) {
    const text = value.get(column) ?? (MAY_BE_MISSING.has(column) ? '' : undefined);
    if (typeof text !== 'string') return bad(typeProblem(column, text), column);
    texts[column] = text;
  }
  return { kind: 'raw', raw: texts };
}

const ALL_COLUMNS: readonly Column[] = [...COLUMNS, ...MORE_COLUMNS];
const EMPTY: RawEntry = {
  ...{ number: '', status: '', from: '', until: '', source: '' },
  ...{ oldNumbers: '', qid: '', attribute: '' },
};
const MAY_BE_MISSING: ReadonlySet<Column> = new Set<Column>(['until', ...MORE_COLUMNS]);

function jsonObject(line: string): ReadonlyMap<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
    return new Map(Object.entries(value));
  } catch {
    return null;
  }
}

function typeProblem(column: Column, value: unknown): string {
  if (column === 'number' && typeof value === 'number') {
    return 'expected a string of 12 digits, came a JSON number, which drops leading zeros';
  }
  return `expected a string, came ${value === undefined ? 'nothing' : typeof value}`;
}

function isColumn(name: string): name is Column {
  return (ALL_COLUMNS as readonly string[]).includes(name);
}

/** Unknown columns are refused by name, unless the name may be somebody's data in the wrong place. */
function columnLabel(name: string): string {
  return /^[A-Za-z][A-Za-z0-9_-]{0,31}$/.test(name) && !/\d{6}/.test(name) ? name : shapeOf(name);
}

function bad(problem: string, column: Column | null = null): ParsedLine {
  return { kind: 'bad', problem: { column, problem } };
}
