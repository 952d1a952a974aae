import type { Hint } from './vision-event.ts';

/** A hint stays at least this long: one that flickers is not read. */
export const HINT_MIN_MS = 1_500;
/** Followed for this long without success, it makes room for the next reason. */
export const HINT_STUCK_MS = 4_000;

export type CoachState = {
  readonly hint: Hint | null;
  readonly sinceMs: number;
  /** Reasons that were told for long without success in this presentation; they come last. */
  readonly tried: readonly Hint[];
};

export const SILENT_COACH: CoachState = {
  hint: null,
  sinceMs: Number.NEGATIVE_INFINITY,
  tried: [],
};

/**
 * One step of what to say. `reasons`: why nothing is read now, most important first, empty when nobody presents
 * anything. `read`: a code was read in this frame, so there is nothing left to say.
 */
export function stepCoach(
  state: CoachState,
  input: { readonly reasons: readonly Hint[]; readonly read: boolean },
  nowMs: number,
): CoachState {
  if (input.read && input.reasons.length === 0) return silence(state, nowMs);
  const shownMs = nowMs - state.sinceMs;
  if (state.hint !== null && shownMs < HINT_MIN_MS) return state;
  if (input.reasons.length === 0) return silence(state, nowMs);

  const stuck = state.hint !== null && shownMs >= HINT_STUCK_MS;
  const tried = stuck && state.hint !== null ? addTo(state.tried, state.hint) : state.tried;
  const [hint] = byTurn(input.reasons, tried);
  if (hint === undefined || hint === state.hint) return { ...state, tried };
  return { hint, sinceMs: nowMs, tried };
}

function silence(state: CoachState, nowMs: number): CoachState {
  return state.hint === null && state.tried.length === 0
    ? state
    : { hint: null, sinceMs: nowMs, tried: [] };
}

function addTo(tried: readonly Hint[], hint: Hint): readonly Hint[] {
  return [...tried.filter((other) => other !== hint), hint];
}

/** Untried reasons by priority, then tried ones, the longest ago first. */
function byTurn(reasons: readonly Hint[], tried: readonly Hint[]): Hint[] {
  return [
    ...reasons.filter((reason) => !tried.includes(reason)),
    ...tried.filter((hint) => reasons.includes(hint)),
  ];
}
