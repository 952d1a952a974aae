import { SIGNATURE_COLUMNS as COLUMNS, SIGNATURE_ROWS as ROWS } from './frame-signature.ts';

/**
 * How a view looks over hours, as a relief (see `reliefOf`). No cell moves by more than one level a minute (2 % of
 * light) once an hour has been seen, so whoever stands there for a minute leaves nothing that noise would not leave, and
 * whoever stood there in the first minutes is gone before the view is `isSettled`.
 */
export type LongView = {
  readonly relief: Float32Array;
  /** Of the view with nobody there; null while it has no edges to tell by. */
  readonly sharpness: number | null;
  /** For how long it was looked at. */
  readonly seenMs: number;
  /** Null once it is settled. */
  readonly settling: Settling | null;
};

/** As what a young view was taken, and at which `seenMs`: it settles when it stays so. */
type Settling = { readonly relief: Float32Array; readonly sinceMs: number };

const MINUTE_MS = 60_000;
/** A settled view is compared with, and may be stored: it was looked at for so long, and has its edges since so long. */
const SETTLED_AFTER_MS = 60 * MINUTE_MS;
/** Longer than two lorries stand before a gate: what a young view learnt of them is not its own. */
const STEADY_FOR_MS = 30 * MINUTE_MS;
/** Of the edges before and since, those that are the same. */
const STEADY_MIN = 0.75;
const LEVELS_PER_MINUTE = 1;
/** The younger a view, the quicker it learns: this many levels a minute in its first minute, half of it in its second. */
const LEVELS_FIRST_MINUTE = 60;
const SHARPNESS_PER_MINUTE = 0.005;
/** A longer gap between two looks is no time that was seen. */
const GAP_MS_MAX = 5_000;

const LEVELS_PER_OCTAVE = 32;
/** Below this the camera's noise and black level are most of what is there. */
const NOISE_LEVEL = 8;

/**
 * The view without its light: of each cell the logarithm of its luminance over the view's median, 32 levels an octave.
 * Neither exposure nor daylight changes it; only what stands there does, and where lamps and shadows fall.
 */
export function reliefOf(cells: Uint8Array): Float32Array {
  const base = OCTAVES[levelRank(cells, 0.5)] ?? 0;
  const relief = new Float32Array(cells.length);
  for (let at = 0; at < cells.length; at++) relief[at] = (OCTAVES[cells[at] ?? 0] ?? 0) - base;
  return relief;
}

const OCTAVES = Float32Array.from(
  { length: 256 },
  (_, level) => LEVELS_PER_OCTAVE * Math.log2(level + NOISE_LEVEL),
);

/** The level at or below which `share` of the cells lie. */
export function levelRank(cells: Uint8Array, share: number): number {
  const counts = new Uint16Array(256);
  for (const level of cells) counts[level] = (counts[level] ?? 0) + 1;
  const wanted = share * cells.length;
  let sum = 0;
  for (let level = 0; level < 256; level++) {
    sum += counts[level] ?? 0;
    if (sum >= wanted) return level;
  }
  return 255;
}

export function isSettled({ settling }: LongView): boolean {
  return settling === null;
}

/** `sharpness` null: not to be learned now. */
export function learnView(
  view: LongView | null,
  relief: Float32Array,
  sharpness: number | null,
  elapsedMs: number,
): LongView {
  if (view === null) return firstView(relief, sharpness);
  const minutes = Math.min(elapsedMs, GAP_MS_MAX) / MINUTE_MS;
  const age = Math.max(1, view.seenMs / MINUTE_MS);
  const step = minutes * Math.max(LEVELS_PER_MINUTE, LEVELS_FIRST_MINUTE / age);
  const learnt = {
    relief: view.relief.map((level, index) => towards(level, relief[index] ?? level, step)),
    sharpness: learnSharpness(view, sharpness, minutes),
    seenMs: view.seenMs + minutes * MINUTE_MS,
  };
  return { ...learnt, settling: settle(view, learnt) };
}

function firstView(relief: Float32Array, sharpness: number | null): LongView {
  const taken = Float32Array.from(relief);
  return { relief: taken, sharpness, seenMs: 0, settling: { relief: taken, sinceMs: 0 } };
}

/** Compared once a minute. */
function settle(
  before: LongView,
  { relief, seenMs }: Pick<LongView, 'relief' | 'seenMs'>,
): Settling | null {
  const { settling } = before;
  const isDue = Math.floor(seenMs / MINUTE_MS) !== Math.floor(before.seenMs / MINUTE_MS);
  if (settling === null || !isDue) return settling;
  if (sharedEdges(settling.relief, relief) < STEADY_MIN) return { relief, sinceMs: seenMs };
  const isSteady = seenMs - settling.sinceMs >= STEADY_FOR_MS;
  return isSteady && seenMs >= SETTLED_AFTER_MS ? null : settling;
}

function learnSharpness(view: LongView, sharpness: number | null, minutes: number): number | null {
  if (sharpness === null) return view.sharpness;
  if (view.sharpness === null) return sharpness;
  const step = minutes * (isSettled(view) ? SHARPNESS_PER_MINUTE : 20 * SHARPNESS_PER_MINUTE);
  return towards(view.sharpness, sharpness, step);
}

function towards(from: number, to: number, step: number): number {
  return from + Math.max(-step, Math.min(step, to - from));
}

/** Mean step between neighbouring cells, in levels: next to nothing where one surface is all there is. */
export function structureOf(relief: Float32Array): number {
  let sum = 0;
  for (let row = 0; row < ROWS; row++) {
    for (let at = row * COLUMNS + 1; at < (row + 1) * COLUMNS; at++) {
      sum += Math.abs((relief[at] ?? 0) - (relief[at - 1] ?? 0));
    }
  }
  return sum / (ROWS * (COLUMNS - 1));
}

