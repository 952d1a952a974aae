import { InputError } from '../../kernel/errors.ts';
import type { TimeInterval } from '../../kernel/time-interval.ts';
import { openRoles, type RoleList } from '../protocol/roles.ts';
import { readStatement, StatementError } from '../protocol/statement.ts';

export type Judged<T> =
  | { readonly kind: 'taken'; readonly value: T }
  | { readonly kind: 'unchanged' }
  /** `code` is for alarms. */
  | { readonly kind: 'refused'; readonly code: string };

/**
 * Whether a role list takes the place of the one held: signed by one of its roots, for the same region, of a higher version,
 * and not surely past its end (security R3).
 */
export function judgeRoles(
  bytes: Uint8Array,
  held: { readonly list: RoleList; readonly bytes: Uint8Array },
  time: TimeInterval,
): Judged<RoleList> {
  return judged(() => {
    if (isSameBody(bytes, held.bytes)) return { kind: 'unchanged' };
    const list = openRoles(bytes, held.list.roots);
    if (list.region !== held.list.region) return { kind: 'refused', code: 'region' };
    if (list.version === held.list.version) return { kind: 'refused', code: 'same-version' };
    if (list.version < held.list.version) return { kind: 'refused', code: 'older' };
    if (time.earliestMs >= list.notAfterMs) return { kind: 'refused', code: 'expired' };
    return { kind: 'taken', value: list };
  });
}

/** Runs `judge`, and turns what reading hostile bytes throws into a refusal. */
export function judged<T>(judge: () => Judged<T>): Judged<T> {
  try {
    return judge();
  } catch (error) {
    if (error instanceof StatementError) return { kind: 'refused', code: error.code };
    if (error instanceof InputError) return { kind: 'refused', code: 'malformed' };
    throw error;
  }
}

/** Who signed it may have changed: what it says counts. */
export function isSameBody(one: Uint8Array, other: Uint8Array): boolean {
  return Buffer.from(readStatement(one).body).equals(readStatement(other).body);
}
