import type { ChainOutcome } from './chain.ts';
import type { Check } from './check.ts';
import type { CmsOutcome } from './cms-signature.ts';

export type AuthenticityState =
  | 'genuine'
  | 'chip-not-proven'
  | 'issuer-unknown'
  | 'altered'
  | 'unverifiable'
  | 'cloned';

/**
 * How a proof of the chip ended. passed: and, for Chip Authentication, a further read came with a right MAC; unusable: the group
 * was refused, did not match its hash, could not be understood; unknown-algorithm: its algorithm is not one of ours;
 * not-offered: the group is there as signed and holds no key for this proof; not-tried: nothing asked the chip.
 */
export type ProofOutcome =
  | 'passed'
  | 'failed'
  | 'unusable'
  | 'unknown-algorithm'
  | 'not-offered'
  | 'not-tried';

/** Everything the state follows from, and nothing it could be talked out of by an unsigned file of the card. */
export type AuthenticityEvidence = {
  readonly signature: CmsOutcome['signature'];
  readonly chain: ChainOutcome['chain'];
  /** Signature, certificates and group hashes are of strong algorithms, one hash was used; what was signed says it is a security object (security C3). */
  readonly strong: boolean;
  /** Whether the country of DG1 is that of the certificates: of a DG1 that matched its hash. */
  readonly countryAgrees: boolean;
  readonly groups: {
    /** A group that was read differs from its hash, or the SOD has none for it. */
    readonly altered: boolean;
    /** The hash algorithm is not one of ours. */
    readonly unverifiable: boolean;
    /** Every group the document is told by was read and matched. */
    readonly complete: boolean;
  };
  /** Whether the SOD hashes DG14 and DG15: that alone says which proofs the chip owes (security C1). */
  readonly owes: { readonly chipAuthentication: boolean; readonly activeAuthentication: boolean };
  readonly chipAuthentication: ProofOutcome;
  readonly activeAuthentication: ProofOutcome;
};

/**
 * The state of a card (security C1, C3). The worst holds: altered data before a copied chip, before what cannot be
 * verified, before an issuer nobody pinned, before a chip that proved nothing.
 */
export function judgeAuthenticity(evidence: AuthenticityEvidence): AuthenticityState {
  const { signature, chain, strong, countryAgrees, groups } = evidence;
  const proofs = owedProofs(evidence);
  const chained = chain === 'valid' || chain === 'no-anchor';
  if (signature === 'invalid' || chain === 'forged' || groups.altered) return 'altered';
  if (proofs.some((proof) => proof === 'failed' || proof === 'unusable')) return 'cloned';
  if (signature !== 'valid' || !chained || !strong || groups.unverifiable) return 'unverifiable';
  if (proofs.includes('unknown-algorithm')) return 'unverifiable';
  if (chain === 'no-anchor') return 'issuer-unknown';
  const proven = proofs.includes('passed') && !proofs.includes('not-tried');
  if (!proven || !groups.complete) return 'chip-not-proven';
  return countryAgrees ? 'genuine' : 'unverifiable';
}

/** A proof the SOD does not oblige the chip to counts for nothing, however it ended. */
function owedProofs(evidence: AuthenticityEvidence): readonly ProofOutcome[] {
  const { owes, chipAuthentication, activeAuthentication } = evidence;
  // DG14 holds other things too, and may hold no key; DG15 is nothing but one.
  const active = activeAuthentication === 'not-offered' ? 'unusable' : activeAuthentication;
  return [
    ...(owes.chipAuthentication ? [chipAuthentication] : []),
    ...(owes.activeAuthentication ? [active] : []),
  ];
}

/** A proof as one of the checks of a verdict. */
export function proofCheck(code: string, owed: boolean, proof: ProofOutcome): Check {
  if (!owed) return { code, outcome: 'skipped' };
  switch (proof) {
    case 'passed':
    case 'failed':
      return { code, outcome: proof };
    case 'unusable':
      return { code, outcome: 'failed' };
    case 'unknown-algorithm':
      return { code, outcome: 'impossible' };
    case 'not-offered':
    case 'not-tried':
      return { code, outcome: 'skipped' };
    default:
      return proof satisfies never;
  }
}
