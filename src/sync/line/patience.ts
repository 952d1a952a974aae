import { type BackoffPolicy, backoffDelayMs } from '../../kernel/backoff.ts';
import type { Failure } from './hub-calls.ts';
import { REVOKED } from './line-state.ts';

const BACKOFF: BackoffPolicy = { delayMsMin: 1_000, delayMsMax: 60_000 };
/** Nothing but an operator changes it: rarely enough to cost the hub nothing, often enough to be noticed within the hour. */
const WHILE_REVOKED: BackoffPolicy = { delayMsMin: 60_000, delayMsMax: 3_600_000 };

/**
 * How long to wait after a call that failed, ms: what the hub asked for up to twice that, else backoff with full jitter, so
 * that 135 stations do not come back in the same second. `failures`: those before this one; `random` in [0, 1); null: the
 * answer came and is no good.
 */
export function waitAfter(failure: Failure | null, failures: number, random: number): number {
  if (isRevocation(failure)) return waitWhileRevoked(failures, random);
  if (failure?.kind === 'refused' && failure.retryAfterMs !== null) {
    return Math.round(failure.retryAfterMs * (1 + random));
  }
  // Attempt 0 would be the least wait for everybody alike.
  return backoffDelayMs(BACKOFF, failures + 1, random);
}

/** From one minute up to an hour, with full jitter. */
export function waitWhileRevoked(failures: number, random: number): number {
  return backoffDelayMs(WHILE_REVOKED, failures + 1, random);
}

/** The hub has revoked this station: no call of it does anything until an operator has it admitted again. */
export function isRevocation(failure: Failure | null): boolean {
  return failure?.kind === 'refused' && failure.code === REVOKED;
}
