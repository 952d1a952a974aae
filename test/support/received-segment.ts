import type { KeyObject } from 'node:crypto';
import { HASH_BYTES, type Head, isSignedBy } from '../../src/journal/chain.ts';
import { type ClosedSegment, decodeSegment, headOf } from '../../src/journal/segment.ts';

/** A closed segment that its station signed, as a hub keeps it. */
export type ReceivedSegment = {
  readonly segment: ClosedSegment;
  readonly head: Head;
  /** SHA-256 of each sealed record, 32 bytes each, in order: what stays when a body is erased (security J6). */
  readonly leaves: Uint8Array;
};

/**
 * Takes what claims to be a segment: layout, chain and signature in one pass over its bytes. Null when the station did
 * not sign it so; throws InputError when it is none.
 */
export function receiveSegment(bytes: Uint8Array, verifyingKey: KeyObject): ReceivedSegment | null {
  const segment = decodeSegment(bytes);
  const leaves = Buffer.alloc(segment.sealed.length * HASH_BYTES);
  const head = headOf(segment, leaves);
  if (!isSignedBy({ ...head, signature: segment.signature }, verifyingKey)) return null;
  return { segment, head, leaves };
}
