import { dayFromParts } from '../kernel/calendar.ts';
import type { CheckCode } from './check-codes.ts';
import { type CivilDate, isExact } from './civil-date.ts';
import type { Check, CheckOutcome, Sex } from './document.ts';
import { describeNumber, type NumberDescription } from './personal-number.ts';

/** What a document says in one place. `absent`: its kind has no such place. `missing`: empty, masked or lost. */
export type Field<T> =
  | { readonly state: 'known'; readonly value: T }
  | { readonly state: 'wrong' }
  | { readonly state: 'missing' }
  | { readonly state: 'absent' };

export type IdentityFields = {
  readonly number: Field<string>;
  readonly oldNumber: Field<string>;
  readonly name: Field<string>;
  readonly birth: Field<CivilDate>;
  readonly sex: Field<Sex>;
  readonly issued: Field<CivilDate>;
};

export type ParseContext = {
  /** The latest calendar day today can be (kernel/calendar), or null while nobody knows the date. */
  readonly latestDay: number | null;
};

/** Chip cards with a QR code have been issued since January 2021. */
const FIRST_ISSUE_DAY = dayFromParts(2021, 1, 1) ?? 0;

/** Every check on number and dates, always all of them and in this order. They find damage and typing errors, not forgers. */
export function identityChecks(fields: IdentityFields, { latestDay }: ParseContext): Check[] {
  const { number, birth, issued, sex } = fields;
  const told: Field<NumberDescription> = mapField(number, describeNumber);
  return [
    check('number.digits', presence(number)),
    check(
      'number.prefix-known',
      judge(told, (is) => is.provinceName !== null || is.test),
    ),
    check(
      'number.sex',
      compare(told, sex, (is, says) => is.sex === says),
    ),
    check(
      'number.birth',
      compare(told, birth, (is, says) => is.birthYear === says.year),
    ),
    check('old-number.form', optional(fields.oldNumber)),
    check('birth.real', presence(birth)),
    check('birth.complete', judge(birth, isExact)),
    check('birth.not-future', bornBefore(birth, told, latestDay)),
    check('issued.real', presence(issued)),
    check(
      'issued.not-before-2021',
      judge(issued, (date) => date.earliestDay >= FIRST_ISSUE_DAY),
    ),
    check(
      'issued.not-future',
      judge(issued, (date) => (latestDay === null ? null : date.latestDay <= latestDay)),
    ),
    check('issued.after-birth', compare(issued, birth, isAfter)),
  ];
}

export function check(code: CheckCode, outcome: CheckOutcome): Check {
  return { code, outcome };
}

export function known<T>(value: T): Field<T> {
  return { state: 'known', value };
}

export const ABSENT = { state: 'absent' } as const;
export const MISSING = { state: 'missing' } as const;

/** The value when it is known, else null. */
export function knownValue<T>(field: Field<T>): T | null {
  return field.state === 'known' ? field.value : null;
}

/** A field of `text`: missing when empty or lost, wrong when `parse` refuses it. */
export function fieldOf<T>(
  text: string | null | undefined,
  parse: (text: string) => T | null,
): Field<T> {
  if (text === null || text === undefined || text === '' || text.includes('\uFFFD')) return MISSING;
  const value = parse(text);
  return value === null ? { state: 'wrong' } : known(value);
}

function mapField<T, U>(field: Field<T>, map: (value: T) => U | null): Field<U> {
  if (field.state !== 'known') return field;
  const value = map(field.value);
  return value === null ? { state: 'wrong' } : known(value);
}

function presence(field: Field<unknown>): CheckOutcome {
  switch (field.state) {
    case 'known':
      return 'passed';
    case 'wrong':
      return 'failed';
    case 'missing':
      return 'impossible';
    case 'absent':
      return 'skipped';
    default:
      return field satisfies never;
  }
}

/** Like presence, for what may well be empty. */
function optional(field: Field<unknown>): CheckOutcome {
  return field.state === 'missing' ? 'skipped' : presence(field);
}

/** `holds` answers null when it cannot tell. */
function judge<T>(field: Field<T>, holds: (value: T) => boolean | null): CheckOutcome {
  if (field.state === 'absent') return 'skipped';
  return field.state === 'known' ? outcomeOf(holds(field.value)) : 'impossible';
}

function compare<T, U>(
  one: Field<T>,
  other: Field<U>,
  holds: (one: T, other: U) => boolean | null,
): CheckOutcome {
  if (one.state === 'absent' || other.state === 'absent') return 'skipped';
  if (one.state !== 'known' || other.state !== 'known') return 'impossible';
  return outcomeOf(holds(one.value, other.value));
}

function outcomeOf(holds: boolean | null): CheckOutcome {
  if (holds === null) return 'impossible';
  return holds ? 'passed' : 'failed';
}

function isAfter(issued: CivilDate, birth: CivilDate): boolean | null {
  if (issued.earliestDay > birth.latestDay) return true;
  return issued.latestDay <= birth.earliestDay ? false : null;
}

/** By the printed date, else by the year in the number, so that a mistyped century shows. */
function bornBefore(
  birth: Field<CivilDate>,
  told: Field<NumberDescription>,
  latestDay: number | null,
): CheckOutcome {
  if (birth.state === 'known') {
    return judge(birth, (date) => (latestDay === null ? null : date.earliestDay <= latestDay));
  }
  return judge(told, ({ birthYear }) => {
    const firstDay = dayFromParts(birthYear, 1, 1);
    return latestDay === null || firstDay === null ? null : firstDay <= latestDay;
  });
}
