import type { ActionRecord, ModeRecord } from './record.ts';

/** What opened, or was opened, without a passage behind it (security A6), by the word it is counted and listed under. */
export const UNTIED_OPENINGS = [
  'emergency-open',
  'emergency-button',
  'opened-by-hand',
  'barrier-tamper',
  'paper',
  'release',
  'unrecorded',
] as const;
export type UntiedOpening = (typeof UNTIED_OPENINGS)[number];

export type OpeningRecord =
  | Pick<ActionRecord, 'type' | 'passage' | 'action' | 'reason'>
  | Pick<ModeRecord, 'type' | 'mode'>;

/** By these staff let somebody go; without a passage, because nothing could be recorded when it was decided. */
const LETS_GO: ReadonlySet<string> = new Set([
  'let-pass',
  'recovered',
  'in-transfer',
  'wrong-person',
]);

export function letsGo(action: string): boolean {
  return LETS_GO.has(action);
}

/** Null for what opens nothing, and for what a passage stands behind. */
export function untiedOpening(record: OpeningRecord): UntiedOpening | null {
  if (record.type === 'mode') return record.mode === 'release' ? 'release' : null;
  const { passage, action, reason } = record;
  if (passage !== null) return null;
  switch (action) {
    case 'emergency-open':
    case 'opened-by-hand':
    case 'paper':
      return action;
    case 'emergency-button':
      return reason === 'pressed' ? action : null;
    case 'barrier-tamper':
      return reason === 'opened' ? action : null;
    default:
      return letsGo(action) ? 'unrecorded' : null;
  }
}

/** How often which of them happened in a shift. */
export type ShiftOpenings = {
  /** When the shift began, ms since 1970 UTC; null before anybody signed in. */
  readonly sinceMs: number | null;
  readonly counts: Readonly<Partial<Record<UntiedOpening, number>>>;
};
