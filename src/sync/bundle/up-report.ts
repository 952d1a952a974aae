import { EPOCH_BYTES, LINK_BYTES, SIGNATURE_BYTES, type SignedHead } from '../../journal/chain.ts';
import { EPOCH_REASONS } from '../../journal/epoch-store.ts';
import { canonicalBytes } from '../../kernel/bytes.ts';
import { CanonicalReader } from '../../kernel/canonical-reader.ts';
import { InputError } from '../../kernel/errors.ts';
import { readId } from '../protocol/ids.ts';
import type { EpochClaim } from '../protocol/proofs.ts';
import { decodeSignedHead, encodeSignedHead } from '../protocol/signed-head.ts';
import { isSigned } from '../protocol/statement.ts';
import { BundleError } from './bundle-error.ts';

const LABEL = 'chot/up/v1';
const HEAD_BYTES_MAX = 1_024;
const REASON_BYTES_MAX = 16;
/** A station has one epoch, and one more for every accident; the hub takes no more of one station either. */
export const CLAIMS_MAX = 1_000;
export const REPORT_BYTES_MAX = 512 * 1024;
export const REPORT_NAME = /^([a-z0-9][a-z0-9-]{0,31})\.report$/;
const SEGMENT_NAME = /^([a-z0-9][a-z0-9-]{0,31})\.([0-9a-f]{32})\.([0-9]{15})\.segment$/;
const FIRST_DIGITS = 15;

/** An epoch as it is announced over the line, with the station's own proof of it. */
export type ClaimedEpoch = Omit<EpochClaim, 'region' | 'station'> & { readonly proof: Uint8Array };

/** Which station's segments lie on the stick, of which epochs, and how far its journal was then. */
export type UpReport = {
  readonly region: string;
  readonly station: string;
  readonly atMs: number;
  /** Highest manifest version seen: a hub that was restored publishes above it. */
  readonly manifest: number;
  readonly head: SignedHead | null;
  readonly epochs: readonly ClaimedEpoch[];
};

/** `sign`: by `station.ed25519`. */
export function encodeUpReport(
  report: UpReport,
  sign: (bytes: Uint8Array) => Uint8Array,
): Uint8Array {
  const { region, station, atMs, manifest, head, epochs } = report;
  const claims = epochs.flatMap(({ epoch, first, previous, reason, proof }) => [
    ...[epoch, first, previous, reason, proof],
  ]);
  const signed = canonicalBytes([
    ...[LABEL, region, station, atMs, manifest, head === null ? '' : encodeSignedHead(head)],
    ...[epochs.length, ...claims],
  ]);
  return Buffer.concat([signed, canonicalBytes([sign(signed)])]);
}

/** Throws BundleError. Whose it says it is; whether that station signed it is for `isReportSigned` to see. */
export function decodeUpReport(bytes: Uint8Array): UpReport {
  try {
    return readReport(bytes);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw new BundleError('report.malformed', error.message);
  }
}

/** `key`: raw Ed25519 public key. Of bytes that `decodeUpReport` has read. */
export function isReportSigned(bytes: Uint8Array, key: Uint8Array): boolean {
  const end = bytes.length - SIGNATURE_BYTES;
  return isSigned(bytes.subarray(0, end - 4), bytes.subarray(end), key);
}

export function segmentFileName(station: string, epoch: string, first: number): string {
  return `${station}.${epoch}.${String(first).padStart(FIRST_DIGITS, '0')}.segment`;
}

/** Null for any other file. */
export function readSegmentFileName(
  name: string,
): { readonly station: string; readonly epoch: string; readonly first: number } | null {
  const [, station, epoch, first] = SEGMENT_NAME.exec(name) ?? [];
  if (station === undefined || epoch === undefined || first === undefined) return null;
  return { station, epoch, first: Number(first) };
}

function readReport(bytes: Uint8Array): UpReport {
  const reader = new CanonicalReader(bytes, 'report');
  reader.label(LABEL);
  const region = readId(reader);
  const station = readId(reader);
  const atMs = reader.uint64();
  const manifest = reader.uint64();
  const head = reader.field(HEAD_BYTES_MAX);
  const epochs = reader.list(CLAIMS_MAX, () => readClaim(reader));
  reader.exactly(SIGNATURE_BYTES);
  reader.end();
  return {
    ...{ region, station, atMs, manifest, epochs },
    head: head.length === 0 ? null : decodeSignedHead(head),
  };
}

function readClaim(reader: CanonicalReader): ClaimedEpoch {
  const epoch = reader.exactly(EPOCH_BYTES);
  const first = reader.uint64();
  const previous = reader.exactly(LINK_BYTES);
  const word = reader.text(REASON_BYTES_MAX);
  const proof = reader.exactly(SIGNATURE_BYTES);
  const reason = EPOCH_REASONS.find((each) => each === word);
  if (reason === undefined) throw reader.unfit(`a reason of ${EPOCH_REASONS.join(', ')}`);
  return { epoch, first, previous, reason, proof };
}
