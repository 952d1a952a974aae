import type { BarrierState } from '../../src/ports/barrier.ts';

/** What is known of the arm; null where nothing is wired. */
export type ArmSigns = {
  readonly limitOpen: boolean | null;
  readonly limitClosed: boolean | null;
  /** How long ago the last order to open was taken; null: never, or nobody knows whether it was. */
  readonly orderedMsAgo: number | null;
  /** The contact is held. */
  readonly isHeld: boolean;
  /** An order got no answer since the last that did. */
  readonly isUnsure: boolean;
  /** How long the arm stays up after an order. */
  readonly staysOpenMs: number;
};

/** Limits say it where there are any, else the time since the order does. */
export function armState(signs: ArmSigns): BarrierState {
  const { limitOpen, limitClosed, isUnsure } = signs;
  // Both cannot be: a wire or a switch is wrong.
  if (limitOpen === true && limitClosed === true) return 'unknown';
  if (limitOpen === true) return 'open';
  if (limitClosed === true) return 'closed';
  if (limitOpen === false && limitClosed === false) return 'moving';
  if (isUnsure) return 'unknown';
  const isUp = isOpenByTime(signs);
  // With one limit, not being there is the rest of the way.
  if (limitClosed === false) return isUp ? 'open' : 'moving';
  if (limitOpen === false) return isUp ? 'moving' : 'closed';
  return isUp ? 'open' : 'closed';
}

function isOpenByTime({ isHeld, orderedMsAgo, staysOpenMs }: ArmSigns): boolean {
  return isHeld || (orderedMsAgo !== null && orderedMsAgo < staysOpenMs);
}
