import type { KeyObject } from 'node:crypto';
import { toHex } from '../kernel/bytes.ts';
import { HASH_BYTES, isSignedBy, LinkChain, NO_LINK } from './chain.ts';
import type { EpochReason } from './epoch-store.ts';

/** What a hub keeps of a stored segment for good, also when bodies were erased (security J6). */
export type SegmentEvidence = {
  readonly first: number;
  readonly keyId: string;
  readonly enc: Uint8Array;
  readonly previous: Uint8Array;
  readonly signature: Uint8Array;
  /** SHA-256 of each sealed record, 32 bytes each, in order. */
  readonly leaves: Uint8Array;
};

/** A head that the hub gave a receipt for. */
export type ReceiptedHead = { readonly sequence: number; readonly link: Uint8Array };

export type EpochEvidence = {
  readonly station: string;
  readonly epoch: Uint8Array;
  readonly first: number;
  /** Link that the station announced its first record to follow. */
  readonly previous: Uint8Array;
  readonly reason: EpochReason;
  readonly verifyingKey: KeyObject;
  /** By `first`, ascending. */
  readonly segments: Iterable<SegmentEvidence>;
  /** By `sequence`, ascending; several of one sequence are each held against the chain. */
  readonly heads: Iterable<ReceiptedHead>;
};

/**
 * What does not fit, by name. signature: a segment is not as its station signed it. link: a segment does not follow the
 * record before it. overlap: records that another segment holds already. leaves: not 32 bytes a record, or none.
 * head: the chain is another one than that which the hub gave a receipt for.
 */
export type MisfitKind = 'signature' | 'link' | 'overlap' | 'leaves' | 'head';
export type Misfit = { readonly kind: MisfitKind; readonly from: number; readonly to: number };
export type Gap = { readonly from: number; readonly to: number };

/**
 * How an epoch hangs on what was before it: on nothing, on a head that the hub gave a receipt for, or on a link that
 * the hub does not know.
 */
export type Joint = {
  readonly reason: EpochReason;
  readonly follows: 'nothing' | 'receipt' | 'unknown';
  readonly after: { readonly epoch: string; readonly sequence: number } | null;
};

export type EpochProof = {
  readonly epoch: string;
  readonly joint: Joint;
  readonly records: number;
  /** Up to here everything from the first record on is there, in order, linked and signed; first - 1 for none. */
  readonly through: number;
  /** The newest receipted head up to there: what was cut off behind it would be seen, what follows it might not. */
  readonly provenHead: { readonly sequence: number; readonly link: string } | null;
  /** The first ones, and how many there are. */
  readonly gaps: readonly Gap[];
  readonly gapCount: number;
  readonly misfits: readonly Misfit[];
  readonly misfitCount: number;
};

const LISTED_MAX = 1_000;

/**
 * Proves, from leaves, headers and receipts alone, what the hub holds of one station: unaltered, in order and complete up
 * to `provenHead` of each epoch; every gap and everything that does not fit is named. Not that every passage was
 * recorded, nor what was cut off after the last receipted head. Epochs in the order they were announced; one segment in
 * memory at a time.
 */
export function proveCompleteness(epochs: readonly EpochEvidence[]): readonly EpochProof[] {
  const joints = new Map<string, Joint['after']>();
  const wanted = new Set(epochs.map(({ previous }) => toHex(previous)));
  return epochs.map((evidence) => {
    const joint = jointOf(evidence, joints);
    const prover = new EpochProver(evidence, (head) => {
      const link = toHex(head.link);
      if (wanted.has(link)) {
        joints.set(link, { epoch: toHex(evidence.epoch), sequence: head.sequence });
      }
    });
    for (const segment of evidence.segments) prover.add(segment);
    return prover.end(joint);
  });
}

function jointOf(
  { reason, previous }: EpochEvidence,
  known: ReadonlyMap<string, Joint['after']>,
): Joint {
  if (Buffer.from(previous).equals(NO_LINK)) return { reason, follows: 'nothing', after: null };
  const after = known.get(toHex(previous)) ?? null;
  return { reason, follows: after === null ? 'unknown' : 'receipt', after };
}

