import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { DAY_MS } from '../../kernel/calendar.ts';
import type { TokenState } from './station-store.ts';

const TOKEN_BYTES = 24;
/** A token is renewed after a day (security E5). */
const RENEW_MS = DAY_MS;
/**
 * Whoever still shows the token before this long after the new one was given did not get the answer: it is given another.
 * Requests that were under way with it are over by then.
 */
const LOST_MS = 10 * 60_000;

/**
 * `renew`: give a new one with this answer, if it may carry one; also when an operator has opened the way for whichever comes
 * next. `old`: neither of the last two.
 */
export type TokenJudgement = 'good' | 'renew' | 'old';

export function judgeToken(state: TokenState, shown: string, nowMs: number): TokenJudgement {
  const hash = tokenHash(shown);
  if (state.current === null) return 'renew';
  if (timingSafeEqual(state.current, hash)) {
    return nowMs - state.givenMs >= RENEW_MS ? 'renew' : 'good';
  }
  if (state.previous !== null && timingSafeEqual(state.previous, hash)) {
    return nowMs - state.givenMs >= LOST_MS ? 'renew' : 'good';
  }
  return 'old';
}

/** The state after `token` was given in answer to `shown`, which stays good until the next one. */
export function tokenGiven(shown: string, token: string, nowMs: number): TokenState {
  return { current: tokenHash(token), previous: tokenHash(shown), givenMs: nowMs };
}

export function newToken(): string {
  return randomBytes(TOKEN_BYTES).toString('base64url');
}

/** Of 192 random bits: nothing slower than SHA-256 is called for. */
export function tokenHash(token: string): Uint8Array {
  return createHash('sha256').update(token).digest();
}
