import { type Certificate, isIssuedInNameOf, isSignedBy } from './certificate.ts';
import { type Check, check } from './check.ts';
import { checkRevocation } from './crl.ts';
import { certificateCountries } from './issuing-state.ts';
import { isStrong, isStrongKey } from './signature-scheme.ts';
import type { Anchor, Purpose, TrustStore } from './trust-store.ts';

/** What a chain is judged by besides its certificates. */
export type ChainQuestion = {
  readonly leaf: Certificate;
  /** Certificates that came along: link certificates among them may lead to an anchor. */
  readonly others: readonly Certificate[];
  readonly role: 'document-signer' | 'master-list-signer';
  /** Null: anchors of any purpose. */
  readonly purpose: Purpose | null;
  /** Of DG1 (`VNM`); null: not known, or not asked. */
  readonly issuingState: string | null;
  /** When the document was issued, as near as is known. */
  readonly issuedMs: number | null;
  readonly nowMs: number;
};

export type ChainOutcome = {
  /**
   * no-anchor: nothing pinned for this purpose issued the certificate; forged: it names a pinned anchor, by name and key,
   * that did not sign it; invalid: issued under an anchor, and a check failed.
   */
  readonly chain: 'valid' | 'no-anchor' | 'forged' | 'invalid';
  /** SHA-256 of the anchor it was issued under. */
  readonly anchorSha256: string | null;
  readonly checks: readonly Check[];
};

/** The leaf, link certificates if any, the anchor's certificate. */
type Path = { readonly anchor: Anchor; readonly certificates: readonly Certificate[] };

/** Told, and no hindrance: a missing or old CRL (security C3), and periods of private keys: what was signed when, no reader sees. */
const STATED = new Set([
  'crl.available',
  'crl.current',
  'signer.key-period',
  'link.key-period',
  'csca.key-period',
]);

const PATH_CERTIFICATES_MAX = 8;
const SIGNATURES_MAX = 64;
/** ICAO 9303-12, 7.1.1: the extended key usage of those who sign master lists. */
const MASTER_LIST_SIGNER = '2.23.136.1.1.3';
/** A card bears the day it was granted; it is written and signed some weeks before or after. */
const ISSUE_LEEWAY_MS = 60 * 86_400_000;
/** Issuers write the midnight before, or their local time as UTC. */
const CLOCK_LEEWAY_MS = 86_400_000;

/**
 * Whether the leaf was rightly issued under a pinned anchor of that purpose (RFC 5280, 6; ICAO 9303-12, 5 and 7; BSI
 * TR-03135-1, 4.6). Never throws.
 */
export function verifyChain(store: TrustStore, question: ChainQuestion): ChainOutcome {
  const paths = findPaths(store.anchors, question);
  const { purpose } = question;
  const own = paths.filter(({ anchor }) => purpose === null || anchor.purpose === purpose);
  const [first, ...more] = own.map((path) => judge(store, question, path));
  if (first !== undefined) return [first, ...more].find(({ chain }) => chain === 'valid') ?? first;
  const forged =
    paths.length === 0 && store.anchors.some((anchor) => claims(question.leaf, anchor));
  return {
    chain: forged ? 'forged' : 'no-anchor',
    anchorSha256: null,
    checks: [
      check('chain.anchor', false),
      paths.length > 0
        ? check('chain.purpose', false)
        : { code: 'chain.purpose', outcome: 'skipped' },
      forged ? check('chain.signature', false) : { code: 'chain.signature', outcome: 'skipped' },
    ],
  };
}

function claims({ authorityKeyId, issuer }: Certificate, { certificate }: Anchor): boolean {
  return (
    authorityKeyId !== null &&
    authorityKeyId === certificate.subjectKeyId &&
    issuer.comparable === certificate.subject.comparable
  );
}

/** Every way up from the leaf in which each signature verifies, within a number of certificates and signatures. */
function findPaths(anchors: readonly Anchor[], { leaf, others }: ChainQuestion): readonly Path[] {
  let signatures = 0;
  const issued = (child: Certificate, issuer: Certificate) =>
    isIssuedInNameOf(child, issuer) && signatures++ < SIGNATURES_MAX && isSignedBy(child, issuer);
  const upFrom = (top: Certificate, below: readonly Certificate[]): readonly Path[] => {
    const certificates = [...below, top];
    if (certificates.length >= PATH_CERTIFICATES_MAX) return [];
    const ends = anchors
      .filter(({ certificate }) => issued(top, certificate))
      .map((anchor) => ({ anchor, certificates: [...certificates, anchor.certificate] }));
    const links = others.filter((other) => !certificates.includes(other) && issued(top, other));
    return [...ends, ...links.flatMap((link) => upFrom(link, certificates))];
  };
  return upFrom(leaf, []);
}

