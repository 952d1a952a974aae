import type { CheckOutcome } from '../documents/document.ts';
import type { RegisterHit } from '../registers/lookup.ts';
import type { ReasonCode, VerdictKind } from './reasons.ts';

export type { VerdictKind } from './reasons.ts';

/**
 * How far what was shown proves anything. A claim is whatever anyone could have printed or typed; of the others, which say
 * what a chip card came to, only `chip-genuine` is a proof.
 */
export type ProofLevel =
  | 'claim'
  | 'chip-genuine'
  | 'chip-not-proven'
  | 'chip-issuer-unknown'
  | 'chip-unverifiable'
  | 'chip-cloned'
  | 'chip-altered';

/** One thing the verdict rests on, as staff and journal see it. Words belong to the screen. */
export type SubCheck = {
  readonly code: string;
  readonly outcome: CheckOutcome;
  /** Age of the data used, at the late end of the time interval; null where no dated data was used. */
  readonly ageMs: number | null;
};

/** Why a verdict is not a plain pass, worst first; the register row where one speaks. */
export type Reason = {
  readonly code: ReasonCode;
  readonly hit: RegisterHit | null;
  /** `repeat`: when the same subject was here before, ms since 1970 UTC; else null. */
  readonly earlierAtMs: number | null;
  /** When the notice is over that softens a register's row, ms since 1970 UTC; else null. */
  readonly noticeEndMs: number | null;
};

export type FreshnessState = 'fresh' | 'ageing' | 'expired' | 'absent' | 'unusable';

/** State of one register that the policy asks for, at the moment of the verdict. */
export type RegisterUse = {
  readonly register: string;
  readonly state: FreshnessState;
  readonly asOfMs: number | null;
  readonly version: number | null;
};

export type Verdict = {
  readonly kind: VerdictKind;
  readonly reasons: readonly Reason[];
  readonly checks: readonly SubCheck[];
  readonly registers: readonly RegisterUse[];
  readonly proof: ProofLevel;
  /** What was trusted when a chip was judged, SHA-256; null where none was read. */
  readonly trustVersion: string | null;
  /** The code or number has the test prefix 000: recorded as a test, never counted. */
  readonly test: boolean;
};
