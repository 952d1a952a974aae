import type { StationEvent } from '../../../src/station/http/events.ts';
import type { LaneView, RecentView } from '../../../src/station/http/lane-shape.ts';

/** Equals DEAD_MS of src/station/http/events.ts: the page imports types only, a test keeps the two equal. */
export const DEAD_MS = 2_000;

/** A lane as it was told, and when it came, so that rests and ages go on between two events. */
export type LaneNow = { readonly view: LaneView; readonly receivedMonoMs: number };

export type StationState = {
  /** Names the daemon's start that everything here belongs to; null before the first word. */
  readonly boot: string | null;
  readonly software: string | null;
  readonly lanes: ReadonlyMap<string, LaneNow>;
  /** Monotonic time of the last beat; null before the first. */
  readonly beatMonoMs: number | null;
  /** The station's time at that beat. */
  readonly beatWallMs: number | null;
  /** The software changed under this page: it must be loaded again. */
  readonly outdated: boolean;
};

export const SILENT: StationState = {
  boot: null,
  software: null,
  lanes: new Map(),
  beatMonoMs: null,
  beatWallMs: null,
  outdated: false,
};

/** What the page knows after one event that came at `monoMs`. Replayed history never touches what is on the screen. */
export function reduce(state: StationState, event: StationEvent, monoMs: number): StationState {
  switch (event.event) {
    case 'hello': {
      const { boot, software } = event.data;
      const outdated = state.software !== null && state.software !== software;
      const lanes = state.boot === boot ? state.lanes : new Map<string, LaneNow>();
      return { ...state, boot, software, lanes, outdated: state.outdated || outdated };
    }
    case 'lane': {
      const now = { view: event.data, receivedMonoMs: monoMs };
      return { ...state, lanes: new Map(state.lanes).set(event.data.id, now) };
    }
    case 'beat':
      return { ...state, beatMonoMs: monoMs, beatWallMs: event.data.nowMs };
    case 'history':
      return { ...state, lanes: withRow(state.lanes, event.data) };
    default:
      return event satisfies never;
  }
}

const RECENT_MAX = 12;

/** A row that the lane's own view tells already is left alone; rows are newest first. */
function withRow(
  lanes: StationState['lanes'],
  { lane, ...row }: RecentView & { readonly lane: string },
): StationState['lanes'] {
  const now = lanes.get(lane);
  if (now === undefined || now.view.recent.some(({ ordinal }) => ordinal === row.ordinal))
    return lanes;
  const recent = [...now.view.recent, row]
    .sort((one, other) => other.ordinal - one.ordinal)
    .slice(0, RECENT_MAX);
  return new Map(lanes).set(lane, { ...now, view: { ...now.view, recent } });
}

/** Dead: no beat yet, or none for two seconds. No verdict may then be seen (security A5). */
export function isDead({ beatMonoMs }: StationState, monoMs: number): boolean {
  return beatMonoMs === null || monoMs - beatMonoMs >= DEAD_MS;
}

/** The station's time now; null before the first beat. */
export function wallNow({ beatMonoMs, beatWallMs }: StationState, monoMs: number): number | null {
  if (beatMonoMs === null || beatWallMs === null) return null;
  return beatWallMs + (monoMs - beatMonoMs);
}
