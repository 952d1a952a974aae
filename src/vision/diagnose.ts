import type { Reading } from './decode-job.ts';
import type { FrameMeasures, SuspectMeasures } from './frame-measures.ts';
import type { Region } from './grey-image.ts';
import type { Hint } from './vision-event.ts';

/** What the coach remembers of the view between two measured frames. */
export type ViewState = {
  readonly cells: Uint8Array | null;
  readonly suspect: Place | null;
  readonly bright: Place | null;
};

type Place = { readonly region: Region; readonly sinceMs: number; readonly seenAtMs: number };

export const EMPTY_VIEW: ViewState = { cells: null, suspect: null, bright: null };

/** A place must be there this long before a person is spoken to. */
const APPEARED_MS = 400;
/** What stays in one place longer than anybody's patience belongs to the gate: a poster, a window. */
const FURNITURE_MS = 15_000;
/** A place that was not seen for so long is gone. */
const GONE_MS = 1_200;

/** Below this the decoder's floor is near (measured: 2.0 to 2.2 pixels a module). */
const MODULE_PIXELS_MIN = 2.6;
/** Share of the view's width below which the code of an identity card has fewer pixels a module than that. */
const SIDE_SHARE_MIN = 0.07;
const HEIGHT_SHARE_MAX = 0.85;
/** Levels between dark and light modules below which noise wins. */
const DARK_LIGHT_MAX = 70;
const DIM_LIGHT_MAX = 105;
const BLOWN_SHARE_MIN = 0.7;
const GLARE_SHARE_MIN = 0.06;
/** Change of the cells' means between two looks, as a share of the place's own contrast. */
const MOTION_MIN = 0.07;

/** Why nothing is read in this frame, most important first; empty when nobody presents anything. */
export function diagnose(
  state: ViewState,
  reading: Reading,
  measures: FrameMeasures,
  view: { readonly width: number; readonly height: number },
  nowMs: number,
): readonly [ViewState, readonly Hint[]] {
  const suspect = follow(state.suspect, measures.suspect?.region ?? null, nowMs);
  const bright = follow(state.bright, measures.bright, nowMs);
  const next: ViewState = { cells: measures.cells, suspect, bright };
  if (reading.codes.length > 1) return [next, ['several-codes']];
  if (reading.codes.length === 1) return [next, []];
  if (measures.suspect !== null && speaks(suspect, nowMs)) {
    const motion = motionOf(state.cells, measures, measures.suspect);
    return [next, reasonsFor(measures.suspect, motion, view)];
  }
  return [next, speaks(bright, nowMs) ? ['no-code'] : []];
}

function follow(place: Place | null, region: Region | null, nowMs: number): Place | null {
  if (region === null) {
    return place !== null && nowMs - place.seenAtMs <= GONE_MS ? place : null;
  }
  const same = place !== null && isAbout(place.region, region);
  return { region, sinceMs: same ? place.sinceMs : nowMs, seenAtMs: nowMs };
}

/** The same thing, moved by less than its own size. */
function isAbout(a: Region, b: Region): boolean {
  const reach = 0.8 * Math.max(a.width, a.height, b.width, b.height);
  return Math.abs(a.x - b.x) < reach && Math.abs(a.y - b.y) < reach;
}

function speaks(place: Place | null, nowMs: number): boolean {
  if (place === null || place.seenAtMs !== nowMs) return false;
  const forMs = nowMs - place.sinceMs;
  return forMs >= APPEARED_MS && forMs < FURNITURE_MS;
}

function reasonsFor(
  suspect: SuspectMeasures,
  motion: number,
  view: { readonly width: number; readonly height: number },
): Hint[] {
  const { region, modulePixels } = suspect;
  const small =
    modulePixels === null
      ? Math.max(region.width, region.height) < SIDE_SHARE_MIN * view.width
      : modulePixels < MODULE_PIXELS_MIN;
  const large = Math.max(region.width, region.height) > HEIGHT_SHARE_MAX * view.height;
  const reasons: (readonly [Hint, boolean])[] = [
    ['too-close', large],
    ['cut-off', suspect.touchesEdge],
    ['dark-scene', suspect.light < DARK_LIGHT_MAX && suspect.around < DARK_LIGHT_MAX],
    ['dim-phone', suspect.light < DIM_LIGHT_MAX && suspect.light < suspect.around + 40],
    ['bright-phone', suspect.saturated > BLOWN_SHARE_MIN && suspect.around < DIM_LIGHT_MAX],
    ['glare', suspect.glare > GLARE_SHARE_MIN],
    ['too-far', small],
    ['moving', motion > MOTION_MIN],
  ];
  const found = reasons.filter(([, holds]) => holds).map(([hint]) => hint);
  // Seen, near, lit and still unread: a steadier hand a little nearer is what helps most often.
  return found.length > 0 ? found : ['moving', 'too-far'];
}

/** How much the place changed since the frame measured before, as a share of its own contrast. */
function motionOf(
  before: Uint8Array | null,
  { cells, columns, cell }: FrameMeasures,
  { region, dark, light }: SuspectMeasures,
): number {
  if (before === null || before.length !== cells.length) return 0;
  const left = Math.max(0, Math.floor(region.x / cell));
  const top = Math.max(0, Math.floor(region.y / cell));
  const right = Math.min(columns, Math.ceil((region.x + region.width) / cell));
  const bottom = Math.min(cells.length / columns, Math.ceil((region.y + region.height) / cell));
  let change = 0;
  for (let y = top; y < bottom; y++) {
    for (let at = y * columns + left; at < y * columns + right; at++) {
      change += Math.abs((cells[at] ?? 0) - (before[at] ?? 0));
    }
  }
  const count = Math.max(1, (right - left) * (bottom - top));
  return change / count / Math.max(20, light - dark);
}
