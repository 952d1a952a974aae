import { fromHex } from '../kernel/bytes.ts';
import type { EpochReason } from './epoch-store.ts';

/**
 * What can be wrong with a journal, by name:
 * gap: records are missing between others. cut: records are missing at the end, of a segment or of the journal.
 * altered: a record does not fit its place in the chain. swapped: it fits the place of another one. replayed: it was
 * written in another epoch. length: not a padded record. signature: a closed segment is not as the station signed it.
 * segment: segments overlap, or one is too long. beyond-head: records after the place where the chain was said to end.
 * station: an epoch of another station. behind: the journal ends before a head known from elsewhere. forked: it holds
 * something else at that head.
 */
export type DamageKind =
  | 'gap'
  | 'cut'
  | 'altered'
  | 'swapped'
  | 'replayed'
  | 'length'
  | 'signature'
  | 'segment'
  | 'beyond-head'
  | 'station'
  | 'behind'
  | 'forked';
export type Damage = { readonly kind: DamageKind; readonly from: number; readonly to: number };

/** A head that somebody else remembers: the hub's receipt, a note on paper. */
export type KnownHead = {
  readonly epoch: Uint8Array;
  readonly sequence: number;
  readonly link: Uint8Array;
};

export type Verification = {
  readonly records: number;
  readonly segments: number;
  readonly openSegments: number;
  /** The runs of the chain, oldest first. */
  readonly epochs: readonly VerifiedEpoch[];
  /** Where the chain ends; null for an empty journal. */
  readonly head: {
    readonly epoch: string;
    readonly sequence: number;
    readonly link: string;
  } | null;
  /** The first ones, in the order they were found. */
  readonly damages: readonly Damage[];
  readonly damageCount: number;
};

export type VerifiedEpoch = {
  readonly epoch: string;
  readonly first: number;
  readonly reason: EpochReason;
  /**
   * What its first record is linked to: nothing; a record here (`own`); or a head that only the hub's receipt shows
   * (`receipt`), as after a conflict or a loss.
   */
  readonly follows: 'nothing' | 'own' | 'receipt';
  /** The newest record that was pruned, which the hub has to show; null when nothing was. */
  readonly prunedThrough: number | null;
};

const KNOWN_HEAD = /^([0-9a-f]{32}):([1-9][0-9]{0,14}):([0-9a-f]{64})$/;

/** `<epoch>:<sequence>:<link>` as `chot journal status` prints it; null when it is none. */
export function parseKnownHead(text: string): KnownHead | null {
  const match = KNOWN_HEAD.exec(text);
  const epoch = fromHex(match?.[1] ?? '');
  const link = fromHex(match?.[3] ?? '');
  if (match === null || epoch === null || link === null) return null;
  return { epoch, sequence: Number(match[2]), link };
}
