import { centreOf, distance } from './geometry.ts';
import type { DecodedCode } from './vision-event.ts';

/** A hand that trembles or a thumb in between hides a code for less than this; later it is shown anew. */
export const ABSENCE_MS = 1_000;

/** Filters are given up on a frame long before it is this old. */
const LATE_MS_MAX = 5_000;

/** Codes followed at once. More come only from a picture made to be hostile; then those seen longest ago leave. */
const TRACKS_MAX = 32;

type Track = {
  readonly track: number;
  readonly code: DecodedCode;
  readonly seenAtMs: number;
};

export type TrackState = {
  readonly nextTrack: number;
  readonly tracks: readonly Track[];
  /** Those that left, for as long as frames that showed them may still be under work. */
  readonly gone: readonly Track[];
};

export const NOTHING_TRACKED: TrackState = { nextTrack: 1, tracks: [], gone: [] };

export type TrackEffect =
  | { readonly kind: 'code-shown'; readonly track: number; readonly code: DecodedCode }
  | { readonly kind: 'code-left'; readonly track: number };

/**
 * One presentation for each code in view, however many frames show it. The same bytes stay the same presentation
 * wherever they move; the same bytes twice in one frame are two. Frames may come late: what one shows that left after it
 * is no new presentation.
 */
export function stepTracks(
  state: TrackState,
  codes: readonly DecodedCode[],
  nowMs: number,
): readonly [TrackState, readonly TrackEffect[]] {
  const free = new Set(state.tracks);
  const seen: Track[] = [];
  const effects: TrackEffect[] = [];
  let nextTrack = state.nextTrack;
  for (const code of codes.slice(0, TRACKS_MAX)) {
    const known = nearest(code, free);
    if (known !== null) {
      free.delete(known);
      seen.push({ track: known.track, code, seenAtMs: Math.max(known.seenAtMs, nowMs) });
      continue;
    }
    if (state.gone.some((track) => isLateSight(track, code, nowMs))) continue;
    seen.push({ track: nextTrack, code, seenAtMs: nowMs });
    effects.push({ kind: 'code-shown', track: nextTrack, code });
    nextTrack += 1;
  }
  const absent = [...free].sort((a, b) => b.seenAtMs - a.seenAtMs);
  const kept = absent
    .filter((track) => nowMs - track.seenAtMs <= ABSENCE_MS)
    .slice(0, TRACKS_MAX - seen.length);
  const left = absent.filter((track) => !kept.includes(track));
  for (const { track } of left) effects.push({ kind: 'code-left', track });
  const gone = [...state.gone, ...left]
    .filter(({ seenAtMs }) => nowMs - seenAtMs <= LATE_MS_MAX)
    .slice(-TRACKS_MAX);
  return [{ nextTrack, tracks: [...seen, ...kept], gone }, effects];
}

function isLateSight({ code, seenAtMs }: Track, sighted: DecodedCode, nowMs: number): boolean {
  return nowMs - seenAtMs <= ABSENCE_MS && Buffer.compare(code.bytes, sighted.bytes) === 0;
}

/** Ends every presentation: the camera is out, and what happens meanwhile nobody sees. */
export function leaveAll(state: TrackState): readonly [TrackState, readonly TrackEffect[]] {
  const effects = state.tracks.map(({ track }): TrackEffect => ({ kind: 'code-left', track }));
  return [{ nextTrack: state.nextTrack, tracks: [], gone: [] }, effects];
}

function nearest(code: DecodedCode, tracks: Iterable<Track>): Track | null {
  let best: Track | null = null;
  let bestDistance = Number.POSITIVE_INFINITY;
  for (const track of tracks) {
    if (Buffer.compare(track.code.bytes, code.bytes) !== 0) continue;
    const apart = distance(centreOf(track.code.corners), centreOf(code.corners));
    if (apart >= bestDistance) continue;
    best = track;
    bestDistance = apart;
  }
  return best;
}
