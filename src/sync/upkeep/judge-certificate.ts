import { createHash, createPublicKey, type KeyObject, X509Certificate } from 'node:crypto';
import { DAY_MS } from '../../kernel/calendar.ts';
import type { TimeInterval } from '../../kernel/time-interval.ts';

const RENEW_AFTER_MS = 60 * DAY_MS;
const GRACE_MS = 45 * DAY_MS;

/**
 * What a station's certificate is good for (security E5). fine: everything. due: everything, and to be renewed. grace: renewing
 * only. ended: nothing; the station has to be enrolled again.
 */
export type CertificateState = 'fine' | 'due' | 'grace' | 'ended';

export function certificateState(pem: string, time: TimeInterval): CertificateState {
  const { validFrom, validTo } = new X509Certificate(pem);
  const endMs = Date.parse(validTo);
  // Told apart by what is surely so: a station that does not know the date renews rather than gives up.
  if (time.earliestMs >= endMs + GRACE_MS) return 'ended';
  if (time.earliestMs >= endMs) return 'grace';
  return time.latestMs >= Date.parse(validFrom) + RENEW_AFTER_MS ? 'due' : 'fine';
}

type Expected = {
  readonly station: string;
  readonly region: string;
  /** The key that was asked for. */
  readonly key: KeyObject;
  /** X.509 DER. */
  readonly authorities: readonly Uint8Array[];
};

/** Why a certificate that the hub gave is none for this station; null when it is. */
export function certificateFault(pem: string, expected: Expected): string | null {
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(pem);
  } catch {
    return 'malformed';
  }
  const { station, region, key, authorities } = expected;
  const names = new Map(certificate.subject.split('\n').map((line) => splitOnce(line)));
  if (names.get('CN') !== station || names.get('O') !== region) return 'subject';
  if (!isFor(pem, key)) return 'key';
  const isSigned = authorities.some((der) => {
    const authority = new X509Certificate(der);
    return certificate.checkIssued(authority) && certificate.verify(authority.publicKey);
  });
  return isSigned ? null : 'authority';
}

/** Whether a certificate is for this private key. Throws for what is no certificate. */
export function isFor(pem: string, key: KeyObject): boolean {
  return fingerprint(new X509Certificate(pem).publicKey) === fingerprint(createPublicKey(key));
}

function splitOnce(line: string): [string, string] {
  const at = line.indexOf('=');
  return [line.slice(0, at), line.slice(at + 1)];
}

function fingerprint(key: KeyObject): string {
  return createHash('sha256')
    .update(key.export({ format: 'der', type: 'spki' }))
    .digest('hex');
}
