import { dayEndMs, dayStartMs } from '../kernel/calendar.ts';
import { mayHaveBegun, mayStillHold, type TimeInterval } from '../kernel/time-interval.ts';
import type { RegisterHit } from '../registers/lookup.ts';

/**
 * The rows of one subject in one register that may be in force at the true time (security T1): begun for the latest
 * it can be, not over for the earliest. An `ended` row cancels rows whose `from` is not later, once it has surely begun.
 */
export function inForce(hits: readonly RegisterHit[], time: TimeInterval): RegisterHit[] {
  const endedFrom = hits
    .filter(({ status, fromDay }) => status === 'ended' && time.earliestMs >= dayStartMs(fromDay))
    .map(({ fromDay }) => fromDay);
  return hits.filter(
    ({ status, fromDay, untilDay }) =>
      status === 'active' &&
      mayHaveBegun(time, dayStartMs(fromDay)) &&
      mayStillHold(time, dayEndMs(untilDay)) &&
      !endedFrom.some((day) => day >= fromDay),
  );
}
