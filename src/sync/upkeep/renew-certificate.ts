import { createHash, type KeyObject } from 'node:crypto';
import { toHex } from '../../kernel/bytes.ts';
import type { Alarms } from '../alarms.ts';
import { type Kept, keptText } from '../kept.ts';
import type { Failure, HubCalls } from '../line/hub-calls.ts';
import type { ClientIdentity } from '../line/hub-identity.ts';
import { makeCertificateRequest } from '../protocol/make-certificate-request.ts';
import { renewalProofBytes } from '../protocol/proofs.ts';
import { RenewalAnswer, type RenewalRequest } from '../protocol/wire.ts';
import type { StationIdentity } from '../station-identity.ts';
import { certificateFault, certificateState, isFor } from './judge-certificate.ts';
import type { TlsKeys } from './tls-keys.ts';

export type RenewalDeps = {
  readonly calls: HubCalls;
  readonly identity: StationIdentity;
  readonly authorities: () => readonly Uint8Array[];
  readonly kept: Kept;
  readonly keys: TlsKeys;
  readonly alarms: Alarms;
  /** Shows this at the hub from the next connection on. */
  readonly show: (identity: ClientIdentity) => void;
  /** Whether the hub answers a call, shown what `show` was last given. */
  readonly works: (signal: AbortSignal) => Promise<Failure | null>;
};

/**
 * Renews the certificate when it is time, with a new key; the old one stays until the new one has worked. Every step is kept
 * before the next: killed anywhere, the next call goes on. Null when nothing (more) is to be done.
 */
export async function renewCertificate(
  deps: RenewalDeps,
  signal: AbortSignal,
): Promise<Failure | null> {
  const { kept, alarms, identity } = deps;
  if (kept.get('next-certificate') !== null) return tryNext(deps, signal);
  const pem = keptText(kept, 'certificate');
  if (pem === null) return null;
  switch (certificateState(pem, identity.time())) {
    case 'fine':
      return null;
    case 'ended':
      alarms.raise('certificate.ended', {});
      return null;
    case 'due':
    case 'grace': {
      const failure = await request(deps, signal);
      return failure ?? tryNext(deps, signal);
    }
  }
}

/** Who the station is at the hub now; null before enrolment. */
export function currentIdentity(kept: Kept, keys: TlsKeys): ClientIdentity | null {
  // Killed between the change of a key and that of its certificate, it is the pair that fits.
  for (const name of ['certificate', 'next-certificate'] as const) {
    const certificatePem = keptText(kept, name);
    for (const key of [keys.current(), keys.next()]) {
      if (certificatePem !== null && key !== null && isFor(certificatePem, key)) {
        return { certificatePem, key };
      }
    }
  }
  return null;
}

async function request(deps: RenewalDeps, signal: AbortSignal): Promise<Failure | null> {
  const { calls, identity, authorities, kept, keys, alarms } = deps;
  const { region, station, sign } = identity;
  const key = keys.nextOrNew();
  const { pem: csr, der } = makeCertificateRequest(station, key);
  const hash = createHash('sha256').update(der).digest();
  const body: RenewalRequest = {
    csr,
    proof: toHex(sign(renewalProofBytes(region, station, hash))),
  };
  const reply = await calls.postJson('/v1/renewals', body, RenewalAnswer, signal);
  if (reply.kind !== 'ok') return reply;
  const { certificate } = reply.value;
  const fault = certificateFault(certificate, { station, region, key, authorities: authorities() });
  if (fault !== null) {
    alarms.raise('certificate.refused', { code: fault });
    return {
      kind: 'unreachable',
      reason: 'garbage',
      message: `the certificate is not ours: ${fault}`,
    };
  }
  kept.put({ 'next-certificate': Buffer.from(certificate) });
  alarms.over('certificate.refused');
  return null;
}

async function tryNext(deps: RenewalDeps, signal: AbortSignal): Promise<Failure | null> {
  const { kept, keys, show, works, alarms } = deps;
  const certificatePem = keptText(kept, 'next-certificate');
  // Promoted, and killed before the certificate was: the current key is the one it was made for.
  const key: KeyObject | null = keys.next() ?? keys.current();
  if (certificatePem === null || key === null) return null;
  show({ certificatePem, key });
  const failure = await works(signal);
  if (failure === null) {
    keys.promote();
    kept.put({ certificate: Buffer.from(certificatePem), 'next-certificate': null });
    alarms.over('certificate.ended');
    return null;
  }
  const old = currentIdentity(kept, keys);
  if (old !== null) show(old);
  if (failure.kind === 'refused' && (failure.status === 401 || failure.status === 403)) {
    // The hub does not take it: asked for again with another key.
    keys.dropNext();
    kept.put({ 'next-certificate': null });
    alarms.raise('certificate.refused', { code: failure.code });
  }
  return failure;
}
