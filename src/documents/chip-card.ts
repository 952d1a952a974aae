import { dayFromIso } from '../kernel/calendar.ts';
import { parseYearFirst } from './civil-date.ts';
import type { Check, ChipDocument, ChipEvidence, Sex } from './document.ts';
import {
  ABSENT,
  check,
  type Field,
  fieldOf,
  identityChecks,
  known,
  MISSING,
  type ParseContext,
} from './identity-checks.ts';

/** What a chip told of its holder (EF.DG13, EF.DG1), of files that matched their hashes. */
export type ChipFields = {
  /** Exactly 12 digits. */
  readonly number: string | null;
  readonly name: string | null;
  /** ISO 8601 calendar dates. */
  readonly birth: string | null;
  readonly sex: Sex | null;
  readonly issued: string | null;
  /** ISO 8601 calendar date, or `never`. */
  readonly expires: string | null;
};

export const NO_CHIP_FIELDS: ChipFields = {
  ...{ number: null, name: null, birth: null },
  ...{ sex: null, issued: null, expires: null },
};

/** `cardChecks`: whether the card agrees with itself; unlike those in `chip`, a failed one counts against the document. */
export function chipDocument(
  fields: ChipFields,
  chip: ChipEvidence,
  cardChecks: readonly Check[],
  context: ParseContext,
): ChipDocument {
  const { number, name, birth, sex, issued, expires } = fields;
  return {
    kind: 'chip-card',
    ...{ number, oldNumbers: [], qid: null, name, birth, sex },
    ...{ residence: null, issued, repaired: false, expires, chip },
    checks: [
      ...identityChecks(
        {
          number: held(number),
          oldNumber: ABSENT,
          name: held(name),
          birth: fieldOf(birth, parseYearFirst),
          sex: held(sex),
          issued: fieldOf(issued, parseYearFirst),
        },
        context,
      ),
      ...expiryChecks(expires, context),
      check('name.recovered', name === null ? 'impossible' : 'skipped'),
      ...cardChecks,
    ],
  };
}

function held<T>(value: T | null): Field<T> {
  return value === null ? MISSING : known(value);
}

/** A card is valid on its last day, and only as long as today surely is no later (security T1). */
function expiryChecks(expires: string | null, { latestDay }: ParseContext): Check[] {
  if (expires === 'never')
    return [check('expires.real', 'skipped'), check('expires.not-past', 'passed')];
  const day = expires === null ? null : dayFromIso(expires);
  if (day === null) {
    return [
      check('expires.real', expires === null ? 'impossible' : 'failed'),
      check('expires.not-past', 'impossible'),
    ];
  }
  const inForce = latestDay === null ? 'impossible' : latestDay <= day ? 'passed' : 'failed';
  return [check('expires.real', 'passed'), check('expires.not-past', inForce)];
}
