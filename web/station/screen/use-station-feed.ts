import { useEffect, useRef, useState } from 'preact/hooks';
import type { PageClock } from '../../shared/page-clock.ts';
import { openFeed } from '../state/event-feed.ts';
import { DEAD_MS, reduce, SILENT, type StationState } from '../state/station-state.ts';

/** Countdown and clock move this often. */
const TICK_MS = 250;

/** The station's state as its events tell it, and the time it is looked at. */
export function useStationFeed(
  clock: PageClock,
  open: boolean,
  onRefused: () => void,
): { readonly state: StationState; readonly monoMs: number } {
  const [state, setState] = useState<StationState>(SILENT);
  const [monoMs, setMonoMs] = useState(() => clock.monoMs());
  const refused = useRef(onRefused);
  refused.current = onRefused;

  useEffect(() => {
    if (!open) return undefined;
    return openFeed('/api/v1/events', clock, {
      onEvent: (event) => {
        const now = clock.monoMs();
        setMonoMs(now);
        setState((before) => reduce(before, event, now));
      },
      onRefused: () => refused.current(),
    });
  }, [clock, open]);

  useEffect(() => clock.every(TICK_MS, () => setMonoMs(clock.monoMs())), [clock]);

  // Dead on the dot, not at the next tick (security A5).
  const { beatMonoMs } = state;
  useEffect(() => {
    if (beatMonoMs === null) return undefined;
    const rest = Math.max(0, beatMonoMs + DEAD_MS - clock.monoMs());
    return clock.after(rest, () => setMonoMs(clock.monoMs()));
  }, [clock, beatMonoMs]);

  useEffect(() => {
    if (state.outdated) location.reload();
  }, [state.outdated]);

  return { state, monoMs };
}
