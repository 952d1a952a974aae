/** One hint at a time, and each long enough to be read. */
const SHOWN_MS_MIN = 1_500;

export type Steady = { readonly hint: string | null; readonly sinceMs: number };

/** What is shown at `nowMs` when the coach says `wanted`: a hint stays 1.5 s before another takes its place. */
export function steadyHint(shown: Steady, wanted: string | null, nowMs: number): Steady {
  if (wanted === shown.hint) return shown;
  if (shown.hint !== null && nowMs - shown.sinceMs < SHOWN_MS_MIN) return shown;
  return { hint: wanted, sinceMs: nowMs };
}
