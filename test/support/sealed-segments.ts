import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import type { KnownStation } from '../../src/hub/ingest-port.ts';
import { hashOfSealed, linkOf, NO_LINK, signHead } from '../../src/journal/chain.ts';
import { setUpSealing } from '../../src/journal/hpke.ts';
import type { Recipient } from '../../src/journal/recipient.ts';
import type { JournalRecord } from '../../src/journal/record.ts';
import { encodeRecord } from '../../src/journal/record-codec.ts';
import { pad, recordAad, segmentInfo } from '../../src/journal/sealing.ts';
import { encodeSegment, headOf } from '../../src/journal/segment.ts';

export type MadeSegment = {
  readonly first: number;
  readonly last: number;
  readonly bytes: Uint8Array;
  readonly link: Uint8Array;
};

/** A station that writes segments as the journal does, without a journal: for tests of the hub. */
export class SealingStation {
  readonly known: KnownStation;
  readonly epoch: Uint8Array;
  readonly #signingKey: KeyObject;
  #first: number;
  #previous: Uint8Array;

  constructor(
    station: string,
    epoch: number,
    signingKey: KeyObject = generateKeyPairSync('ed25519').privateKey,
    start: { readonly first: number; readonly previous: Uint8Array } = {
      first: 1,
      previous: NO_LINK,
    },
  ) {
    this.#signingKey = signingKey;
    this.known = { region: 'hcm', station, verifyingKey: createPublicKey(signingKey) };
    this.epoch = new Uint8Array(16).fill(epoch);
    this.#first = start.first;
    this.#previous = start.previous;
  }

  /** Sequence of the next record. */
  get next(): number {
    return this.#first;
  }

  claim(reason: 'first' | 'conflict' | 'behind' | 'lost' = 'first') {
    const { region, station } = this.known;
    return {
      region,
      station,
      epoch: this.epoch,
      first: this.#first,
      previous: this.#previous,
      reason,
    };
  }

  /** Seals records that are told their sequence. */
  seal(
    recipient: Recipient,
    records: readonly ((sequence: number) => JournalRecord)[],
  ): MadeSegment {
    const { station } = this.known;
    const { epoch } = this;
    const first = this.#first;
    const previous = this.#previous;
    const identity = { station, epoch, first, keyId: recipient.id };
    const context = setUpSealing(recipient.publicKey, segmentInfo(identity));
    let link = previous;
    const sealed = records.map((make, index) => {
      const sequence = first + index;
      const bytes = encodeRecord({ ...make(sequence), station, sequence });
      const text = context.seal(pad(bytes), recordAad(sequence, link));
      link = linkOf({ station, epoch, sequence }, link, hashOfSealed(text));
      return text;
    });
    const unsigned = { ...identity, enc: context.enc, previous, signature: null, sealed };
    const signature = signHead(headOf(unsigned), this.#signingKey);
    this.#first += records.length;
    this.#previous = link;
    const bytes = encodeSegment({ ...unsigned, signature });
    return { first, last: this.#first - 1, bytes, link };
  }
}
