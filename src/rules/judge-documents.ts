import type { CheckCode } from '../documents/check-codes.ts';
import type { Check, CheckOutcome, IdentityDocument, IdentityKind } from '../documents/document.ts';
import { differencesBetween } from './compare-documents.ts';
import { type Finding, reason } from './finding.ts';
import { isReasonCode, type ReasonCode } from './reasons.ts';
import type { CardFindings } from './situation.ts';
import { isChip, numbersOf } from './subject.ts';
import type { SubCheck } from './verdict.ts';

const ABOUT_BIRTH: readonly CheckCode[] = [
  'number.birth',
  'birth.real',
  'birth.complete',
  'birth.not-future',
];

/** What must have passed on each kind: all that it is able to show. Of every other check only a failure counts. */
const REQUIRED: Readonly<Record<IdentityKind, readonly CheckCode[]>> = {
  'cccd-qr': [
    'number.prefix-known',
    'number.sex',
    ...ABOUT_BIRTH,
    'issued.real',
    'issued.not-before-2021',
    'issued.not-future',
    'issued.after-birth',
  ],
  'personal-qr': ['number.prefix-known', ...ABOUT_BIRTH],
  'health-insurance-qr': ['number.prefix-known', ...ABOUT_BIRTH],
  // Signed, so nothing about it needs to be there twice; what is there must hold.
  'chip-card': ['number.prefix-known', 'number.sex', ...ABOUT_BIRTH, 'expires.not-past'],
  'typed-number': ['number.prefix-known', 'birth.not-future'],
};

/** Damage after which what is left of a text cannot vouch for its number. */
const DOUBTFUL_DAMAGE: ReadonlySet<string> = new Set<CheckCode>([
  'text.damaged.cut-short',
  'text.damaged.unknown',
]);

/** Every document holds by itself, and together they tell one story. */
export function judgeDocuments(
  documents: readonly IdentityDocument[],
  { otherNumber }: CardFindings,
): Finding {
  const numbered = numbersOf(documents).length > 0;
  const judged = documents.map((document) => ({
    document,
    checks: relevantChecks(document, numbered),
  }));
  const differences = differencesBetween(documents);
  if (otherNumber && !differences.includes('documents.differ-number')) {
    differences.unshift('documents.differ-number');
  }
  const codes = [
    ...differences,
    ...judged.flatMap(({ document, checks }) => documentReasons(document, checks)),
  ];
  return {
    checks: [
      ...(documents.length < 2 && !otherNumber ? [] : [agreement(differences)]),
      ...mergeChecks([
        ...judged.flatMap(({ checks }) => checks),
        ...documents.flatMap((document) => (isChip(document) ? document.chip.checks : [])),
      ]),
    ],
    reasons: [...new Set(codes)].map(reason),
  };
}

/** Another document has the number that this one lacks: what hangs on a number is then told there. */
function relevantChecks({ number, checks }: IdentityDocument, numbered: boolean): readonly Check[] {
  if (number !== null || !numbered) return checks;
  return checks.filter(({ code }) => !code.startsWith('number.'));
}

function documentReasons(document: IdentityDocument, checks: readonly Check[]): ReasonCode[] {
  const outcomes = new Map(checks.map(({ code, outcome }) => [code, outcome]));
  const damaged = checks.some(({ code }) => /^text\.(repaired|damaged)\./.test(code));
  const required = REQUIRED[document.kind].filter(
    // Without a number `subject.no-number` says it all.
    (code) => document.number !== null || !code.startsWith('number.'),
  );
  const missed = required.filter((code) => outcomes.get(code) !== 'passed');
  const failed = checks.filter(({ outcome }) => outcome === 'failed').map(({ code }) => code);
  return [...missed, ...failed]
    .flatMap((code) => reasonsOfCheck(code, damaged))
    .concat(
      nameReasons(document, outcomes.get('name.recovered'), damaged),
      repairReasons(document, outcomes),
    );
}

function reasonsOfCheck(code: string, damaged: boolean): ReasonCode[] {
  if (code === 'number.digits' || code === 'name.recovered') return [];
  // What the bytes were is told by how they were put right.
  if (code === 'text.utf8' && damaged) return [];
  if (code.startsWith('text.damaged.')) return DOUBTFUL_DAMAGE.has(code) ? ['text.damaged'] : [];
  return [isReasonCode(code) ? code : 'document.check-failed'];
}

/** A damaged text may have lost the name, and the number goes on without it; an undamaged one owes it. */
function nameReasons(
  { kind }: IdentityDocument,
  outcome: CheckOutcome | undefined,
  damaged: boolean,
): ReasonCode[] {
  if (outcome === 'failed') return [damaged ? 'name.lost' : 'name.recovered'];
  return outcome === 'impossible' && kind === 'cccd-qr' ? ['name.recovered'] : [];
}

/** A repaired number counts only when the birth date of the same text bears it out. */
function repairReasons(
  { repaired, number }: IdentityDocument,
  outcomes: ReadonlyMap<string, CheckOutcome>,
): ReasonCode[] {
  if (!repaired) return [];
  const borneOut = number === null || outcomes.get('number.birth') === 'passed';
  return [borneOut ? 'text.repaired' : 'text.repaired-alone'];
}

function agreement(differences: readonly ReasonCode[]): SubCheck {
  const outcome = differences.length === 0 ? 'passed' : 'failed';
  return { code: 'documents.agree', outcome, ageMs: null };
}

const WORST_OUTCOME_FIRST: readonly CheckOutcome[] = ['failed', 'impossible', 'passed', 'skipped'];

/** One line a code: the worst of what the documents came to. */
function mergeChecks(checks: readonly Check[]): SubCheck[] {
  const outcomes = new Map<string, CheckOutcome>();
  for (const { code, outcome } of checks) {
    const before = outcomes.get(code);
    const rank = WORST_OUTCOME_FIRST.indexOf(outcome);
    if (before === undefined || rank < WORST_OUTCOME_FIRST.indexOf(before)) {
      outcomes.set(code, outcome);
    }
  }
  return [...outcomes].map(([code, outcome]) => ({ code, outcome, ageMs: null }));
}
