import type { TimeInterval } from '../kernel/time-interval.ts';
import type { Notice, RegisterHit } from '../registers/lookup.ts';
import type { ProofLevel, RegisterUse } from './verdict.ts';

/** What the station's configuration or a signed policy asks of a verdict. */
export type Policy = {
  readonly version: number;
  /** Registers that every subject is looked up in; F0 is asked whether or not it stands here. */
  readonly registers: readonly string[];
  readonly requireChip: boolean;
};

/** What one register had to say, put together by `askRegisters`. */
export type RegisterAnswer = {
  readonly use: RegisterUse;
  /** Age of the register's data at the late end of the time interval; null where there is none. */
  readonly ageMs: number | null;
  /** The 12-digit number whose look-up was completed; null when none was. */
  readonly number: string | null;
  /** One entry a key that was looked up: what ended under one key says nothing of what holds under another. */
  readonly found: readonly FoundRows[];
};

/** All rows under one key, in force or not. `alias`: an earlier 12-digit number that only an unsigned code names. */
export type FoundRows = {
  readonly by: 'number' | 'qid' | 'alias';
  readonly hits: readonly RegisterHit[];
  /** Under the same key. */
  readonly notices: readonly Notice[];
};

export type Situation = {
  readonly time: TimeInterval;
  readonly policy: Policy;
  readonly registers: readonly RegisterAnswer[];
  /** The same subject's earlier passage in this lane and direction, while it counts as a repeat. */
  readonly repeat: { readonly earlierAtMs: number } | null;
  readonly cards: CardFindings;
};

/** What cards have shown of this subject, besides the documents that are still there. */
export type CardFindings = {
  /** A card lies on the reader that this subject's number does not open. */
  readonly notOpened: boolean;
  /** The number opened a card that names another one. */
  readonly otherNumber: boolean;
  /** What a chip proved whose document has left memory; null: none had been read by then. */
  readonly proven: { readonly proof: ProofLevel; readonly trustVersion: string | null } | null;
};

export const NO_CARD_FINDINGS: CardFindings = {
  ...{ notOpened: false, otherNumber: false, proven: null },
};
