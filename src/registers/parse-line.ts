import { parse } from 'csv-parse/sync';
import { InputError } from '../kernel/errors.ts';
import { isOverlong, LINE_CHARS_MAX } from './read-lines.ts';
import { COLUMNS, type Column, type LineProblem, type RawEntry, shapeOf } from './register-line.ts';

const UNKNOWN_NAMED_MAX = 5;

export type RegisterFormat = 'csv' | 'ndjson';

export type ParsedLine =
  | { readonly kind: 'raw'; readonly raw: RawEntry }
  | { readonly kind: 'blank' }
  | { readonly kind: 'bad'; readonly problem: LineProblem };

/** One line of the file into its five texts; nothing is judged yet. */
export function parseLine(line: string, format: RegisterFormat): ParsedLine {
  if (line === '') return { kind: 'blank' };
  if (isOverlong(line)) return bad(`longer than ${LINE_CHARS_MAX} characters`);
  return format === 'csv' ? parseCsv(line) : parseJson(line);
}

/** The first line of a CSV file must be exactly the header. Throws InputError with what is wrong in it. */
export function checkHeader(line: string): void {
  const expected = `expected the header ${COLUMNS.join(',')}`;
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
  if (names.length !== COLUMNS.length || names.some((name, index) => name !== COLUMNS[index])) {
    throw new InputError(
      `${expected}, came ${names.join(',')}: put each column once, in this order`,
    );
  }
}

function parseCsv(line: string): ParsedLine {
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
    fields.length > COLUMNS.length
  ) {
    return bad(`expected ${COLUMNS.length} columns, came ${fields.length}`);
  }
  return { kind: 'raw', raw: { number, status, from, until, source } };
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
    return bad(`expected the keys ${COLUMNS.join(', ')}, came also ${labels}`);
  }
  const texts = { number: '', status: '', from: '', until: '', source: '' };
  for (const column of COLUMNS) {
    const text = value.get(column) ?? (column === 'until' ? '' : undefined);
    if (typeof text !== 'string') return bad(typeProblem(column, text), column);
    texts[column] = text;
  }
  return { kind: 'raw', raw: texts };
}

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
  return (COLUMNS as readonly string[]).includes(name);
}

/** Unknown columns are refused by name, unless the name may be somebody's data in the wrong place. */
function columnLabel(name: string): string {
  return /^[A-Za-z][A-Za-z0-9_-]{0,31}$/.test(name) && !/\d{6}/.test(name) ? name : shapeOf(name);
}

function bad(problem: string, column: Column | null = null): ParsedLine {
  return { kind: 'bad', problem: { column, problem } };
}
