import { dayFromIso } from '../kernel/calendar.ts';
import { isReservedNumber, STATUS_IDS, type Status } from './canaries.ts';
import type { Subject } from './lookup.ts';

/** Columns of a register file, in the order a CSV header must have. */
export const COLUMNS = ['number', 'status', 'from', 'until', 'source'] as const;
/** Any of these may follow, in this order. */
export const MORE_COLUMNS = ['oldNumbers', 'qid', 'attribute'] as const;
export type Column = (typeof COLUMNS)[number] | (typeof MORE_COLUMNS)[number];

/** The texts of one entry as the file has them; of a column that it has not, the empty one. */
export type RawEntry = Readonly<Record<Column, string>>;

export type RegisterEntry = {
  readonly number: string;
  /** What the person is listed by besides: earlier numbers, a QID (security R1: whoever publishes expands them). */
  readonly others: readonly Subject[];
  /** Into the attribute tables of the hub; 0: none. */
  readonly attribute: number;
  readonly status: Status;
  readonly fromDay: number;
  /** Inclusive. */
  readonly untilDay: number;
  readonly source: string;
  /** `until` was empty and came from the policy. */
  readonly untilDefaulted: boolean;
};

/** What is wrong in one line. The words never hold a value of the file: it may be anybody's number or name. */
export type LineProblem = { readonly column: Column | null; readonly problem: string };

export type LineOutcome =
  | { readonly kind: 'entry'; readonly entry: RegisterEntry }
  | { readonly kind: 'bad'; readonly problems: readonly LineProblem[] };

/** What a file is held against. */
export type LineRules = {
  /** How long a status lasts whose `until` is empty; null: it may not be. */
  readonly defaultDays: number | null;
  /** Those there are; null: this list is not a hub's, and there are none. */
  readonly attributes: ReadonlySet<number> | null;
};

const OLD_NUMBERS_MAX = 8;
const SOURCE_CHARS_MAX = 64;
const SHAPE_CHARS_MAX = 24;

export function judgeEntry(raw: RawEntry, { defaultDays, attributes }: LineRules): LineOutcome {
  const problems: LineProblem[] = [];
  const note = (column: Column, problem: string | null) => {
    if (problem !== null) problems.push({ column, problem });
  };
  note('number', numberProblem(raw.number));
  const status = statusOf(raw.status);
  if (status === null) {
    note('status', `expected ${Object.keys(STATUS_IDS).join(' or ')}, came ${shapeOf(raw.status)}`);
  }
  const fromDay = dayFromIso(raw.from);
  if (fromDay === null) note('from', dateProblem(raw.from));
  const untilDay = untilOf(raw.until, fromDay, defaultDays);
  if (untilDay === null) note('until', untilProblem(raw.until, fromDay));
  if (fromDay !== null && untilDay !== null && untilDay < fromDay) {
    note('until', 'is before from: expected the last day of the status');
  }
  note('source', sourceProblem(raw.source));
  note('oldNumbers', oldNumbersProblem(raw));
  note('qid', qidProblem(raw.qid));
  note('attribute', attributeProblem(raw.attribute, attributes));
  if (problems.length > 0 || status === null || fromDay === null || untilDay === null) {
    return { kind: 'bad', problems };
  }
  const { number, source } = raw;
  const others = othersOf(raw);
  const attribute = raw.attribute === '' ? 0 : Number(raw.attribute);
  const untilDefaulted = raw.until === '';
  return {
    kind: 'entry',
    entry: { number, others, attribute, status, fromDay, untilDay, source, untilDefaulted },
  };
}

function othersOf({ oldNumbers, qid }: RawEntry): readonly Subject[] {
  if (oldNumbers === '' && qid === '') return NO_OTHERS;
  const old = oldNumbers === '' ? [] : oldNumbers.split(' ');
  return [
    ...old.map((value) => ({ kind: 'number' as const, value })),
    ...(qid === '' ? [] : [{ kind: 'qid' as const, value: qid }]),
  ];
}

const NO_OTHERS: readonly Subject[] = [];

