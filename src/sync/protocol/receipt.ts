import { EPOCH_BYTES, LINK_BYTES } from '../../journal/chain.ts';
import { canonicalBytes } from '../../kernel/bytes.ts';
import { CanonicalReader } from '../../kernel/canonical-reader.ts';
import { readId } from './ids.ts';

const LABEL = 'chot/receipt/v1';
export const HUB_ID_BYTES = 16;

/** What the hub says of one stored segment, and of the epoch it belongs to. */
export type Receipt = {
  readonly region: string;
  readonly station: string;
  /** Drawn when a hub's database is made or restored. */
  readonly hub: Uint8Array;
  readonly epoch: Uint8Array;
  readonly first: number;
  readonly last: number;
  /** Head that the segment's records lead to. */
  readonly link: Uint8Array;
  /** Last sequence up to which the hub holds all of the epoch, linked; 0 and zeros while there is none. */
  readonly through: number;
  readonly throughLink: Uint8Array;
  readonly openedThrough: number;
  readonly atMs: number;
};

/** Body of a statement signed by a `receipt` key. */
export function encodeReceipt(receipt: Receipt): Uint8Array {
  const { region, station, hub, epoch, first, last, link } = receipt;
  const { through, throughLink, openedThrough, atMs } = receipt;
  return canonicalBytes([
    ...[LABEL, region, station, hub, epoch, first, last, link],
    ...[through, throughLink, openedThrough, atMs],
  ]);
}

/** Throws InputError. */
export function decodeReceipt(body: Uint8Array): Receipt {
  const reader = new CanonicalReader(body, 'receipt');
  reader.label(LABEL);
  const receipt = {
    region: readId(reader),
    station: readId(reader),
    hub: reader.exactly(HUB_ID_BYTES),
    epoch: reader.exactly(EPOCH_BYTES),
    first: reader.uint64(),
    last: reader.uint64(),
    link: reader.exactly(LINK_BYTES),
    through: reader.uint64(),
    throughLink: reader.exactly(LINK_BYTES),
    openedThrough: reader.uint64(),
    atMs: reader.uint64(),
  };
  reader.end();
  const { first, last, through, openedThrough } = receipt;
  if (first < 1 || last < first) throw reader.unfit('a first and a last sequence in order');
  if (openedThrough > through) throw reader.unfit('nothing opened beyond what is stored');
  return receipt;
}
