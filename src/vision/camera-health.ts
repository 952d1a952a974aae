import type { FrameSignature } from './frame-signature.ts';
import {
  agreement,
  isSettled,
  type LongView,
  learnView,
  levelRank,
  reliefOf,
  type Shift,
  shiftOf,
  strangeShare,
  structureOf,
} from './long-view.ts';

/** What is wrong with a camera that gives pictures: it stays in use, somebody should look after it. */
export type CameraWarning =
  | 'camera.covered'
  | 'camera.dark'
  | 'camera.glare'
  | 'camera.moved'
  | 'camera.blurred'
  | 'camera.unread';

/** One look at a view, twice a second or so. */
export type HealthInput = {
  readonly signature: FrameSignature;
  /** Codes read, and tries of somebody whose code was seen and not read, since the look before. */
  readonly read: number;
  readonly tries: number;
  readonly nowMs: number;
};

export type HealthState = {
  readonly view: LongView | null;
  readonly told: CameraWarning | null;
  /** Each condition, and since when it has held or, once told, has not held. */
  readonly timers: Readonly<Record<CameraWarning, Timer>>;
  readonly lastMs: number | null;
  /** Since when the view has had light. */
  readonly litSinceMs: number | null;
  /** Whether what is dark became so at once. */
  readonly suddenlyDark: boolean;
  readonly blurMs: number;
  readonly shift: Shift | null;
  readonly shiftSinceMs: number;
  readonly agreedAtMs: number;
  readonly readAtMs: number;
  readonly tries: number;
  readonly triedSinceMs: number;
  readonly triedAtMs: number;
  /** Codes read since the view has been another one, or `camera.moved` was told. */
  readonly readsMoved: number;
};

type Timer = { readonly told: boolean; readonly sinceMs: number | null };

/** How long each must hold before it is told, and be over before it is taken back. */
const PATIENCE: Readonly<
  Record<CameraWarning, { readonly tellMs: number; readonly endMs: number }>
> = {
  'camera.covered': { tellMs: 4_000, endMs: 2_000 },
  'camera.dark': { tellMs: 20_000, endMs: 10_000 },
  'camera.glare': { tellMs: 15_000, endMs: 5_000 },
  'camera.moved': { tellMs: 0, endMs: 30_000 },
  'camera.blurred': { tellMs: 0, endMs: 0 },
  'camera.unread': { tellMs: 0, endMs: 0 },
};
/** Worst first: a covered camera is nothing else besides. */
export const CAMERA_WARNINGS = Object.keys(PATIENCE) as CameraWarning[];

const QUIET: Timer = { told: false, sinceMs: null };

export function startHealth(view: LongView | null): HealthState {
  return {
    view,
    told: null,
    timers: {
      'camera.covered': QUIET,
      'camera.dark': QUIET,
      'camera.glare': QUIET,
      'camera.moved': QUIET,
      'camera.blurred': QUIET,
      'camera.unread': QUIET,
    },
    lastMs: null,
    litSinceMs: null,
    suddenlyDark: false,
    blurMs: 0,
    shift: null,
    shiftSinceMs: 0,
    agreedAtMs: Number.NEGATIVE_INFINITY,
    readAtMs: Number.NEGATIVE_INFINITY,
    tries: 0,
    triedSinceMs: 0,
    triedAtMs: 0,
    readsMoved: 0,
  };
}

/** One look: the next state, whose `told` is what staff should know of, or null. */
export function stepHealth(before: HealthState, input: HealthInput): HealthState {
  const look = measure(before, input);
  const state = follow(before, look, input);
  const holds = conditions(state, look, input.nowMs);
  const timers = { ...state.timers };
  for (const warning of CAMERA_WARNINGS) {
    timers[warning] = stepTimer(timers[warning], holds[warning], PATIENCE[warning], input.nowMs);
  }
  const told = CAMERA_WARNINGS.find((warning) => timers[warning].told) ?? null;
  return learn({ ...state, timers, told }, look, input);
}

