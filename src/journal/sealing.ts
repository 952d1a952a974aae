import type { KeyObject } from 'node:crypto';
import { canonicalBytes } from '../kernel/bytes.ts';
import { InputError } from '../kernel/errors.ts';
import { HPKE_TAG_BYTES, setUpOpening } from './hpke.ts';
import { RECORD_BYTES_MAX } from './record-codec.ts';

/** Records are padded to this, the rare longer one to the next multiple, so that a hit is as long as any other (J2). */
export const PAD_BYTES = 768;
const ZEROS = Buffer.alloc(PAD_BYTES);
export const SEALED_BYTES_MAX = RECORD_BYTES_MAX + 4 + HPKE_TAG_BYTES;

/** What a sealing context is bound to besides the recipient's key; all of it stands in the clear. */
export type SegmentIdentity = {
  readonly station: string;
  readonly epoch: Uint8Array;
  /** Sequence of the segment's first record. */
  readonly first: number;
  readonly keyId: string;
};

export function segmentInfo({ station, epoch, first, keyId }: SegmentIdentity): Uint8Array {
  return canonicalBytes(['chot/journal/v1', station, epoch, first, keyId]);
}

/** In the canonical layout, laid out by hand because it is needed for every record. */
export function recordAad(sequence: number, previousLink: Uint8Array): Uint8Array {
  const aad = Buffer.alloc(8 + 4 + previousLink.length);
  aad.writeBigUInt64BE(BigInt(sequence));
  aad.writeUInt32BE(previousLink.length, 8);
  aad.set(previousLink, 12);
  return aad;
}

/** uint32 length, the record, zeros. */
export function pad(record: Uint8Array): Uint8Array {
  const padded = Buffer.alloc(paddedLength(record.length));
  padded.writeUInt32BE(record.length);
  padded.set(record, 4);
  return padded;
}

export function unpad(padded: Uint8Array): Uint8Array {
  const view = Buffer.from(padded.buffer, padded.byteOffset, padded.byteLength);
  const length = view.length < 4 ? -1 : view.readUInt32BE();
  if (paddedLength(length) !== view.length || !isZero(view.subarray(4 + length))) {
    throw new InputError(
      `sealed record: expected uint32 length, record and zeros up to a multiple of ${PAD_BYTES}`,
    );
  }
  return view.subarray(4, 4 + length);
}

function isZero(bytes: Buffer): boolean {
  // Never longer than the padding: a length that would leave more does not lead to the view's own.
  return bytes.equals(ZEROS.subarray(0, bytes.length));
}

function paddedLength(length: number): number {
  return Math.ceil((length + 4) / PAD_BYTES) * PAD_BYTES;
}

export function isSealedLength(length: number): boolean {
  const body = length - HPKE_TAG_BYTES;
  return body > 0 && body % PAD_BYTES === 0 && length <= SEALED_BYTES_MAX;
}

/** Opens the records of one segment; `index` counts from 0. Null where key, place or bytes do not fit. */
export function openerOf(
  identity: SegmentIdentity,
  enc: Uint8Array,
  privateKey: KeyObject,
): (index: number, sealed: Uint8Array, previousLink: Uint8Array) => Uint8Array | null {
  const context = setUpOpening(privateKey, enc, segmentInfo(identity));
  return (index, sealed, previousLink) => {
    const padded = context.open(index, sealed, recordAad(identity.first + index, previousLink));
    return padded === null ? null : unpad(padded);
  };
}
