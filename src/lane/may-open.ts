import type { LaneSettings } from './lane-settings.ts';
import type { LaneState, Passage } from './lane-state.ts';

type Lane = Pick<LaneState, 'mode' | 'ageingAcknowledged'>;

/** Whether all that is known of it is on disk, its latest change too. */
export function isRecorded({ record, amendment }: Passage): boolean {
  return record === 'written' && amendment?.record !== 'failed';
}

/**
 * Whether this passage may go without anybody doing anything: a recorded pass, on data that is fresh or whose age an
 * officer of this shift has acknowledged (security A3, screens: staleness belongs to the lane).
 */
export function mayGo(passage: Passage, { ageingAcknowledged }: Lane): boolean {
  const { verdict } = passage;
  if (verdict?.kind !== 'pass' || !isRecorded(passage)) return false;
  return ageingAcknowledged || !verdict.reasons.some(({ code }) => code === 'register.ageing');
}

/** Whether a barrier that nobody has opened for it still stands in the way of a passage. */
export function isShut({ opened }: Passage, { operation, hasBarrier }: LaneSettings): boolean {
  return operation === 'automatic' && hasBarrier && !opened;
}

/**
 * Whether the barrier may open by itself for it: never on a claim unless a signed policy says so (security A2), and never on a
 * proof that is not on disk yet (A3).
 */
export function mayOpenByItself(passage: Passage, lane: Lane, settings: LaneSettings): boolean {
  return (
    isShut(passage, settings) &&
    settings.selfTested &&
    passage.amendment?.record !== 'pending' &&
    lane.mode === 'normal' &&
    mayGo(passage, lane) &&
    (passage.verdict?.proof === 'chip-genuine' || settings.openOnClaim)
  );
}
