/** What the value is that a key was made of (security R1). */
export type SubjectKind = 'number' | 'qid' | 'certificate';

export type Subject = { readonly kind: SubjectKind; readonly value: string };

export type RegisterHit = {
  readonly register: string;
  readonly status: 'active' | 'ended';
  /** Calendar days in Asia/Ho_Chi_Minh, inclusive. */
  readonly fromDay: number;
  readonly untilDay: number;
  readonly source: string;
};

/** What lasts hours: a transfer, an outcome at another gate. A permission, so it counts only while surely in force. */
export type Notice = {
  readonly code: string;
  /** First instant at which it is over, milliseconds since 1970 UTC. */
  readonly endMs: number;
};

/**
 * `unusable`: there, but its canaries or its file failed. `absent`: never imported; never the same as empty.
 * Freshness is judged against the time interval by who holds the limits: `registerUse` in
 * `src/rules/ask-registers.ts`.
 */
export type RegisterCondition =
  | { readonly state: 'usable'; readonly asOfMs: number; readonly version: number }
  | { readonly state: 'unusable'; readonly asOfMs: number | null; readonly version: number | null }
  | { readonly state: 'absent' };

export interface Registers {
  /** All rows for the subject, in force or not; empty when nothing is known of it. Never throws: see `condition`. */
  lookup(register: string, kind: SubjectKind, value: string): readonly RegisterHit[];
  condition(register: string): RegisterCondition;
  /** Of the subject, over or not; empty when none is known. Never throws. */
  notices(kind: SubjectKind, value: string): readonly Notice[];
}
