import { compareGroupHashes, groupsOwed, hashName } from '../lds/data-group-hashes.ts';
import { LDS_SECURITY_OBJECT, type Sod } from '../lds/sod.ts';
import { understand } from '../protocol-error.ts';
import {
  type AuthenticityEvidence,
  type AuthenticityState,
  judgeAuthenticity,
  type ProofOutcome,
  proofCheck,
} from './authenticity.ts';
import { type Certificate, parseCertificate } from './certificate.ts';
import { type ChainOutcome, verifyChain } from './chain.ts';
import { type Check, check } from './check.ts';
import { type CmsOutcome, verifyCms } from './cms-signature.ts';
import type { Purpose, TrustStore } from './trust-store.ts';

/** What was read of a card, or of saved files. */
export type CardEvidence = {
  /** Or why EF.SOD is no security object: a ProtocolError's code (`sod.signers`, `tlv.truncated`). */
  readonly sod: Sod | { readonly problem: string };
  /** Raw bytes as read, by number. */
  readonly groups: ReadonlyMap<number, Uint8Array>;
  /** Groups in whose place the card gave something that is no such file: what was signed was not seen. */
  readonly broken?: ReadonlySet<number>;
  /** From DG1: document code (`ID`, `P`) and issuing state (`VNM`); null when DG1 was not read. */
  readonly document: { readonly code: string; readonly issuingState: string } | null;
  /** When the document was issued (DG12, DG13), milliseconds since 1970 UTC, or null: then the signing time is taken. */
  readonly issuedMs: number | null;
  readonly chipAuthentication: ProofOutcome;
  readonly activeAuthentication: ProofOutcome;
};

export type Authenticity = {
  readonly state: AuthenticityState;
  readonly signature: CmsOutcome['signature'];
  readonly chain: 'valid' | 'no-anchor' | 'invalid';
  /** none: no group was read. */
  readonly hashes: 'valid' | 'invalid' | 'unverifiable' | 'none';
  readonly checks: readonly Check[];
  /** For an outside check where the issuer is unknown. */
  readonly signerCertificate: Certificate | null;
  readonly anchorSha256: string | null;
  /**
   * Which anchors were asked, by what DG1 says the document is: only `cccd` makes a genuine identity card of Vietnam. Null:
   * DG1 is not known.
   */
  readonly purpose: Purpose | null;
};

/** Without DG1 nothing says whose the document is. */
const MACHINE_READABLE_ZONE = 1;

/**
 * The authenticity of a card: signature of EF.SOD, its signer's chain, group hashes, the proofs the chip owes (ICAO 9303-11,
 * 5.1; security C1, C3). Never throws for what a card says.
 */
export function authenticate(
  store: TrustStore,
  evidence: CardEvidence,
  nowMs: number,
): Authenticity {
  const { sod } = evidence;
  if ('problem' in sod) return withoutSecurityObject(sod.problem, purposeOf(evidence.document));
  const cms = verifyCms('sod', sod);
  const chain = chainOf(store, evidence, sod, cms, nowMs);
  const groups = judgeGroups(sod, evidence);
  const owed = groupsOwed(sod);
  const owes = {
    chipAuthentication: owed.includes(14),
    activeAuthentication: owed.includes(15),
  };
  const chipAuthentication = backed(evidence.chipAuthentication, groups.passed.has(14));
  const activeAuthentication = backed(evidence.activeAuthentication, groups.passed.has(15));
  const checks: readonly Check[] = [
    check('sod.content-type', sod.contentType === LDS_SECURITY_OBJECT),
    ...cms.checks,
    ...chain.checks,
    ...groups.checks,
    proofCheck('chip.chip-authentication', owes.chipAuthentication, chipAuthentication),
    proofCheck('chip.active-authentication', owes.activeAuthentication, activeAuthentication),
  ];
  const state = judgeAuthenticity({
    signature: cms.signature,
    chain: chain.chain,
    strong: checks.every(({ code, outcome }) => !mustHold(code) || outcome !== 'failed'),
    countryAgrees: chain.checks.some(
      ({ code, outcome }) => code === 'country.document' && outcome === 'passed',
    ),
    groups,
    owes,
    chipAuthentication,
    activeAuthentication,
  });
  return {
    state,
    signature: cms.signature,
    chain: chain.chain === 'forged' ? 'invalid' : chain.chain,
    hashes: groups.hashes,
    checks,
    signerCertificate: cms.signerCertificate,
    anchorSha256: chain.anchorSha256,
    purpose: purposeOf(evidence.document),
  };
}

