import { mayHaveBegun, surelyWithin, type TimeInterval } from '../../kernel/time-interval.ts';
import type { Role, RoleKey } from '../protocol/statement.ts';

const SIGNING: readonly Role[] = ['receipt', 'manifest', 'policy'];

/**
 * Whether terms of keys can be judged by this time (security T1). A hub's signed time settles it. Time that a clock carried does
 * when of every role some key is surely in its term; before that a refusal for its term would say nothing of whoever signed.
 */
export function areTermsKnown(keys: readonly RoleKey[], time: TimeInterval): boolean {
  if (time.trust === 'vouched') return true;
  return SIGNING.every((role) => {
    const ofRole = keys.filter((key) => key.role === role);
    return ofRole.length === 0 || ofRole.some((key) => isSurelyInTerm(key, time));
  });
}

function isSurelyInTerm({ notBeforeMs, notAfterMs }: RoleKey, time: TimeInterval): boolean {
  return mayHaveBegun(time, notBeforeMs) && surelyWithin(time, notAfterMs);
}
