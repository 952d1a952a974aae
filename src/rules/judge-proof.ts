import type { CheckOutcome, ChipProof, IdentityDocument } from '../documents/document.ts';
import { type Finding, reason } from './finding.ts';
import type { ReasonCode } from './reasons.ts';
import type { Situation } from './situation.ts';
import { isChip } from './subject.ts';
import type { ProofLevel, SubCheck } from './verdict.ts';

type Told = {
  readonly level: ProofLevel;
  readonly outcome: CheckOutcome;
  readonly reason: ReasonCode | null;
};

/** Best first: of several readings the worst holds, or a copy would be forgotten when the card itself is shown. */
const PROOFS: Readonly<Record<ChipProof, Told>> = {
  genuine: { level: 'chip-genuine', outcome: 'passed', reason: null },
  'chip-not-proven': {
    ...{ level: 'chip-not-proven', outcome: 'impossible', reason: 'chip.not-proven' },
  },
  'issuer-unknown': {
    ...{ level: 'chip-issuer-unknown', outcome: 'impossible', reason: 'chip.issuer-unknown' },
  },
  unverifiable: {
    ...{ level: 'chip-unverifiable', outcome: 'impossible', reason: 'chip.unverifiable' },
  },
  cloned: { level: 'chip-cloned', outcome: 'failed', reason: 'chip.cloned' },
  altered: { level: 'chip-altered', outcome: 'failed', reason: 'chip.altered' },
};
const LEVELS = Object.values(PROOFS).map(({ level }) => level);

const CLAIM: Told = { level: 'claim', outcome: 'skipped', reason: null };

/** Nothing but a genuine chip is a proof, and only where the policy asks for one is a claim not enough. */
export function judgeProof(level: ProofLevel, { policy, cards }: Situation): Finding {
  const told = Object.values(PROOFS).find((proof) => proof.level === level) ?? CLAIM;
  const opened: SubCheck = { code: 'chip.opened', outcome: 'failed', ageMs: null };
  const required = level === 'claim' && policy.requireChip;
  return {
    checks: [
      { code: 'chip.genuine', outcome: told.outcome, ageMs: null },
      ...(cards.notOpened ? [opened] : []),
    ],
    reasons: [
      ...(told.reason === null ? [] : [reason(told.reason)]),
      ...(cards.notOpened ? [reason('chip.not-opened')] : []),
      ...(required ? [reason('chip.required')] : []),
    ],
  };
}

/** The worst of what the documents prove and of what was proven before; null: nothing was. */
export function proofOf(
  documents: readonly IdentityDocument[],
  before: ProofLevel | null,
): ProofLevel {
  const levels = [
    ...documents.filter(isChip).map(({ chip }) => PROOFS[chip.proof].level),
    ...(before === null ? [] : [before]),
  ];
  return LEVELS.findLast((level) => levels.includes(level)) ?? 'claim';
}

/** Of the reading that was judged last. */
export function trustVersionOf(documents: readonly IdentityDocument[]): string | null {
  return documents.findLast(isChip)?.chip.trustVersion ?? null;
}
