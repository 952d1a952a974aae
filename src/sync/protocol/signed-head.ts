import { EPOCH_BYTES, LINK_BYTES, SIGNATURE_BYTES, type SignedHead } from '../../journal/chain.ts';
import { HPKE_KEY_BYTES } from '../../journal/hpke.ts';
import { canonicalBytes } from '../../kernel/bytes.ts';
import { CanonicalReader } from '../../kernel/canonical-reader.ts';
import { readId } from './ids.ts';

const LABEL = 'chot/head/v1';

/** The newest record of a journal as its station signs it: in reports, in `Chot-Head`, on the way to a USB stick. */
export function encodeSignedHead(head: SignedHead): Uint8Array {
  const { station, epoch, sequence, link, segment, keyId, enc, signature } = head;
  return canonicalBytes([LABEL, station, epoch, sequence, link, segment, keyId, enc, signature]);
}

/** Throws InputError. Whether the signature fits is for the caller to see (`isSignedBy`). */
export function decodeSignedHead(bytes: Uint8Array): SignedHead {
  const reader = new CanonicalReader(bytes, 'signed head');
  reader.label(LABEL);
  const head = {
    station: readId(reader),
    epoch: reader.exactly(EPOCH_BYTES),
    sequence: reader.uint64(),
    link: reader.exactly(LINK_BYTES),
    segment: reader.uint64(),
    keyId: readId(reader),
    enc: reader.exactly(HPKE_KEY_BYTES),
    signature: reader.exactly(SIGNATURE_BYTES),
  };
  reader.end();
  return head;
}
