import type { EpochReason } from '../../journal/epoch-store.ts';
import { canonicalBytes } from '../../kernel/bytes.ts';

/** What `station.ed25519` signs so that the hub knows whose request it is. */
export type EnrolmentClaim = {
  readonly station: string;
  readonly secret: string;
  /** SHA-256 of the certificate request's DER. */
  readonly requestHash: Uint8Array;
  /** Raw public keys of `station.ed25519` and `station.x25519`. */
  readonly signingKey: Uint8Array;
  readonly sealingKey: Uint8Array;
};

export function enrolmentProofBytes(claim: EnrolmentClaim): Uint8Array {
  const { station, secret, requestHash, signingKey, sealingKey } = claim;
  return canonicalBytes(['chot/enrol/v1', station, secret, requestHash, signingKey, sealingKey]);
}

export function renewalProofBytes(
  region: string,
  station: string,
  requestHash: Uint8Array,
): Uint8Array {
  return canonicalBytes(['chot/renew/v1', region, station, requestHash]);
}

export type EpochClaim = {
  readonly region: string;
  readonly station: string;
  readonly epoch: Uint8Array;
  readonly first: number;
  /** Link that the first record follows. */
  readonly previous: Uint8Array;
  readonly reason: EpochReason;
};

export function epochProofBytes(claim: EpochClaim): Uint8Array {
  const { region, station, epoch, first, previous, reason } = claim;
  return canonicalBytes(['chot/epoch/v1', region, station, epoch, first, previous, reason]);
}
