import { type BackoffPolicy, backoffDelayMs } from '../../kernel/backoff.ts';
import type { Failure } from './hub-calls.ts';

const BACKOFF: BackoffPolicy = { delayMsMin: 1_000, delayMsMax: 60_000 };

/**
 * How long to wait after a call that failed, ms: what the hub asked for up to twice that, else backoff with full jitter, so
 * that 135 stations do not come back in the same second. `failures`: those before this one; `random` in [0, 1); null: the
 * answer came and is no good.
 */
export function waitAfter(failure: Failure | null, failures: number, random: number): number {
  if (failure?.kind === 'refused' && failure.retryAfterMs !== null) {
    return Math.round(failure.retryAfterMs * (1 + random));
  }
  // Attempt 0 would be the least wait for everybody alike.
  return backoffDelayMs(BACKOFF, failures + 1, random);
}
