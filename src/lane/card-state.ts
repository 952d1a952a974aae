import type { ChipFields } from '../documents/chip-card.ts';
import type { ChipProof } from '../documents/document.ts';
import { LOOK_MS, READ_CARD_MS_MAX } from './lane-settings.ts';

/** A step of reading a card, as its progress is shown. */
export type CardProgress = {
  readonly phase: 'access' | 'files' | 'chip-authentication' | 'active-authentication';
  /** Data group that is being read, 0 for EF.SOD; null between two. */
  readonly group: number | null;
  readonly bytes: number;
  /** Null until the file's head has said it. */
  readonly bytesTotal: number | null;
};

/** Why nothing came of a card. The first four are about access (src/chip/access). */
export type CardProblem =
  | 'number-does-not-open'
  | 'more-needed'
  | 'no-application'
  | 'refused'
  /** Too many attempts failed since it was laid down. */
  | 'spent'
  /** It does not keep a session. */
  | 'lost'
  /** It took longer than a lane can wait. */
  | 'deadline'
  /** Reader or card could not be used. */
  | 'fault';

/** The card that lies on a reader of the lane, or was taken away while it was being read. */
export type CardAtLane = {
  readonly deviceId: string;
  /** Counts insertions since start: what a reader says of an earlier one is passed over. */
  readonly insertion: number;
  readonly laidMonoMs: number;
  readonly stage: CardStage;
  /** What was tried on it: keyed hashes of numbers, with a mark where the dates that BAC needs were known too. */
  readonly tried: readonly string[];
  /** Numbers that were held against the chip; one that had nothing to be tried with was not. */
  readonly numbersSpent: number;
  /** What was read so far and matched the card's own hashes; gone when its passage leaves the screen. */
  readonly fields: ChipFields | null;
  /** Name of the photograph, which somebody else holds. */
  readonly photo: string | null;
  /** Read, and being decoded. */
  readonly photoPending: boolean;
  readonly photoProblem: string | null;
};

export type CardStage =
  /** Nobody is here whose number might open it. */
  | { readonly kind: 'waiting' }
  | {
      readonly kind: 'reading';
      readonly ordinal: number;
      readonly progress: CardProgress;
      /** Off the reader for a moment. */
      readonly slipped: boolean;
      readonly sinceMonoMs: number;
    }
  | {
      readonly kind: 'read';
      readonly ordinal: number;
      readonly proof: ChipProof;
      readonly sinceMonoMs: number;
    }
  | {
      readonly kind: 'failed';
      readonly ordinal: number;
      readonly problem: CardProblem;
      readonly sinceMonoMs: number;
    }
  | { readonly kind: 'gone'; readonly untilMonoMs: number };

export const STARTING: CardProgress = {
  ...{ phase: 'access', group: null, bytes: 0, bytesTotal: null },
};

/** Whose card is being read keeps the screen, and then as long as it takes to look from the photograph to the person. */
export function keepsScreen(card: CardAtLane | null, ordinal: number, monoMs: number): boolean {
  const stage = card?.stage;
  if (stage === undefined || !('ordinal' in stage) || stage.ordinal !== ordinal) return false;
  return (
    stage.kind === 'reading' || (stage.kind === 'read' && monoMs - stage.sinceMonoMs < LOOK_MS)
  );
}

/** How long somebody who is let through now stays: as long as a card may take that is being read with that number. */
export function restMs(card: CardAtLane | null, ordinal: number, joinMs: number): number {
  const stage = card?.stage;
  return stage?.kind === 'reading' && stage.ordinal === ordinal
    ? Math.max(joinMs, READ_CARD_MS_MAX)
    : joinMs;
}
