import type { Certificate } from '../chip/trust/certificate.ts';
import type { Crl } from '../chip/trust/crl.ts';
import type { ImportReport } from '../chip/trust/import-file.ts';
import { isStrongKey } from '../chip/trust/signature-scheme.ts';
import {
  type Anchor,
  expiringAnchors,
  type Purpose,
  storeVersion,
  type TrustStore,
} from '../chip/trust/trust-store.ts';
import { dayOf, dayToIso } from '../kernel/calendar.ts';

/** What `chot trust` prints: for people, or one JSON object a line. */

const EXPIRING_DAYS = 90;

/** Why something was not taken in, for whoever gave it; codes without a line speak of bytes that are not understood. */
const REFUSALS: Readonly<Record<string, string>> = {
  'anchor.denied': 'its private key is published: everybody could sign with it',
  'anchor.not-ca': 'it is no certificate of an issuing authority (CSCA)',
  'anchor.key': 'its key is of a kind that is not known here',
  'anchor.signature': 'its own signature does not hold: it is damaged, or no such certificate',
  'anchor.full': 'no more certificates fit into the trust store',
  'crl.issuer-unknown': 'no trusted certificate signed it: import its issuer first',
  'crl.full': 'no more revocation lists fit into the trust store',
  'import.cut-off': 'it is cut off, its END is missing: copy the file again',
  'import.pem': 'it does not hold base64 between BEGIN and END: export it again',
  'import.private-key':
    'it is a private key, not a certificate: never copy it to a station, and delete it here',
  'import.not-vouched-for':
    'nobody signs an LDIF file: give its SHA-256 as its publisher states it, with --sha256',
  'master-list.not-vouched-for':
    'no trusted certificate of this purpose stands behind its signer: import that one first, or give its SHA-256 as its publisher states it, with --sha256',
};

export function importLines(
  file: string,
  purpose: Purpose,
  report: ImportReport,
  json: boolean,
): string[] {
  const { sha256, added, crlsAdded, present, passedOver, refused, masterLists, store } = report;
  if (json) {
    return [
      JSON.stringify({
        ...{ file, sha256, purpose, added: added.map(certificateShape) },
        ...{ crlsAdded, present, passedOver, refused },
        masterLists: masterLists.map((list) => ({
          ...{ sha256: list.sha256, accepted: list.accepted },
          ...{ certificates: list.certificates.length, checks: list.checks },
        })),
        trustVersion: storeVersion(store),
      }),
    ];
  }
  return [
    `${file} (SHA-256 ${sha256})`,
    ...masterLists.map(
      ({ accepted, certificates }) =>
        `  master list of ${certificates.length} certificates, ${accepted === null ? 'refused' : `accepted by its ${accepted === 'signer' ? 'signer' : 'SHA-256'}`}`,
    ),
    ...added.map((certificate) => `  added for ${purpose}: ${certificateText(certificate)}`),
    ...(crlsAdded > 0 ? [`  added: ${crlsAdded} revocation list(s)`] : []),
    ...(present > 0 ? [`  there already: ${present}`] : []),
    ...(passedOver > 0
      ? [`  passed over: ${passedOver} signers of documents, which need no trust`]
      : []),
    ...refused.map(
      ({ what, code }) => `  refused: ${what}: ${REFUSALS[code] ?? 'it cannot be read'} (${code})`,
    ),
  ];
}

export function listLines(store: TrustStore, nowMs: number, json: boolean): string[] {
  const expiring = new Set(expiringAnchors(store, nowMs, EXPIRING_DAYS));
  const anchors = store.anchors.map((anchor) => ({
    anchor,
    warnings: warningsOf(anchor, nowMs, expiring),
  }));
  const version = storeVersion(store);
  const counts = { anchors: store.anchors.length, crls: store.crls.length };
  if (json) {
    return [
      ...anchors.map(({ anchor, warnings }) => ({ ...anchorShape(anchor), warnings })),
      ...store.crls.map((crl) => ({ ...crlShape(crl), warnings: crlWarnings(crl, nowMs) })),
      { trustVersion: version, ...counts },
    ].map((line) => JSON.stringify(line));
  }
  return [
    ...anchors.map(({ anchor, warnings }) => anchorText(anchor) + warned(warnings)),
    ...store.crls.map((crl) => crlText(crl) + warned(crlWarnings(crl, nowMs))),
    `${counts.anchors} certificate(s), ${counts.crls} revocation list(s); version ${version}`,
    ...(counts.anchors === 0
      ? ['Nothing is trusted: no card can be genuine. See chot trust import --help.']
      : []),
  ];
}

export function removeLines(
  removed: readonly Anchor[],
  after: TrustStore,
  json: boolean,
): string[] {
  if (!json) return removed.map((anchor) => `removed: ${anchorText(anchor)}`);
  const trustVersion = storeVersion(after);
  return removed.map((anchor) => JSON.stringify({ removed: anchorShape(anchor), trustVersion }));
}

function warningsOf(
  anchor: Anchor,
  nowMs: number,
  expiring: ReadonlySet<Anchor>,
): readonly string[] {
  const { notBeforeMs, notAfterMs, publicKey } = anchor.certificate;
  return [
    ...(notAfterMs < nowMs ? ['expired'] : expiring.has(anchor) ? ['expires-soon'] : []),
    ...(notBeforeMs > nowMs ? ['not-yet-valid'] : []),
    ...(isStrongKey(publicKey) ? [] : ['weak-key']),
  ];
}

function crlWarnings({ nextUpdateMs }: Crl, nowMs: number): readonly string[] {
  return nextUpdateMs === null || nextUpdateMs < nowMs ? ['out-of-date'] : [];
}

function warned(warnings: readonly string[]): string {
  return warnings.length === 0 ? '' : `  ! ${warnings.join(', ')}`;
}

function anchorShape({ certificate, purpose, source, addedDay }: Anchor) {
  return { ...certificateShape(certificate), purpose, source, added: addedDay };
}

function certificateShape(certificate: Certificate) {
  const { sha256, subject, subjectKeyId, serial, notBeforeMs, notAfterMs } = certificate;
  return {
    ...{ sha256, subject: subject.text, country: subject.country, keyId: subjectKeyId, serial },
    ...{ notBefore: isoDay(notBeforeMs), notAfter: isoDay(notAfterMs) },
  };
}

function crlShape({ sha256, issuer, thisUpdateMs, nextUpdateMs, revoked }: Crl) {
  return {
    ...{ crl: sha256, issuer: issuer.text, country: issuer.country, revoked: revoked.size },
    thisUpdate: isoDay(thisUpdateMs),
    nextUpdate: nextUpdateMs === null ? null : isoDay(nextUpdateMs),
  };
}

function anchorText({ certificate, purpose }: Anchor): string {
  return `${purpose.padEnd(8)} ${certificateText(certificate)}`;
}

function certificateText({ sha256, subject, subjectKeyId, notAfterMs }: Certificate): string {
  const keyId = subjectKeyId === null ? 'none' : subjectKeyId.slice(0, 16);
  return `${subject.country ?? '--'}  ${sha256.slice(0, 16)}  until ${isoDay(notAfterMs)}  key ${keyId}  ${subject.text}`;
}

function crlText({ sha256, issuer, nextUpdateMs, revoked }: Crl): string {
  const until = nextUpdateMs === null ? 'unknown' : isoDay(nextUpdateMs);
  return `revoked  ${issuer.country ?? '--'}  ${sha256.slice(0, 16)}  next   ${until}  ${revoked.size} of ${issuer.text}`;
}

function isoDay(ms: number): string {
  return dayToIso(dayOf(ms));
}
