import { createHash, hash, type KeyObject, sign, verify } from 'node:crypto';
import { canonicalBytes } from '../kernel/bytes.ts';

/** Hash chain and signed heads of a journal (security J3). */
export const LINK_BYTES = 32;
export const HASH_BYTES = 32;
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

/**
 * Links of one epoch, one after another, without an allocation a record: a hub checks some hundred thousand a second.
 * `crypto.hash` with a text for its result is twice as fast as `createHash`; a latin-1 text has a byte a character.
 */
export class LinkChain {
  readonly #bytes: Buffer;
  readonly #previousAt: number;

  constructor({ station, epoch }: Omit<Place, 'sequence'>, previous: Uint8Array) {
    this.#bytes = Buffer.from(
      canonicalBytes(['chot/link/v1', station, epoch, 0, previous, new Uint8Array(HASH_BYTES)]),
    );
    this.#previousAt = this.#bytes.length - 4 - HASH_BYTES - LINK_BYTES;
  }

  /** Adds a sealed record; its hash, the leaf of the hub's proof, is written to `leaves` at `leafAt`. */
  add(sequence: number, sealed: Uint8Array, leaves?: Buffer, leafAt = 0): void {
    const leaf = hash('sha256', sealed, 'binary');
    leaves?.write(leaf, leafAt, HASH_BYTES, 'latin1');
    this.#bytes.write(leaf, this.#bytes.length - HASH_BYTES, HASH_BYTES, 'latin1');
    this.#step(sequence);
  }

  /** As `add`, where only the leaf is still there: 32 bytes of `leaves` from `leafAt` on. */
  addLeaf(sequence: number, leaves: Uint8Array, leafAt: number): void {
    this.#bytes.set(leaves.subarray(leafAt, leafAt + HASH_BYTES), this.#bytes.length - HASH_BYTES);
    this.#step(sequence);
  }

  /** Goes on behind another record. */
  restart(previous: Uint8Array): void {
    this.#bytes.set(previous, this.#previousAt);
  }

  /** Of the record added last; before any, what it began with. */
  link(): Uint8Array {
    return Uint8Array.from(this.#bytes.subarray(this.#previousAt, this.#previousAt + LINK_BYTES));
  }

  isAt(link: Uint8Array): boolean {
    return (
      this.#bytes.compare(link, 0, link.length, this.#previousAt, this.#previousAt + LINK_BYTES) ===
      0
    );
  }

  #step(sequence: number): void {
    this.#bytes.writeUInt32BE(Math.floor(sequence / 2 ** 32), this.#previousAt - 12);
    this.#bytes.writeUInt32BE(sequence % 2 ** 32, this.#previousAt - 8);
    this.#bytes.write(
      hash('sha256', this.#bytes, 'binary'),
      this.#previousAt,
      LINK_BYTES,
      'latin1',
    );
  }
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
