import type { ReasonCode } from './reasons.ts';
import type { Reason, SubCheck } from './verdict.ts';

/** What one part of the rules found: sub-checks as they came out, and why the verdict is not a plain pass. */
export type Finding = { readonly checks: readonly SubCheck[]; readonly reasons: readonly Reason[] };

/** A reason that neither a register's row nor an earlier passage speaks for. */
export function reason(code: ReasonCode): Reason {
  return { code, hit: null, earlierAtMs: null, noticeEndMs: null };
}
