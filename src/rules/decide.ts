import type { IdentityDocument } from '../documents/document.ts';
import { type Finding, reason } from './finding.ts';
import { judgeDocuments } from './judge-documents.ts';
import { judgeProof, proofOf, trustVersionOf } from './judge-proof.ts';
import { judgeRegisters } from './judge-registers.ts';
import { byRank, compareSeverity, REASON_VERDICTS } from './reasons.ts';
import type { Situation } from './situation.ts';
import { isTest } from './subject.ts';
import type { Reason, Verdict, VerdictKind } from './verdict.ts';

/**
 * Decides one attempt to cross from everything that was shown for it. Pure. A pass needs every sub-check that the
 * policy requires to have passed (security A3); what is merely unknown gives check.
 */
export function decide(documents: readonly IdentityDocument[], situation: Situation): Verdict {
  const proof = proofOf(documents, situation.cards.proven?.proof ?? null);
  const findings = [
    judgeRegisters(documents, situation),
    judgeProof(proof, situation),
    judgeRepeat(situation),
    judgeTime(situation),
    judgeDocuments(documents, situation.cards),
  ];
  const reasons = findings.flatMap((finding) => finding.reasons).sort(worstFirst);
  return {
    kind: worst(reasons),
    reasons,
    checks: findings.flatMap((finding) => finding.checks),
    registers: situation.registers.map(({ use }) => use),
    proof,
    trustVersion: trustVersionOf(documents) ?? situation.cards.proven?.trustVersion ?? null,
    test: isTest(documents),
  };
}

/** The verdict when the rules failed or did not answer: nothing is known, so staff look (security A3). */
export function faultVerdict(documents: readonly IdentityDocument[]): Verdict {
  return {
    kind: 'check',
    reasons: [reason('rules.fault')],
    checks: [{ code: 'rules', outcome: 'impossible', ageMs: null }],
    registers: [],
    proof: proofOf(documents, null),
    trustVersion: trustVersionOf(documents),
    test: isTest(documents),
  };
}

function judgeRepeat({ repeat }: Situation): Finding {
  const outcome = repeat === null ? 'passed' : 'failed';
  return {
    checks: [{ code: 'repeat', outcome, ageMs: null }],
    reasons: repeat === null ? [] : [{ ...reason('repeat'), earlierAtMs: repeat.earlierAtMs }],
  };
}

function judgeTime({ time }: Situation): Finding {
  const isSet = time.trust !== 'unset';
  return {
    checks: [{ code: 'time.set', outcome: isSet ? 'passed' : 'impossible', ageMs: null }],
    reasons: isSet ? [] : [reason('time.unset')],
  };
}

function worst(reasons: readonly Reason[]): VerdictKind {
  return reasons
    .map(({ code }) => REASON_VERDICTS[code])
    .reduce<VerdictKind>((one, other) => (compareSeverity(one, other) >= 0 ? one : other), 'pass');
}

function worstFirst(one: Reason, other: Reason): number {
  return byRank(one.code, other.code);
}