/** The proof of one epoch, for whoever reads its segments in pages: `add` each in order, then `end`. */
export class EpochProver {
  readonly #evidence: Omit<EpochEvidence, 'segments' | 'reason'>;
  readonly #heads: Iterator<ReceiptedHead>;
  readonly #seen: (head: ReceiptedHead) => void;
  readonly #chain: LinkChain;
  readonly #gaps: Gap[] = [];
  readonly #misfits: Misfit[] = [];
  #gapCount = 0;
  #misfitCount = 0;
  #records = 0;
  #end: number;
  #through: number;
  #isWhole = true;
  #head: ReceiptedHead | null;
  #provenHead: ReceiptedHead | null = null;

  constructor(
    evidence: Omit<EpochEvidence, 'segments' | 'reason'>,
    seen: (head: ReceiptedHead) => void = () => {},
  ) {
    this.#evidence = evidence;
    this.#seen = seen;
    this.#heads = evidence.heads[Symbol.iterator]();
    this.#head = this.#nextHead();
    this.#chain = new LinkChain(evidence, evidence.previous);
    this.#end = evidence.first - 1;
    this.#through = this.#end;
  }

  end(joint: Joint): EpochProof {
    // A receipt for more than is held: it was held once.
    while (this.#head !== null) {
      if (this.#head.sequence > this.#end) this.#missing(this.#head.sequence);
      this.#head = this.#nextHead();
    }
    const proven = this.#provenHead;
    return {
      epoch: toHex(this.#evidence.epoch),
      joint,
      records: this.#records,
      through: this.#through,
      provenHead: proven && { sequence: proven.sequence, link: toHex(proven.link) },
      ...{ gaps: this.#gaps, gapCount: this.#gapCount },
      ...{ misfits: this.#misfits, misfitCount: this.#misfitCount },
    };
  }

  add(segment: SegmentEvidence): void {
    const { first, leaves, previous } = segment;
    const count = Math.floor(leaves.length / HASH_BYTES);
    const last = first + count - 1;
    if (count === 0 || leaves.length % HASH_BYTES !== 0) {
      this.#misfit('leaves', first, Math.max(first, last));
      return;
    }
    if (first <= this.#end) {
      this.#misfit('overlap', first, Math.min(last, this.#end));
      return;
    }
    if (first > this.#end + 1) this.#missing(first - 1);
    else if (!this.#chain.isAt(previous)) this.#misfit('link', first, first);
    this.#chain.restart(previous);
    const { link, headsFit } = this.#walk(first, leaves, count);
    const { station, epoch, verifyingKey } = this.#evidence;
    const head = { station, epoch, sequence: last, link, segment: first };
    if (!isSignedBy({ ...segment, ...head }, verifyingKey)) this.#misfit('signature', first, last);
    this.#records += count;
    this.#end = last;
    if (!this.#isWhole) return;
    this.#through = last;
    this.#provenHead = headsFit ?? this.#provenHead;
  }

  /** Where the segment leads, and the newest receipted head in it when all of them fit. */
  #walk(first: number, leaves: Uint8Array, count: number) {
    let headsFit: ReceiptedHead | null = null;
    for (let index = 0; index < count; index++) {
      const sequence = first + index;
      this.#chain.addLeaf(sequence, leaves, index * HASH_BYTES);
      while (this.#head !== null && this.#head.sequence <= sequence) {
        if (this.#head.sequence === sequence) headsFit = this.#compare(this.#head) ?? headsFit;
        this.#head = this.#nextHead();
      }
    }
    return { link: this.#chain.link(), headsFit };
  }

  #compare(head: ReceiptedHead): ReceiptedHead | null {
    if (this.#chain.isAt(head.link)) return head;
    this.#misfit('head', head.sequence, head.sequence);
    return null;
  }

  #nextHead(): ReceiptedHead | null {
    const next = this.#heads.next();
    if (next.done === true) return null;
    this.#seen(next.value);
    return next.value;
  }

  /** Everything from where the walk is up to `to` is not there. */
  #missing(to: number): void {
    this.#isWhole = false;
    this.#gapCount++;
    if (this.#gaps.length < LISTED_MAX) this.#gaps.push({ from: this.#end + 1, to });
    this.#end = to;
  }

  #misfit(kind: MisfitKind, from: number, to: number): void {
    this.#isWhole = false;
    this.#misfitCount++;
    if (this.#misfits.length < LISTED_MAX) this.#misfits.push({ kind, from, to });
  }
}
