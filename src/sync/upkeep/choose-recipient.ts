import { mayHaveBegun, surelyWithin, type TimeInterval } from '../../kernel/time-interval.ts';
import type { RoleKey } from '../protocol/statement.ts';

/** Whom to seal to from now on: of the recipients in their term the newest (security J5); null when there is none. */
export function chooseRecipient(keys: readonly RoleKey[], time: TimeInterval): RoleKey | null {
  return keys
    .filter(({ role }) => role === 'recipient')
    .filter(({ notBeforeMs, notAfterMs }) => {
      return mayHaveBegun(time, notBeforeMs) && surelyWithin(time, notAfterMs);
    })
    .reduce<RoleKey | null>((newest, key) => {
      return newest === null || isNewer(key, newest) ? key : newest;
    }, null);
}

function isNewer(one: RoleKey, other: RoleKey): boolean {
  if (one.notBeforeMs !== other.notBeforeMs) return one.notBeforeMs > other.notBeforeMs;
  return one.id > other.id;
}
