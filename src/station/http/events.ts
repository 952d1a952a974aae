import type { LaneView, RecentView } from './lane-shape.ts';

/**
 * Server-sent events of GET /api/v1/events. `beat` comes every second (A5: a page that has not heard one for two
 * seconds shows no verdict). A page that connects gets `hello` and one `lane` a lane with what is on the screen now;
 * only `history`, which holds no personal field, carries an id and is replayed after Last-Event-ID.
 */
export type StationEvent =
  | { readonly event: 'hello'; readonly data: { readonly boot: string; readonly software: string } }
  | { readonly event: 'lane'; readonly data: LaneView }
  | {
      readonly event: 'history';
      readonly id: string;
      readonly data: RecentView & { readonly lane: string };
    }
  | { readonly event: 'beat'; readonly data: { readonly nowMs: number } };

export const BEAT_MS = 1_000;
/** After this long without a beat a verdict must disappear from the page. */
export const DEAD_MS = 2_000;