function mustHold(code: string): boolean {
  return code.endsWith('.strength') || code === 'sod.content-type' || code === 'sod.algorithm';
}

/** Security C1: a proof counts only if it was made with a key whose group matched its hash. */
function backed(proof: ProofOutcome, groupPassed: boolean): ProofOutcome {
  return proof === 'passed' && !groupPassed ? 'unusable' : proof;
}

/**
 * Which anchors may vouch for a document: for a Vietnamese one that is no passport only those pinned for identity cards.
 * Null: DG1 is not known, nothing will be genuine, and any anchor may tell who signed.
 */
function purposeOf(document: CardEvidence['document']): Purpose | null {
  if (document === null) return null;
  const passport = document.code.startsWith('P');
  return document.issuingState === 'VNM' && !passport ? 'cccd' : 'passport';
}

function chainOf(
  store: TrustStore,
  { document, issuedMs }: CardEvidence,
  sod: Sod,
  { signerCertificate, signedMs }: CmsOutcome,
  nowMs: number,
): ChainOutcome {
  if (signerCertificate === null) {
    return {
      chain: 'no-anchor',
      anchorSha256: null,
      checks: [{ code: 'chain.anchor', outcome: 'impossible' }],
    };
  }
  return verifyChain(store, {
    leaf: signerCertificate,
    others: sod.certificates
      .flatMap(parsed)
      .filter(({ sha256 }) => sha256 !== signerCertificate.sha256),
    role: 'document-signer',
    purpose: purposeOf(document),
    issuingState: document?.issuingState ?? null,
    issuedMs: issuedMs ?? signedMs,
    nowMs,
  });
}

function judgeGroups(sod: Sod, { groups, broken }: CardEvidence) {
  const outcomes = [...compareGroupHashes(sod, groups)].map(([number, outcome]) => {
    const unseen = outcome === 'skipped' && broken?.has(number) === true;
    return [number, unseen ? 'impossible' : outcome] as const;
  });
  const have = (...wanted: readonly string[]) =>
    outcomes.some(([, outcome]) => wanted.includes(outcome));
  const altered = have('failed', 'unlisted');
  const unverifiable = have('impossible') || hashName(sod.groupDigestAlgorithm.oid) === null;
  const passed = new Set(
    outcomes.filter(([, outcome]) => outcome === 'passed').map(([number]) => number),
  );
  const hashes: Authenticity['hashes'] =
    groups.size === 0 ? 'none' : altered ? 'invalid' : unverifiable ? 'unverifiable' : 'valid';
  const checks = outcomes.map(
    ([number, outcome]): Check => ({
      code: `group.${number}`,
      outcome: outcome === 'unlisted' ? 'failed' : outcome,
    }),
  );
  const strength = check('groups.strength', hashName(sod.groupDigestAlgorithm.oid) !== 'sha1');
  return {
    altered,
    unverifiable,
    passed,
    complete: passed.has(MACHINE_READABLE_ZONE),
    hashes,
    checks: [...checks, strength],
  } satisfies AuthenticityEvidence['groups'] & Record<string, unknown>;
}

function withoutSecurityObject(code: string, purpose: Purpose | null): Authenticity {
  return {
    state: 'unverifiable',
    signature: 'unverifiable',
    chain: 'no-anchor',
    hashes: 'none',
    checks: [check(code, false)],
    signerCertificate: null,
    anchorSha256: null,
    purpose,
  };
}

function parsed(der: Uint8Array): readonly Certificate[] {
  const certificate = understand(() => parseCertificate(der));
  return certificate === null ? [] : [certificate];
}
