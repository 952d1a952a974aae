import { ABSENT, known } from './identity-checks.ts';
import { isPersonalNumber } from './personal-number.ts';
import type { Understood } from './understood.ts';

/** A bare 12-digit number, typed by an officer or printed in a code of its own; null for anything else. */
export function parseTypedNumber(text: string): Understood | null {
  if (!isPersonalNumber(text)) return null;
  return {
    kind: 'typed-number',
    fields: {
      number: known(text),
      oldNumber: ABSENT,
      name: ABSENT,
      birth: ABSENT,
      sex: ABSENT,
      issued: ABSENT,
    },
    oldNumbers: [],
    qid: null,
    residence: null,
  };
}