function stepTimer(
  { told, sinceMs }: Timer,
  holds: boolean,
  { tellMs, endMs }: (typeof PATIENCE)[CameraWarning],
  nowMs: number,
): Timer {
  if (holds === told) return { told, sinceMs: null };
  const since = sinceMs ?? nowMs;
  const isTurned = nowMs - since >= (told ? endMs : tellMs);
  return isTurned ? { told: holds, sinceMs: null } : { told, sinceMs: since };
}

type Look = {
  readonly elapsedMs: number;
  readonly cells: Uint8Array;
  readonly relief: Float32Array;
  readonly sharpness: number | null;
  /** Below which nine tenths of the cells lie. */
  readonly light: number;
  readonly blown: number;
  readonly structure: number;
  /** With the long view; null where it cannot be told. */
  readonly agreement: number | null;
  /** It is the view that is known, whoever stands before it; or it cannot be told. */
  readonly agrees: boolean;
  /** Nobody is there, as far as can be told. */
  readonly isEmpty: boolean;
};

/** Of the usual edges: a queue leaves more, a lorry, a push and another view less (docs/benchmarks.md). */
const AGREES_MIN = 0.5;
/** Another view that is much like it has as many now and then: one that was gone for a minute is back with so many. */
const AGREES_AGAIN_MIN = 0.6;
const GONE_MS = 60_000;

const BLOWN_LEVEL = 245;
const EMPTY_AGREEMENT_MIN = 0.6;
const EMPTY_STRANGE_MAX = 0.15;

function measure(before: HealthState, { signature, nowMs }: HealthInput): Look {
  const { view, lastMs, agreedAtMs } = before;
  const { cells, sharpness } = signature;
  const relief = reliefOf(cells);
  const seen = { cells, relief };
  const found = view === null ? null : agreement(view, seen);
  const isGone = lastMs !== null && nowMs - agreedAtMs >= GONE_MS;
  return {
    ...{ elapsedMs: lastMs === null ? 0 : nowMs - lastMs, cells, relief, sharpness },
    light: levelRank(cells, 0.9),
    blown: cells.filter((level) => level >= BLOWN_LEVEL).length / cells.length,
    structure: structureOf(relief),
    agreement: found,
    agrees: found === null || found >= (isGone ? AGREES_AGAIN_MIN : AGREES_MIN),
    isEmpty:
      view !== null &&
      found !== null &&
      found >= EMPTY_AGREEMENT_MIN &&
      strangeShare(view, relief) <= EMPTY_STRANGE_MAX,
  };
}

const DARK_BELOW = 24;
const LIT_ABOVE = 34;
/** A view that has had light for so long does not lose it at once: something came before it, or the lamp failed. */
const LIT_LONG_MS = 5 * 60_000;
/** A view that is not as it was is looked at for a shift this often. */
const SHIFT_EVERY_MS = 5_000;

function follow(before: HealthState, look: Look, { read, tries, nowMs }: HealthInput): HealthState {
  const isDark = look.light < DARK_BELOW;
  const wasLong = before.litSinceMs !== null && nowMs - before.litSinceMs >= LIT_LONG_MS;
  const isFirst = before.lastMs === null;
  return {
    ...before,
    ...followShift(before, look, nowMs),
    ...followTries(before, read, tries, nowMs),
    lastMs: nowMs,
    litSinceMs: isDark
      ? null
      : look.light > LIT_ABOVE
        ? (before.litSinceMs ?? nowMs)
        : before.litSinceMs,
    suddenlyDark: isDark && (before.suddenlyDark || wasLong),
    blurMs: followBlur(before, look),
    agreedAtMs: isFirst || look.agrees ? nowMs : before.agreedAtMs,
    readAtMs: isFirst || read > 0 ? nowMs : before.readAtMs,
    readsMoved: look.agrees && !before.timers['camera.moved'].told ? 0 : before.readsMoved + read,
  };
}