/** Why `text` is no number that a register may hold, or null. Never padded, trimmed or folded (security R1). */
export function numberProblem(text: string): string | null {
  if (/^[0-9]{12}$/.test(text)) {
    if (!isReservedNumber(text)) return null;
    return 'numbers 000000000000 to 000000000999 are reserved for the station’s own test: remove the line';
  }
  const expected = 'expected exactly 12 digits';
  if (/^[0-9]{9,11}$/.test(text)) {
    return `${expected}, came ${text.length}: a spreadsheet may have dropped leading zeros, format the column as text and export again`;
  }
  if (/^[0-9]+([.,][0-9]+)?[eE][+-]?[0-9]+$/.test(text)) {
    return `${expected}, came the exponent form of a spreadsheet, digits are lost: format the column as text and export again from the original`;
  }
  if (/^[0-9]+$/.test(text)) return `${expected}, came ${text.length}`;
  if (text !== '' && /^[0-9]{12}$/.test(text.trim())) {
    return `${expected}, came 12 digits with space around them`;
  }
  return `${expected}, came ${shapeOf(text)}`;
}

/** Why `oldNumbers` are none to list the person by, or null: 12-digit numbers, a space between them. */
function oldNumbersProblem({ number, oldNumbers }: RawEntry): string | null {
  if (oldNumbers === '') return null;
  const each = oldNumbers.split(' ');
  if (each.length > OLD_NUMBERS_MAX) {
    return `expected at most ${OLD_NUMBERS_MAX} numbers with one space between them, came ${each.length}`;
  }
  if (each.some((old) => /^[0-9]{9}$/.test(old))) {
    return 'expected 12-digit numbers, came 9 digits: a CMND is never looked up, leave it out; if a spreadsheet dropped zeros, format the column as text and export again';
  }
  if (new Set([number, ...each]).size < each.length + 1) {
    return 'names a number twice, or the entry’s own: expected those that the person had before';
  }
  return each.map(numberProblem).find((problem) => problem !== null) ?? null;
}

/** As the unified personal QR may have it. */
function qidProblem(text: string): string | null {
  if (text === '' || /^[0-9A-Za-z._-]{1,64}$/.test(text)) return null;
  return `expected a QID, 1 to 64 letters, digits and . _ -, came ${shapeOf(text)}`;
}

function attributeProblem(text: string, known: ReadonlySet<number> | null): string | null {
  if (text === '') return null;
  if (known === null) return 'expected nothing: attributes are tables of a hub, this list has none';
  if (!/^[1-9][0-9]{0,9}$/.test(text)) {
    return `expected the id of a published attribute, came ${shapeOf(text)}`;
  }
  if (known.has(Number(text))) return null;
  return 'no attribute of this region has this id: publish the attributes first, then import';
}

/** A value as letters and digits without saying which: `31/12/2021` is `99/99/9999`. Safe in messages. */
export function shapeOf(text: string): string {
  if (text === '') return 'nothing';
  const shape = [...text.slice(0, SHAPE_CHARS_MAX)]
    .map((character) => {
      if (/\p{N}/u.test(character)) return '9';
      if (/\p{L}|\p{M}/u.test(character)) return 'a';
      return /[ -~]/.test(character) ? character : '?';
    })
    .join('');
  return text.length > SHAPE_CHARS_MAX
    ? `${text.length} characters like ${shape}...`
    : `“${shape}”`;
}

function statusOf(text: string): Status | null {
  return text === 'active' || text === 'ended' ? text : null;
}

function dateProblem(text: string): string {
  if (/^\d{4}-\d{2}-\d{2}$/.test(text)) return 'no such day: expected one from 1900 to 2399';
  return `expected a date YYYY-MM-DD, came ${shapeOf(text)}`;
}

/** The last day; with none given, `defaultDays` after the first one, so that a guess errs on the long side. */
function untilOf(text: string, fromDay: number | null, defaultDays: number | null): number | null {
  if (text !== '') return dayFromIso(text);
  if (defaultDays === null) return null;
  return (fromDay ?? 0) + defaultDays;
}

function untilProblem(text: string, fromDay: number | null): string {
  if (text !== '' || fromDay === null) return dateProblem(text);
  return 'is empty and policy.defaultDays has no value for this register: expected a date YYYY-MM-DD';
}

function sourceProblem(text: string): string | null {
  if (text === '') return 'is empty: expected who reported it, or the batch';
  if (text.length > SOURCE_CHARS_MAX) {
    return `expected at most ${SOURCE_CHARS_MAX} characters, came ${text.length}`;
  }
  // Control, format (right-to-left overrides) and unassigned characters have no place on a screen.
  if (/[\p{C}\p{Zl}\p{Zp}]/u.test(text)) return `expected printable text, came ${shapeOf(text)}`;
  if (text !== text.trim()) return 'has space around it: remove it';
  // A source is shown and logged: a person's number must not get there through a shifted column.
  if (/(?<!\d)(\d{9}|\d{12})(?!\d)/.test(text)) {
    return 'holds what looks like a personal number: expected who reported it, or the batch';
  }
  return null;
}
