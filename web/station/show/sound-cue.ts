import type { LaneView } from '../../../src/station/http/lane-shape.ts';
import type { PassageView } from '../../../src/station/http/passage-shape.ts';

/** The only two sounds there are: check and stop are one and the same (security A4). */
export type Cue = 'go' | 'wait';

/** What is heard when a lane's view follows another; nothing at the first, which may be old. */
export function cueOf(before: LaneView | null, after: LaneView): Cue | null {
  if (before === null) return null;
  if (worsened(before.current, after.current)) return 'wait';
  const other = before.current?.ordinal !== after.current?.ordinal;
  const changed = before.outward !== after.outward || (other && after.current !== null);
  if (changed && after.outward === 'go') return 'go';
  const waits = changed && after.outward === 'wait';
  return waits || newlyOverdue(before, after) ? 'wait' : null;
}

const SEVERITY = { pass: 0, check: 1, stop: 2 } as const;

/** The same person, judged worse than before: a chip, or another paper, told something new. */
function worsened(before: PassageView | null, after: PassageView | null): boolean {
  if (before === null || after === null || before.ordinal !== after.ordinal) return false;
  return after.staff === null && SEVERITY[after.verdict] > SEVERITY[before.verdict];
}

function newlyOverdue(before: LaneView, after: LaneView): boolean {
  const known = new Set(
    before.parked.filter(({ overdue }) => overdue).map(({ ordinal }) => ordinal),
  );
  return after.parked.some(({ overdue, ordinal }) => overdue && !known.has(ordinal));
}
