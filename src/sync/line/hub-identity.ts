import { createHash, type KeyObject, X509Certificate } from 'node:crypto';
import type { TimeInterval } from '../../kernel/time-interval.ts';

/** A hub that cannot prove to be the one. `message` is for people: expected, came, what to do. */
export class NotTheHub extends Error {
  override readonly name = 'NotTheHub';
}

/** X.509 DER of the CAs that a hub's certificate may lead to, or the SHA-256 of the one that an enrolment code pins. */
export type TrustedAuthorities =
  | { readonly kind: 'listed'; readonly authorities: readonly Uint8Array[] }
  | { readonly kind: 'pinned'; readonly sha256: Uint8Array };

/** The hub's certificate is over, or this station's clock is wrong: nothing tells which. */
export class OtherTime extends NotTheHub {}

/** How a station shows itself at the hub. */
export type ClientIdentity = { readonly certificatePem: string; readonly key: KeyObject };

/**
 * The authority that `chain` (leaf first) leads to, else NotTheHub; OtherTime when only the term is wrong. Judged here and not by OpenSSL, because the term counts
 * on the station's time interval: a machine whose clock is years off must still reach the hub that can tell it the time.
 */
export function judgeHub(
  chain: readonly X509Certificate[],
  trusted: TrustedAuthorities,
  host: string,
  time: TimeInterval,
): X509Certificate {
  const [leaf] = chain;
  if (leaf === undefined) throw new NotTheHub('the hub showed no certificate');
  const authority = authorityOf(leaf, chain, trusted);
  if (leaf.ca) throw new NotTheHub('the hub showed the certificate of an authority as its own');
  if (!namesHost(leaf, host)) {
    throw new NotTheHub(
      `the hub's certificate does not name "${host}" (it names ${leaf.subjectAltName ?? 'nobody'}): use the name that it has`,
    );
  }
  for (const certificate of [leaf, authority]) refuseOutsideTerm(certificate, time);
  return authority;
}

function authorityOf(
  leaf: X509Certificate,
  chain: readonly X509Certificate[],
  trusted: TrustedAuthorities,
): X509Certificate {
  const candidates =
    trusted.kind === 'listed'
      ? trusted.authorities.flatMap(parsed)
      : chain.slice(-1).filter((last) => sha256(last.raw).equals(trusted.sha256));
  const authority = candidates.find(
    (each) => each.ca && leaf.checkIssued(each) && leaf.verify(each.publicKey),
  );
  if (authority !== undefined) return authority;
  throw new NotTheHub(
    trusted.kind === 'listed'
      ? "the hub's certificate is signed by none of the authorities in the role list: nothing was sent"
      : 'the hub is not the one that printed the code (its authority has another SHA-256): nothing was sent; check the address and the code',
  );
}

function namesHost(leaf: X509Certificate, host: string): boolean {
  return leaf.checkHost(host) !== undefined || leaf.checkIP(host) !== undefined;
}

function refuseOutsideTerm({ validFrom, validTo }: X509Certificate, time: TimeInterval): void {
  const isTooEarly = time.latestMs < Date.parse(validFrom);
  if (!isTooEarly && time.earliestMs <= Date.parse(validTo)) return;
  throw new OtherTime(
    `this machine's date is ${dateOf(isTooEarly ? time.latestMs : time.earliestMs)}, but the hub's certificate holds from ${dateOf(Date.parse(validFrom))} to ${dateOf(Date.parse(validTo))}: if the date here is wrong, set it (timedatectl set-time), then try again; if it is right, renew the certificate at the hub`,
  );
}

function dateOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}

function parsed(der: Uint8Array): X509Certificate[] {
  try {
    return [new X509Certificate(der)];
  } catch {
    return [];
  }
}

function sha256(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest();
}
