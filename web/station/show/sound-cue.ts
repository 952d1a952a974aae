import type { LaneView } from '../../../src/station/http/shapes.ts';

/** The only two sounds there are: check and stop are one and the same (security A4). */
export type Cue = 'go' | 'wait';

/** What is heard when a lane's view follows another; nothing at the first, which may be old. */
export function cueOf(before: LaneView | null, after: LaneView): Cue | null {
  if (before === null) return null;
  const overdue = newlyOverdue(before, after);
  const other = before.current?.ordinal !== after.current?.ordinal;
  const changed = before.outward !== after.outward || (other && after.current !== null);
  if (changed && after.outward === 'go') return 'go';
  if ((changed && after.outward === 'wait') || overdue) return 'wait';
  return null;
}

function newlyOverdue(before: LaneView, after: LaneView): boolean {
  const known = new Set(
    before.parked.filter(({ overdue }) => overdue).map(({ ordinal }) => ordinal),
  );
  return after.parked.some(({ overdue, ordinal }) => overdue && !known.has(ordinal));
}
