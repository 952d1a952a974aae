import type { ShiftOpenings, UntiedOpening } from '../journal/openings.ts';
import type { VerdictKind } from '../rules/verdict.ts';

/** Without a passage, or `overridden`: let go by staff whom the rules had held. */
export type OpeningKind = UntiedOpening | 'overridden';

/** Something that a shift leader wants to have explained. No personal field; a passage is named by its record alone. */
export type Opening = {
  readonly kind: OpeningKind;
  readonly atMs: number;
  readonly officer: string | null;
  /** A code; null while an emergency still owes it. */
  readonly reason: string | null;
  /** Journal sequence of a passage that was overridden. */
  readonly passage: number | null;
  readonly ordinal: number | null;
  /** What the rules had said of it. */
  readonly verdict: VerdictKind | null;
  /** Of a release that is over. */
  readonly ended: { readonly atMs: number; readonly crossed: number } | null;
  /** Undone within its 30 s; the barrier had been opened all the same. */
  readonly takenBack: boolean;
};

/** What happened while one officer had the lane; it goes on when they sign in again after nobody. */
export type ListedShift = {
  readonly officer: string | null;
  readonly sinceMs: number;
  readonly untied: number;
  readonly overridden: number;
  /** Newest first; the newest ones of so many. */
  readonly listed: readonly Opening[];
};

export type LaneOpenings = {
  /** When this list began: the journal is sealed, so that a start of the station leaves counts alone. */
  readonly listedSinceMs: number;
  /** Counted by the journal before that, oldest first; null where it could not be read. */
  readonly before: readonly ShiftOpenings[] | null;
  /** Newest first, never empty. */
  readonly shifts: readonly [ListedShift, ...(readonly ListedShift[])];
};

export function noOpenings(listedSinceMs: number, before: LaneOpenings['before']): LaneOpenings {
  return { listedSinceMs, before, shifts: [emptyShift(null, listedSinceMs)] };
}

export function emptyShift(officer: string | null, sinceMs: number): ListedShift {
  return { officer, sinceMs, untied: 0, overridden: 0, listed: [] };
}