function followShift(
  { view, shift, shiftSinceMs, lastMs }: HealthState,
  { agrees, cells, relief }: Look,
  nowMs: number,
): Pick<HealthState, 'shift' | 'shiftSinceMs'> {
  if (view === null || !isSettled(view) || agrees) return { shift: null, shiftSinceMs: nowMs };
  const isDue = Math.floor(nowMs / SHIFT_EVERY_MS) !== Math.floor((lastMs ?? 0) / SHIFT_EVERY_MS);
  if (!isDue) return { shift, shiftSinceMs };
  const found = shiftOf(view, { cells, relief });
  // Somebody before the camera hides it for a moment.
  if (found === null) return { shift, shiftSinceMs };
  const isSame =
    shift !== null &&
    Math.abs(shift.across - found.across) <= 1 &&
    Math.abs(shift.down - found.down) <= 1;
  return { shift: found, shiftSinceMs: isSame ? shiftSinceMs : nowMs };
}

/** Nobody's code was unread for so long: the count begins anew, unless it has been told. */
const TRIES_FORGOTTEN_MS = 30 * 60_000;

function followTries(
  state: HealthState,
  read: number,
  tries: number,
  nowMs: number,
): Pick<HealthState, 'tries' | 'triedSinceMs' | 'triedAtMs'> {
  if (read > 0) return { tries: 0, triedSinceMs: nowMs, triedAtMs: nowMs };
  const isOld = !state.timers['camera.unread'].told && nowMs - state.triedAtMs > TRIES_FORGOTTEN_MS;
  const known = state.tries === 0 || isOld ? { tries: 0, triedSinceMs: nowMs } : state;
  return {
    tries: known.tries + tries,
    triedSinceMs: known.triedSinceMs,
    triedAtMs: tries > 0 ? nowMs : state.triedAtMs,
  };
}

const BLURRED_SHARE = 0.5;
const SHARP_SHARE = 0.7;
const BLURRED_AFTER_MS = 120_000;
/** Neighbouring cells that differ by this much have an edge between them, however blurred. */
const COARSE_EDGE_LEVELS = 50;
const COARSE_EDGES_MIN = 12;

/** For how long the empty view has been blurred, counted down when it is sharp. */
function followBlur({ view, blurMs }: HealthState, look: Look): number {
  const usual = view !== null && isSettled(view) ? view.sharpness : null;
  if (usual === null || !look.isEmpty) return blurMs;
  const elapsedMs = Math.min(look.elapsedMs, 5_000);
  const sharpness = look.sharpness ?? (coarseEdges(look.cells) >= COARSE_EDGES_MIN ? 0 : null);
  if (sharpness === null) return blurMs;
  if (sharpness < BLURRED_SHARE * usual) return Math.min(2 * BLURRED_AFTER_MS, blurMs + elapsedMs);
  return sharpness < SHARP_SHARE * usual ? blurMs : Math.max(0, blurMs - 4 * elapsedMs);
}

function coarseEdges(cells: Uint8Array): number {
  let edges = 0;
  for (let at = 1; at < cells.length; at++) {
    if (Math.abs((cells[at] ?? 0) - (cells[at - 1] ?? 0)) >= COARSE_EDGE_LEVELS) edges += 1;
  }
  return edges;
}

const GLARE_SHARE = 0.5;
const GLARE_OVER_SHARE = 0.35;
/** Levels between cells: less is one surface, with whatever light falls on it. */
const SURFACE_STRUCTURE = 3;
const SURFACE_OVER_STRUCTURE = 4.5;
/** What is left of the usual structure when something is before the lens. */
const COVERED_SHARE = 0.3;
const SHIFTED_FOR_MS = 90_000;
/** Longer than two lorries stand before a gate, one after the other. */
const STRANGE_FOR_MS = 30 * 60_000;
const TRIES_MIN = 5;
const TRIES_OVER_MS = 5 * 60_000;