/** Share of cells that differ from the long view by more than light and noise make. */
export function strangeShare(view: LongView, relief: Float32Array): number {
  let strange = 0;
  for (const [index, level] of view.relief.entries()) {
    if (Math.abs(level - (relief[index] ?? 0)) > STRANGE_LEVELS) strange += 1;
  }
  return strange / relief.length;
}

const STRANGE_LEVELS = 16;

/** One look at a view: its means and their relief. */
type Seen = { readonly cells: Uint8Array; readonly relief: Float32Array };

/** A shift of the view, in cells. */
export type Shift = { readonly across: number; readonly down: number };

const STILL: Shift = { across: 0, down: 0 };
/** Levels between neighbouring cells that make an edge worth finding again: a fifth more light. */
const STRONG_LEVELS = 9;
const FOUND_LEVELS = 4;
/** Fewer edges in the light say nothing. */
const STRONG_MIN = 40;
/** Cells darker than this are not judged. */
const LIT_LEVEL = 16;
/** Cosine of the angle within which an edge runs as it did. */
const ALIGNED_MIN = 0.75;

/**
 * Share of the long view's edges that are found again where they were, or `shift` beside it. By chance a quarter is;
 * null where too few are in the light to say.
 */
export function agreement(view: LongView, seen: Seen): number | null {
  return shareFound(edgesOf(view.relief), slopesOf(seen), STILL);
}

/** Steps of the relief to the right and down. */
type Steps = { readonly x: Float32Array; readonly y: Float32Array };
/** `lit` where they can be believed. */
type Slopes = Steps & { readonly lit: Uint8Array };

function slopesOf({ cells, relief }: Seen): Slopes {
  return { ...stepsOf(relief), lit: cells.map((level) => (level < LIT_LEVEL ? 0 : 1)) };
}

function stepsOf(relief: Float32Array): Steps {
  const x = new Float32Array(relief.length);
  const y = new Float32Array(relief.length);
  for (let at = 0; at < relief.length; at++) {
    const level = relief[at] ?? 0;
    x[at] = (relief[at + 1] ?? level) - level;
    y[at] = (relief[at + COLUMNS] ?? level) - level;
  }
  return { x, y };
}

/** Share of the edges of two views that both have; 1 where they have too few to say. */
function sharedEdges(one: Float32Array, other: Float32Array): number {
  const [edges, others] = [edgesOf(one), edgesOf(other)];
  const all = edges.length + others.length;
  const shared = foundAmong(edges, stepsOf(other)) + foundAmong(others, stepsOf(one));
  return all < STRONG_MIN ? 1 : shared / all;
}

function foundAmong(edges: readonly Edge[], { x, y }: Steps): number {
  const isFound = (edge: Edge) => {
    const at = edge.row * COLUMNS + edge.column;
    return isAlong(edge, x[at] ?? 0, y[at] ?? 0);
  };
  return edges.filter(isFound).length;
}

type Edge = {
  readonly column: number;
  readonly row: number;
  readonly x: number;
  readonly y: number;
};

function edgesOf(relief: Float32Array): readonly Edge[] {
  const edges: Edge[] = [];
  for (let row = 0; row < ROWS - 1; row++) {
    for (let column = 0; column < COLUMNS - 1; column++) {
      const at = row * COLUMNS + column;
      const level = relief[at] ?? 0;
      const x = (relief[at + 1] ?? 0) - level;
      const y = (relief[at + COLUMNS] ?? 0) - level;
      if (Math.hypot(x, y) >= STRONG_LEVELS) edges.push({ column, row, x, y });
    }
  }
  return edges;
}

function shareFound(edges: readonly Edge[], now: Slopes, { across, down }: Shift): number | null {
  let strong = 0;
  let found = 0;
  for (const edge of edges) {
    const column = edge.column + across;
    const row = edge.row + down;
    if (column < 0 || row < 0 || column >= COLUMNS - 1 || row >= ROWS - 1) continue;
    const at = row * COLUMNS + column;
    if (now.lit[at] === 0) continue;
    strong += 1;
    if (isAlong(edge, now.x[at] ?? 0, now.y[at] ?? 0)) found += 1;
  }
  return strong < STRONG_MIN ? null : found / strong;
}

function isAlong(edge: Edge, x: number, y: number): boolean {
  const length = Math.sqrt(x * x + y * y);
  if (length < FOUND_LEVELS) return false;
  const was = Math.sqrt(edge.x * edge.x + edge.y * edge.y);
  return edge.x * x + edge.y * y >= ALIGNED_MIN * was * length;
}

/** A camera that was pushed sees the same things elsewhere: a quarter of the view at most. */
const SHIFT_MAX: Shift = { across: 8, down: 5 };
const SHIFT_AGREEMENT_MIN = 0.6;
/** By how much more of the edges are found there than where they were. */
const SHIFT_GAIN_MIN = 0.25;

/** Where the long view is found again when it is not where it was; null when nowhere. */
export function shiftOf(view: LongView, seen: Seen): Shift | null {
  const edges = edgesOf(view.relief);
  const now = slopesOf(seen);
  let best: Shift | null = null;
  let most = Math.max(SHIFT_AGREEMENT_MIN, (shareFound(edges, now, STILL) ?? 1) + SHIFT_GAIN_MIN);
  for (let down = -SHIFT_MAX.down; down <= SHIFT_MAX.down; down++) {
    for (let across = -SHIFT_MAX.across; across <= SHIFT_MAX.across; across++) {
      const share = shareFound(edges, now, { across, down }) ?? 0;
      if (share < most) continue;
      most = share;
      best = { across, down };
    }
  }
  return best;
}
