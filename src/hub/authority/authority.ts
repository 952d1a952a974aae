import { createPublicKey, type KeyObject, X509Certificate } from 'node:crypto';
import { DAY_MS } from '../../kernel/calendar.ts';
import { ConfigError } from '../../kernel/errors.ts';
import { type HubDirectory, newP256, pemOfKey } from '../hub-directory.ts';
import { type IssuedCertificate, issueCertificate } from './issue-certificate.ts';

/** One CA of this hub: signs hub certificates and stations' certificates. */
export type Authority = {
  readonly number: number;
  readonly pem: string;
  readonly certificate: X509Certificate;
  readonly privateKey: KeyObject;
};

const ORGANIZATION = 'Chot hub';
const AUTHORITY_DAYS = 3_650;
const STATION_DAYS = 90;
const HUB_DAYS = 90;
/** A hub's certificate is made anew when fewer days are left. */
const HUB_RENEW_DAYS = 30;
/** Certificates begin so long before they are made, for stations whose clocks are behind. */
/** So long before they are issued certificates begin: clocks differ. */
export const EARLY_MS = DAY_MS;

export function makeAuthority(directory: HubDirectory, nowMs: number): Authority {
  const number = (directory.authorityNumbers().at(-1) ?? 0) + 1;
  const privateKey = newP256();
  const subject = subjectOf(number);
  const { pem } = issueCertificate(
    { subject, privateKey },
    {
      ...{ kind: 'authority', subject, publicKey: createPublicKey(privateKey) },
      ...{ notBeforeMs: nowMs - EARLY_MS, notAfterMs: nowMs + AUTHORITY_DAYS * DAY_MS },
    },
  );
  // The certificate first: a key whose certificate is missing would be no authority.
  directory.writeKey(`authority-${number}.pem`, pem);
  directory.writeKey(`authority-${number}.p256`, pemOfKey(privateKey));
  return { number, pem, certificate: new X509Certificate(pem), privateKey };
}

/** Oldest first. */
export function readAuthorities(directory: HubDirectory): readonly Authority[] {
  return directory.authorityNumbers().map((number) => {
    const pem = directory.text(`authority-${number}.pem`);
    const privateKey = directory.privateKey(`authority-${number}.p256`);
    if (pem === null || privateKey === null) {
      throw new ConfigError(
        `authority ${number} lacks its certificate or key in ${directory.path}/keys: put both back from the backup`,
      );
    }
    return { number, pem, certificate: new X509Certificate(pem), privateKey };
  });
}

/** 90 days; the names are ours, whatever the request said. */
export function issueStationCertificate(
  authority: Authority,
  station: { readonly region: string; readonly station: string; readonly publicKey: KeyObject },
  nowMs: number,
): IssuedCertificate & { readonly notAfterMs: number } {
  const notAfterMs = nowMs + STATION_DAYS * DAY_MS;
  const issued = issueCertificate(asIssuer(authority), {
    ...{ kind: 'station', publicKey: station.publicKey },
    ...{ notBeforeMs: nowMs - EARLY_MS, notAfterMs },
    subject: { commonName: station.station, organization: station.region },
  });
  return { ...issued, notAfterMs };
}

/** What the hub shows when a station connects: its certificate, then the authority that signed it. */
export type TlsIdentity = { readonly key: string; readonly chain: string };

/**
 * The hub's TLS certificate, made anew when the names changed, the authority did, or its term nears. Signed by the oldest
 * authority in its term: a station that was away knows that one.
 */
export function tlsIdentity(
  directory: HubDirectory,
  authority: Authority,
  hosts: readonly string[],
  nowMs: number,
): TlsIdentity {
  const kept = directory.text('tls.pem');
  const key = directory.privateKey('tls.p256');
  if (
    kept !== null &&
    key !== null &&
    isGood(new X509Certificate(kept), key, authority, hosts, nowMs)
  ) {
    return { key: pemOfKey(key), chain: kept + authority.pem };
  }
  const privateKey = newP256();
  const { pem } = issueCertificate(asIssuer(authority), {
    ...{ kind: 'hub', hosts, publicKey: createPublicKey(privateKey) },
    ...{ notBeforeMs: nowMs - EARLY_MS, notAfterMs: nowMs + HUB_DAYS * DAY_MS },
    subject: { commonName: 'hub', organization: ORGANIZATION },
  });
  directory.writeKey('tls.p256', pemOfKey(privateKey));
  directory.writeKey('tls.pem', pem);
  return { key: pemOfKey(privateKey), chain: pem + authority.pem };
}

export function isInTerm(certificate: X509Certificate, nowMs: number): boolean {
  return Date.parse(certificate.validFrom) <= nowMs && nowMs < Date.parse(certificate.validTo);
}

function isGood(
  certificate: X509Certificate,
  key: KeyObject,
  authority: Authority,
  hosts: readonly string[],
  nowMs: number,
): boolean {
  const names = (certificate.subjectAltName ?? '').split(', ').length;
  return (
    isInTerm(certificate, nowMs + HUB_RENEW_DAYS * DAY_MS) &&
    isInTerm(certificate, nowMs) &&
    certificate.checkPrivateKey(key) &&
    certificate.verify(authority.certificate.publicKey) &&
    names === hosts.length &&
    hosts.every((host) => certificate.checkHost(host) ?? certificate.checkIP(host))
  );
}

function asIssuer({ number, privateKey }: Authority) {
  return { subject: subjectOf(number), privateKey };
}

function subjectOf(number: number) {
  return { commonName: `authority-${number}`, organization: ORGANIZATION };
}
