import { HASH_BYTES, isSignedBy } from '../../journal/chain.ts';
import { type ClosedSegment, decodeSegment, headOf } from '../../journal/segment.ts';
import { toHex } from '../../kernel/bytes.ts';
import { InputError } from '../../kernel/errors.ts';
import type { KnownStation, SegmentRefusal } from '../ingest-port.ts';
import type { CheckedSegment } from './inbox-store.ts';

export type Refusal = { readonly code: SegmentRefusal; readonly message: string };

/**
 * Layout, place, recipient, chain and signature of what came under an address (docs/protocol.md, "Segments"): all that
 * can be said without asking what is stored.
 */
export function checkSegment(
  from: KnownStation,
  address: { readonly epoch: Uint8Array; readonly first: number },
  bytes: Uint8Array,
  recipients: ReadonlySet<string>,
): CheckedSegment | Refusal {
  const segment = decoded(bytes);
  if ('code' in segment) return segment;
  const { station, epoch, first, keyId, previous, sealed, signature } = segment;
  if (
    station !== from.station ||
    first !== address.first ||
    toHex(epoch) !== toHex(address.epoch)
  ) {
    return refuse(
      'segment.place',
      `expected a segment of ${from.station}, epoch ${toHex(address.epoch)}, first ${address.first}; the segment is for another place: send it there`,
    );
  }
  if (!recipients.has(keyId)) {
    return refuse(
      'segment.recipient',
      `sealed to "${keyId}", which no key of this hub is: fetch the roles and seal to a key they list`,
    );
  }
  const leaves = Buffer.alloc(sealed.length * HASH_BYTES);
  const head = headOf(segment, leaves);
  const { sequence: last, link } = head;
  if (!isSignedBy({ ...head, signature }, from.verifyingKey)) {
    return refuse(
      'segment.signature',
      `the signature does not fit records ${first} to ${last} under the key that ${from.station} enrolled with`,
    );
  }
  return {
    ...{ station, epoch, first, last, keyId, enc: segment.enc, previous, link },
    ...{ signature, leaves, bytes },
  };
}

function decoded(bytes: Uint8Array): ClosedSegment | Refusal {
  try {
    return decodeSegment(bytes);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return refuse('segment.malformed', error.message);
  }
}

function refuse(code: SegmentRefusal, message: string): Refusal {
  return { code, message };
}
