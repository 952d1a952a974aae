import type { LaneSettings } from './lane-settings.ts';
import type { LaneState, Passage } from './lane-state.ts';

type Lane = Pick<LaneState, 'mode' | 'ageingAcknowledged'>;

/**
 * Whether this passage may go without anybody doing anything: a recorded pass, on data that is fresh or whose age an
 * officer of this shift has acknowledged (security A3, screens: staleness belongs to the lane).
 */
export function mayGo({ verdict, record }: Passage, { ageingAcknowledged }: Lane): boolean {
  if (verdict?.kind !== 'pass' || record !== 'written') return false;
  return ageingAcknowledged || !verdict.reasons.some(({ code }) => code === 'register.ageing');
}

/** Whether a barrier that nobody has opened for it still stands in the way of a passage. */
export function isShut({ opened }: Passage, { operation, hasBarrier }: LaneSettings): boolean {
  return operation === 'automatic' && hasBarrier && !opened;
}

/** Whether the barrier may open by itself for it: never on a claim unless a signed policy says so (security A2). */
export function mayOpenByItself(passage: Passage, lane: Lane, settings: LaneSettings): boolean {
  return (
    isShut(passage, settings) &&
    settings.selfTested &&
    lane.mode === 'normal' &&
    mayGo(passage, lane) &&
    (passage.verdict?.proof === 'chip-genuine' || settings.openOnClaim)
  );
}
