import { hash } from 'node:crypto';
import { LINK_BYTES, type Place } from '../../journal/chain.ts';
import { canonicalBytes } from '../../kernel/bytes.ts';

/** What stays of every record for good: SHA-256 of its sealed bytes. With them the chain can be walked without any record. */
export const LEAF_BYTES = 32;

/** Leaves of sealed records, one after the other. */
export function leavesOf(sealed: readonly Uint8Array[]): Uint8Array {
  const leaves = Buffer.allocUnsafe(sealed.length * LEAF_BYTES);
  sealed.forEach((record, index) => {
    leaves.set(hash('sha256', record, 'buffer'), index * LEAF_BYTES);
  });
  return leaves;
}

/**
 * Link of the last record when `leaves` are those of the records from `first` on (docs/journal.md, "Chain"). The fields
 * of a link have the same lengths at every record, so one buffer is written over instead of laid out anew.
 */
export function walkLeaves(first: Place, previous: Uint8Array, leaves: Uint8Array): Uint8Array {
  const { station, epoch, sequence } = first;
  const empty = new Uint8Array(LINK_BYTES);
  const bytes = Buffer.from(
    canonicalBytes(['chot/link/v1', station, epoch, sequence, empty, empty]),
  );
  const leafAt = bytes.length - LEAF_BYTES;
  const linkAt = leafAt - 4 - LINK_BYTES;
  const sequenceAt = linkAt - 4 - 8;
  let link = previous;
  for (let at = 0; at < leaves.length; at += LEAF_BYTES) {
    writeUint64(bytes, sequence + at / LEAF_BYTES, sequenceAt);
    bytes.set(link, linkAt);
    bytes.set(leaves.subarray(at, at + LEAF_BYTES), leafAt);
    link = hash('sha256', bytes, 'buffer');
  }
  return link;
}

function writeUint64(bytes: Buffer, value: number, at: number): void {
  bytes.writeUInt32BE(Math.floor(value / 2 ** 32), at);
  bytes.writeUInt32BE(value % 2 ** 32, at + 4);
}
