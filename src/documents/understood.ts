import type { Check, PaperDocument, PaperKind } from './document.ts';
import {
  check,
  type IdentityFields,
  identityChecks,
  knownValue,
  type ParseContext,
} from './identity-checks.ts';
import { isDamaged, type Reading } from './reading.ts';

/** What a format's parser made of a text, before it is judged. */
export type Understood = {
  readonly kind: PaperKind;
  readonly fields: IdentityFields;
  readonly oldNumbers: readonly string[];
  readonly qid: string | null;
  readonly residence: string | null;
};

/** The document with every check's outcome. */
export function toDocument(
  { kind, fields, oldNumbers, qid, residence }: Understood,
  reading: Reading,
  context: ParseContext,
): PaperDocument {
  return {
    kind,
    number: knownValue(fields.number),
    oldNumbers,
    qid,
    name: knownValue(fields.name),
    birth: knownValue(fields.birth)?.iso ?? null,
    sex: knownValue(fields.sex),
    residence,
    issued: knownValue(fields.issued)?.iso ?? null,
    repaired: reading.repairs.length > 0,
    checks: [
      ...textChecks(reading),
      ...identityChecks(fields, context),
      nameCheck(fields, isDamaged(reading)),
    ],
  };
}

/** How the text arrived: `text.utf8` of whoever decoded it, then every repair and every damage. */
export function textChecks({ repairs, damage }: Reading): Check[] {
  return [
    ...repairs.map((profile) => check(`text.repaired.${profile}`, 'passed')),
    ...damage.map((profile) => check(`text.damaged.${profile}`, 'failed')),
  ];
}

function nameCheck({ name }: IdentityFields, damaged: boolean): Check {
  switch (name.state) {
    case 'known':
      return check('name.recovered', damaged ? 'passed' : 'skipped');
    case 'absent':
      return check('name.recovered', 'skipped');
    case 'wrong':
      return check('name.recovered', 'failed');
    case 'missing':
      // An empty place in an undamaged text lost nothing.
      return check('name.recovered', damaged ? 'failed' : 'impossible');
    default:
      return name satisfies never;
  }
}
