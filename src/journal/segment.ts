import type { KeyObject } from 'node:crypto';
import { canonicalBytes } from '../kernel/bytes.ts';
import { CanonicalReader } from '../kernel/canonical-reader.ts';
import { InputError } from '../kernel/errors.ts';
import {
  EPOCH_BYTES,
  HASH_BYTES,
  type Head,
  isSignedBy,
  LINK_BYTES,
  LinkChain,
  SIGNATURE_BYTES,
} from './chain.ts';
import { HPKE_KEY_BYTES } from './hpke.ts';
import { RECIPIENT_ID } from './recipient.ts';
import type { StoredRecord } from './record.ts';
import { decodeRecord } from './record-codec.ts';
import { isSealedLength, openerOf, SEALED_BYTES_MAX, type SegmentIdentity } from './sealing.ts';

export const SEGMENT_RECORDS_MAX = 256;
export const SEGMENT_BYTES_MAX = SEGMENT_RECORDS_MAX * (SEALED_BYTES_MAX + 4) + 1_024;

const MAGIC = 'chot/segment/v1';
const STATION_BYTES_MAX = 32;

/** A run of records under one sealing context: the unit of upload. Immutable once it carries a signature. */
export type Segment = SegmentIdentity & {
  readonly enc: Uint8Array;
  /** Link of the record before the first. */
  readonly previous: Uint8Array;
  /** The station's signature over the head that the records lead to; null while the segment is open. */
  readonly signature: Uint8Array | null;
  /** In order; the sequence of each is `first` plus its index. */
  readonly sealed: readonly Uint8Array[];
};

export type ClosedSegment = Segment & { readonly signature: Uint8Array };

/** Canonical bytes of a closed segment: the header in the clear, then the sealed records. */
export function encodeSegment(segment: ClosedSegment): Uint8Array {
  const { station, epoch, first, keyId, enc, previous, signature, sealed } = segment;
  return canonicalBytes([
    ...[MAGIC, station, epoch, first, keyId, enc, previous, signature, sealed.length],
    ...sealed,
  ]);
}

/** Throws InputError for whatever `encodeSegment` could not have written. Reads nothing beyond its bounds. */
export function decodeSegment(bytes: Uint8Array): ClosedSegment {
  if (bytes.length > SEGMENT_BYTES_MAX) throw unfit(`at most ${SEGMENT_BYTES_MAX} bytes`);
  const reader = new CanonicalReader(bytes, 'segment');
  reader.label(MAGIC);
  const station = reader.text(STATION_BYTES_MAX);
  const epoch = reader.exactly(EPOCH_BYTES);
  const first = reader.uint64();
  const keyId = reader.text(STATION_BYTES_MAX);
  if (!RECIPIENT_ID.test(station) || !RECIPIENT_ID.test(keyId)) throw unfit('ids of a-z, 0-9, -');
  const enc = reader.exactly(HPKE_KEY_BYTES);
  const previous = reader.exactly(LINK_BYTES);
  const signature = reader.exactly(SIGNATURE_BYTES);
  const count = reader.uint64();
  if (first < 1 || count < 1 || count > SEGMENT_RECORDS_MAX) {
    throw unfit(`1 to ${SEGMENT_RECORDS_MAX} records from sequence 1 on`);
  }
  const sealed = Array.from({ length: count }, () => reader.field(SEALED_BYTES_MAX));
  if (!sealed.every((record) => isSealedLength(record.length))) throw unfit('padded records');
  reader.end();
  return { station, epoch, first, keyId, enc, previous, signature, sealed };
}

/** Where the segment's records lead the chain; their hashes are written to `leaves`, 32 bytes a record. */
export function headOf(segment: Segment, leaves?: Buffer): Head {
  const { station, epoch, first, keyId, enc, sealed } = segment;
  const chain = new LinkChain(segment, segment.previous);
  sealed.forEach((record, index) => {
    chain.add(first + index, record, leaves, index * HASH_BYTES);
  });
  const sequence = first + sealed.length - 1;
  return { station, epoch, sequence, link: chain.link(), segment: first, keyId, enc };
}

/** Whether the station signed exactly these records in this order. */
export function isSegmentSigned(segment: Segment, verifyingKey: KeyObject): boolean {
  const { signature } = segment;
  return signature !== null && isSignedBy({ ...headOf(segment), signature }, verifyingKey);
}

/** A record and the bytes that were sealed. */
export type OpenedRecord = { readonly record: StoredRecord; readonly bytes: Uint8Array };

/**
 * The records of a segment, for who holds the recipient's private key. Throws InputError that names the first record
 * which does not open or is not what it may be at its place.
 */
export function openRecords(segment: Segment, privateKey: KeyObject): readonly OpenedRecord[] {
  const { station, first, enc } = segment;
  const open = openerOf(segment, enc, privateKey);
  const chain = new LinkChain(segment, segment.previous);
  return segment.sealed.map((sealed, index) => {
    const sequence = first + index;
    const bytes = open(index, sealed, chain.link());
    if (bytes === null) {
      throw new InputError(
        `record ${sequence} does not open: another key than "${segment.keyId}", or altered`,
      );
    }
    chain.add(sequence, sealed);
    const record = decodeRecord(bytes);
    const inPlace = record.station === station && record.sequence === sequence;
    if (!inPlace || (record.type === 'passage' && record.passage !== sequence)) {
      throw new InputError(`record ${sequence} names another place than the one it was sealed for`);
    }
    return { record, bytes };
  });
}

export function openSegment(segment: Segment, privateKey: KeyObject): readonly StoredRecord[] {
  return openRecords(segment, privateKey).map(({ record }) => record);
}

function unfit(expected: string): InputError {
  return new InputError(`segment: expected ${expected}`);
}