function conditions(
  state: HealthState,
  look: Look,
  nowMs: number,
): Readonly<Record<CameraWarning, boolean>> {
  const { timers } = state;
  const is = (warning: CameraWarning) => timers[warning].told;
  const isDark = look.light < (is('camera.dark') || is('camera.covered') ? LIT_ABOVE : DARK_BELOW);
  const isGlaring = look.blown >= (is('camera.glare') ? GLARE_OVER_SHARE : GLARE_SHARE);
  const isSurface = !isDark && !isGlaring && hasNoStructure(state, look, is('camera.covered'));
  return {
    'camera.covered': isSurface || (isDark && state.suddenlyDark),
    'camera.dark': isDark && !state.suddenlyDark,
    'camera.glare': isGlaring,
    'camera.moved': isMoved(state, nowMs),
    'camera.blurred': is('camera.blurred')
      ? state.blurMs > BLURRED_AFTER_MS / 2
      : state.blurMs >= BLURRED_AFTER_MS,
    'camera.unread': state.tries >= TRIES_MIN && nowMs - state.triedSinceMs >= TRIES_OVER_MS,
  };
}

function hasNoStructure({ view }: HealthState, look: Look, isTold: boolean): boolean {
  if (look.sharpness !== null) return false;
  const limit = isTold ? SURFACE_OVER_STRUCTURE : SURFACE_STRUCTURE;
  if (view === null || !isSettled(view)) return look.structure < limit / 2;
  return look.structure < Math.min(limit, COVERED_SHARE * structureOf(view.relief));
}

function isMoved(state: HealthState, nowMs: number): boolean {
  const isShifted = state.shift !== null && nowMs - state.shiftSinceMs >= SHIFTED_FOR_MS;
  if (isShifted) return true;
  if (state.view === null || !isSettled(state.view)) return false;
  // Nothing of the view is left. Whoever is read all the same is read, however the view has changed.
  return nowMs - Math.max(state.agreedAtMs, state.readAtMs) >= STRANGE_FOR_MS;
}

/** So many codes read by a camera that was moved, or that sees another view for long: that is where it belongs now. */
const READS_TO_ACCEPT = 20;

function isAccepted({ told, readsMoved, agreedAtMs }: HealthState, nowMs: number): boolean {
  if (readsMoved < READS_TO_ACCEPT) return false;
  return told === 'camera.moved' || (told === null && nowMs - agreedAtMs >= STRANGE_FOR_MS);
}

function learn(state: HealthState, look: Look, { nowMs }: HealthInput): HealthState {
  const { told, view } = state;
  if (isAccepted(state, nowMs)) {
    return { ...startHealth(null), lastMs: nowMs, agreedAtMs: nowMs, readAtMs: nowMs };
  }
  const teaches = told === null || told === 'camera.unread';
  const isOdd = look.light < DARK_BELOW || look.blown >= GLARE_OVER_SHARE;
  if (!teaches || isOdd || state.timers['camera.covered'].sinceMs !== null) return state;
  // What stands before the gate for a while is not the gate.
  if (!look.agrees && !isDoubted(state, nowMs)) return state;
  const isYoung = view === null || !isSettled(view);
  const sharpness = look.isEmpty || isYoung ? look.sharpness : null;
  return { ...state, view: learnView(view, look.relief, sharpness, look.elapsedMs) };
}

/** In its first minutes a view may be of anybody. */
const NEW_MS = 3 * 60_000;
/** Longer than a lorry stands before a gate. */
const DOUBTED_AFTER_MS = 15 * 60_000;

/** A view that is not settled may have begun with a lorry: what is there instead for long is learnt all the same. */
function isDoubted({ view, agreedAtMs }: HealthState, nowMs: number): boolean {
  if (view === null) return true;
  if (isSettled(view)) return false;
  return view.seenMs < NEW_MS || nowMs - agreedAtMs >= DOUBTED_AFTER_MS;
}
