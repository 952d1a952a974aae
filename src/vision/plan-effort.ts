import type { Effort, Reading } from './decode-job.ts';
import { boundsOf } from './geometry.ts';
import { growRegion, type Region } from './grey-image.ts';
import type { TrackState } from './track-codes.ts';

export type EffortSettings = {
  /** A thorough pass over the whole view at least this often, milliseconds. */
  readonly lookEveryMs: number;
  /** Measures for the coach at least this often, milliseconds. */
  readonly glanceEveryMs: number;
  /** Time for filters on one frame, milliseconds: fresh frames are worth more than old ones. */
  readonly deepBudgetMs: number;
};

export const USUAL_EFFORT: EffortSettings = {
  lookEveryMs: 1_000,
  glanceEveryMs: 500,
  deepBudgetMs: 70,
};

export type EffortState = {
  readonly lookedAtMs: number;
  readonly measuredAtMs: number;
  readonly climbedAtMs: number;
  /** Where something like a code is, unread. */
  readonly focus: Region | null;
  readonly focusSinceMs: number;
  readonly focusSeenAtMs: number;
};

export const AT_REST: EffortState = {
  lookedAtMs: Number.NEGATIVE_INFINITY,
  measuredAtMs: Number.NEGATIVE_INFINITY,
  climbedAtMs: Number.NEGATIVE_INFINITY,
  focus: null,
  focusSinceMs: 0,
  focusSeenAtMs: Number.NEGATIVE_INFINITY,
};

/** For this long a place is worth every frame, then every so often; what hangs there longer is part of the gate. */
const EAGER_MS = 3_000;
const PATIENT_EVERY_MS = 300;
const FURNITURE_AFTER_MS = 15_000;
const FURNITURE_EVERY_MS = 3_000;
/** A place where nothing was seen for so long is no longer looked at. */
const FOCUS_LOST_MS = 700;
/** A presentation unseen for so long is looked for where it was, before it counts as gone. */
const FADING_MS = 300;

export type EffortPlan = { readonly effort: Effort; readonly focus: Region | null };

/** How much work the next frame is worth: little, unless somebody shows something. */
export function planEffort(
  state: EffortState,
  tracks: TrackState,
  view: { readonly width: number; readonly height: number },
  settings: EffortSettings,
  nowMs: number,
): EffortPlan {
  const focus = focusWorthIt(state, nowMs) ?? fadingPlace(state, tracks, view, nowMs);
  if (focus !== null) return { effort: 'deep', focus };
  if (nowMs - state.lookedAtMs >= settings.lookEveryMs) return { effort: 'look', focus: null };
  if (nowMs - state.measuredAtMs >= settings.glanceEveryMs)
    return { effort: 'glance', focus: null };
  return { effort: 'fast', focus: null };
}

function focusWorthIt(state: EffortState, nowMs: number): Region | null {
  if (state.focus === null || nowMs - state.focusSeenAtMs > FOCUS_LOST_MS) return null;
  const forMs = nowMs - state.focusSinceMs;
  const everyMs =
    forMs < EAGER_MS ? 0 : forMs < FURNITURE_AFTER_MS ? PATIENT_EVERY_MS : FURNITURE_EVERY_MS;
  return nowMs - state.climbedAtMs >= everyMs ? state.focus : null;
}

function fadingPlace(
  state: EffortState,
  { tracks }: TrackState,
  view: { readonly width: number; readonly height: number },
  nowMs: number,
): Region | null {
  if (nowMs - state.climbedAtMs < FADING_MS) return null;
  const fading = tracks.find(({ seenAtMs }) => nowMs - seenAtMs >= FADING_MS);
  if (fading === undefined) return null;
  const place = boundsOf(fading.code.corners, view);
  return growRegion(place, 0.3 * Math.max(place.width, place.height) + 16, view);
}

/** Takes in what the frame gave that was read with `plan`. */
export function stepEffort(
  state: EffortState,
  plan: EffortPlan,
  reading: Reading,
  view: { readonly width: number; readonly height: number },
  nowMs: number,
): EffortState {
  const next = {
    ...state,
    lookedAtMs: plan.effort === 'look' ? nowMs : state.lookedAtMs,
    measuredAtMs: plan.effort === 'fast' ? state.measuredAtMs : nowMs,
    climbedAtMs: plan.effort === 'deep' ? nowMs : state.climbedAtMs,
  };
  const seen = placeSeen(reading, view);
  if (seen === null) {
    const readNow = reading.codes.length > 0;
    const lost = readNow || nowMs - state.focusSeenAtMs > FOCUS_LOST_MS;
    return lost ? { ...next, focus: null } : next;
  }
  const same = state.focus !== null && overlap(state.focus, seen);
  return {
    ...next,
    focus: seen,
    focusSinceMs: same ? state.focusSinceMs : nowMs,
    focusSeenAtMs: nowMs,
  };
}

/** With a code read, what merely looks like one is its surroundings. */
function placeSeen(
  reading: Reading,
  view: { readonly width: number; readonly height: number },
): Region | null {
  const [symbol] = reading.unread;
  if (symbol !== undefined) {
    const place = boundsOf(symbol.corners, view);
    return growRegion(place, 0.3 * Math.max(place.width, place.height) + 16, view);
  }
  return reading.codes.length > 0 ? null : (reading.candidates[0] ?? null);
}

function overlap(a: Region, b: Region): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}