function judge(store: TrustStore, question: ChainQuestion, path: Path): ChainOutcome {
  const { leaf, issuingState, nowMs } = question;
  const { certificates, anchor } = path;
  const [, issuer = anchor.certificate] = certificates;
  const links = certificates.slice(1, -1);
  const checks: Check[] = [
    ...['chain.anchor', 'chain.purpose', 'chain.signature'].map((code) => check(code, true)),
    ...signerChecks(question),
    ...links.flatMap((link, index) =>
      issuerChecks('link', link, certificates.slice(0, index + 1), nowMs),
    ),
    ...issuerChecks('csca', anchor.certificate, certificates.slice(0, -1), nowMs),
    ...countryChecks(certificates, issuingState),
    ...checkRevocation(leaf, issuer, store.crls, nowMs),
  ];
  const holds = checks.every(
    ({ code, outcome }) => outcome === 'passed' || outcome === 'skipped' || STATED.has(code),
  );
  return {
    chain: holds ? 'valid' : 'invalid',
    anchorSha256: anchor.certificate.sha256,
    checks,
  };
}

/** Security C3: signer, links, CSCA and DG1 agree on the country. */
function countryChecks(
  certificates: readonly Certificate[],
  issuingState: string | null,
): readonly Check[] {
  const countries = certificates.flatMap(({ issuer, subject }) => [
    issuer.country,
    subject.country,
  ]);
  const [first = null] = countries;
  const all = (country: string | null) =>
    country !== null && countries.every((each) => each === country);
  return [
    check('country.certificates', all(first)),
    issuingState === null
      ? { code: 'country.document', outcome: 'skipped' }
      : check('country.document', certificateCountries(issuingState).some(all)),
  ];
}

/** The leaf: no CA, made for signing documents (or master lists) and for nothing else. */
function signerChecks({ leaf, role, issuedMs, nowMs }: ChainQuestion): readonly Check[] {
  const { basicConstraints, keyUsage, extendedKeyUsage, unknownCritical, privateKeyPeriod } = leaf;
  const usageHolds =
    role === 'document-signer'
      ? extendedKeyUsage === null
      : extendedKeyUsage?.includes(MASTER_LIST_SIGNER) === true;
  const atIssue = (code: string, holds: (ms: number) => boolean): Check =>
    issuedMs === null ? { code, outcome: 'skipped' } : check(code, holds(issuedMs));
  return [
    check('signer.validity', isWithin(nowMs, leaf)),
    atIssue('signer.validity-at-issue', (ms) => isWithin(ms, leaf, ISSUE_LEEWAY_MS)),
    atIssue('signer.key-period', (ms) => isInKeyPeriod(ms, privateKeyPeriod, ISSUE_LEEWAY_MS)),
    check('signer.no-ca', basicConstraints?.ca !== true),
    check('signer.key-usage', keyUsage?.digitalSignature === true && usageHolds),
    check('signer.critical-extensions', unknownCritical.length === 0),
    check('signer.strength', isStrongCertificate(leaf)),
  ];
}

/** A CA above the leaf; `below` are the certificates from the leaf up to the one it issued. */
function issuerChecks(
  what: 'link' | 'csca',
  issuer: Certificate,
  below: readonly Certificate[],
  nowMs: number,
): readonly Check[] {
  const { basicConstraints, keyUsage, unknownCritical, publicKey, privateKeyPeriod } = issuer;
  const issuedMs = below.at(-1)?.notBeforeMs ?? Number.NaN;
  // RFC 5280, 6.1.4 (l): certificates in which a CA names itself do not count; links of ICAO 9303-12 are such.
  const counted = below
    .slice(1)
    .filter((link) => link.subject.comparable !== link.issuer.comparable);
  const pathLength = basicConstraints?.pathLength ?? null;
  return [
    check(`${what}.validity`, isWithin(nowMs, issuer)),
    check(`${what}.validity-at-issue`, isWithin(issuedMs, issuer, CLOCK_LEEWAY_MS)),
    check(`${what}.key-period`, isInKeyPeriod(issuedMs, privateKeyPeriod, CLOCK_LEEWAY_MS)),
    check(`${what}.ca`, basicConstraints?.ca === true),
    check(`${what}.key-usage`, keyUsage?.keyCertSign === true),
    check(`${what}.path-length`, pathLength === null || counted.length <= pathLength),
    check(`${what}.critical-extensions`, unknownCritical.length === 0),
    // How an anchor signed itself is of no account: it was pinned.
    check(
      `${what}.strength`,
      what === 'csca' ? isStrongKey(publicKey) : isStrongCertificate(issuer),
    ),
  ];
}

function isWithin(ms: number, { notBeforeMs, notAfterMs }: Certificate, leewayMs = 0): boolean {
  return notBeforeMs - leewayMs <= ms && ms <= notAfterMs;
}

function isInKeyPeriod(
  ms: number,
  period: Certificate['privateKeyPeriod'],
  leewayMs: number,
): boolean {
  const { notBeforeMs, notAfterMs } = period ?? { notBeforeMs: null, notAfterMs: null };
  return (
    (notBeforeMs === null || notBeforeMs - leewayMs <= ms) &&
    (notAfterMs === null || ms <= notAfterMs)
  );
}

function isStrongCertificate({ scheme, publicKey }: Certificate): boolean {
  return scheme !== null && isStrong(scheme) && isStrongKey(publicKey);
}
