import type { KeyObject } from 'node:crypto';
import { type Head, hashOfSealed, linkOf, type SignedHead, signHead } from './chain.ts';
import type { Epoch } from './epoch-store.ts';
import { type SealingContext, setUpSealing } from './hpke.ts';
import type { ChainEnd, ClosedSegment, SealedRecord, SegmentRow } from './journal-store.ts';
import type { Recipient } from './recipient.ts';
import type { JournalRecord } from './record.ts';
import { pad, recordAad, type SegmentIdentity, segmentInfo } from './sealing.ts';
import { SEGMENT_RECORDS_MAX } from './segment.ts';

type WriterEpoch = Pick<Epoch, 'id' | 'epoch' | 'station'>;
export type OpenContext = typeof setUpSealing;

type OpenSegment = SegmentIdentity & {
  readonly context: SealingContext;
  readonly openedMonoMs: number;
  count: number;
};

/** What was sealed and waits to be written, all of it or nothing. */
export type Sealed = {
  readonly opened: readonly SegmentRow[];
  readonly records: readonly SealedRecord[];
  readonly closed: readonly ClosedSegment[];
};

/**
 * Seals records into segments, one context a segment (security J2). The context lives here and nowhere else: it is
 * never written down, and whoever could not write what was sealed calls `abandon`, so that no nonce meets a second
 * plaintext.
 */
export class SegmentWriter {
  readonly #epoch: WriterEpoch;
  #recipient: Recipient;
  readonly #signingKey: KeyObject;
  readonly #openContext: OpenContext;
  #segment: OpenSegment | null = null;

  constructor(
    epoch: WriterEpoch,
    recipient: Recipient,
    signingKey: KeyObject,
    openContext: OpenContext = setUpSealing,
  ) {
    this.#epoch = epoch;
    this.#recipient = recipient;
    this.#signingKey = signingKey;
    this.#openContext = openContext;
  }

  /** When the open segment took its first record; null while none is open. */
  get openedMonoMs(): number | null {
    return this.#segment?.openedMonoMs ?? null;
  }

  /** Seals encoded records to follow `after`; opens and closes segments as their number demands. */
  seal(
    encoded: readonly { readonly record: JournalRecord; readonly bytes: Uint8Array }[],
    after: ChainEnd,
    monoMs: number,
  ): Sealed {
    const opened: SegmentRow[] = [];
    const records: SealedRecord[] = [];
    const closed: ClosedSegment[] = [];
    let end = after;
    for (const { record, bytes } of encoded) {
      const sequence = end.sequence + 1;
      if (this.#segment === null) opened.push(this.#start(sequence, monoMs));
      const segment = this.#current();
      const sealed = segment.context.seal(pad(bytes), recordAad(sequence, end.link));
      segment.count++;
      const link = linkOf({ ...this.#epoch, sequence }, end.link, hashOfSealed(sealed));
      records.push({ sequence, link, sealed, record });
      end = { sequence, link };
      if (segment.count === SEGMENT_RECORDS_MAX) closed.push(this.close(end));
    }
    return { opened, records, closed };
  }

  /** Ends the open segment at `end`, its newest record. */
  close(end: ChainEnd): ClosedSegment {
    const { first, keyId, context } = this.#current();
    this.#segment = null;
    return this.closeAt({ first, keyId, enc: context.enc }, end);
  }

  /** Ends a segment that an earlier run left open. */
  closeAt(segment: Pick<SegmentRow, 'first' | 'keyId' | 'enc'>, end: ChainEnd): ClosedSegment {
    const { sequence: last, signature } = this.signedHead(segment, end);
    return { first: segment.first, last, signature };
  }

  signedHead(segment: Pick<SegmentRow, 'first' | 'keyId' | 'enc'>, end: ChainEnd): SignedHead {
    const head = this.#headAt(segment, end);
    return { ...head, signature: signHead(head, this.#signingKey) };
  }

  /** For the next segment: the open one, if there is one, ends as it began. */
  useRecipient(recipient: Recipient): void {
    this.#recipient = recipient;
  }

  abandon(): void {
    this.#segment = null;
  }

  #start(first: number, monoMs: number): SegmentRow {
    const { id: epochId, epoch, station } = this.#epoch;
    const { id: keyId, publicKey } = this.#recipient;
    const identity = { station, epoch, first, keyId };
    const context = this.#openContext(publicKey, segmentInfo(identity));
    this.#segment = { ...identity, context, openedMonoMs: monoMs, count: 0 };
    return { first, epoch: epochId, keyId, enc: context.enc, last: null, signature: null };
  }

  #current(): OpenSegment {
    if (this.#segment === null) throw new Error('no segment is open');
    return this.#segment;
  }

  #headAt({ first, keyId, enc }: Pick<SegmentRow, 'first' | 'keyId' | 'enc'>, end: ChainEnd): Head {
    const { station, epoch } = this.#epoch;
    return { station, epoch, ...end, segment: first, keyId, enc };
  }
}
