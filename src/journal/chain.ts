import { createHash, type KeyObject, sign, verify } from 'node:crypto';
import { canonicalBytes } from '../kernel/bytes.ts';

/** Hash chain and signed heads of a journal (security J3). */
export const LINK_BYTES = 32;
export const EPOCH_BYTES = 16;
export const SIGNATURE_BYTES = 64;

/** What the first record of a journal that continues nothing is linked to. */
export const NO_LINK: Uint8Array = new Uint8Array(LINK_BYTES);

/** A place in a journal: whose, which run of it, which record. */
export type Place = {
  readonly station: string;
  readonly epoch: Uint8Array;
  readonly sequence: number;
};

/** link = SHA-256("chot/link/v1", station, epoch, sequence, previous, SHA-256(sealed)). */
export function linkOf(
  { station, epoch, sequence }: Place,
  previous: Uint8Array,
  sealedHash: Uint8Array,
): Uint8Array {
  return createHash('sha256')
    .update(canonicalBytes(['chot/link/v1', station, epoch, sequence, previous, sealedHash]))
    .digest();
}

export function hashOfSealed(sealed: Uint8Array): Uint8Array {
  return createHash('sha256').update(sealed).digest();
}

/** The newest record of a segment. What the chain does not cover of the segment, its key and `enc`, is signed too. */
export type Head = Place & {
  readonly link: Uint8Array;
  /** First sequence of the segment that the record is in. */
  readonly segment: number;
  readonly keyId: string;
  readonly enc: Uint8Array;
};
export type SignedHead = Head & { readonly signature: Uint8Array };

/** Ed25519 by the station's own key. */
export function signHead(head: Head, signingKey: KeyObject): Uint8Array {
  return sign(null, headBytes(head), signingKey);
}

export function isSignedBy(head: SignedHead, verifyingKey: KeyObject): boolean {
  return verify(null, headBytes(head), verifyingKey, head.signature);
}

function headBytes({ station, epoch, sequence, link, segment, keyId, enc }: Head): Uint8Array {
  return canonicalBytes(['chot/head/v1', station, epoch, sequence, link, segment, keyId, enc]);
}
