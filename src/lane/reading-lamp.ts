/** What a camera's frame says of the place where codes are held. */
export type LampSample = {
  readonly monoMs: number;
  /** Mean luminance, 0 to 255. */
  readonly mean: number;
  /** A code is seen there that glare keeps from being read. */
  readonly glare: boolean;
  /** `rest`: nobody is there, and just enough is wanted to see somebody come. */
  readonly need: 'none' | 'rest' | 'reading';
};

export type LampState = {
  /** 0 dark to 1; what the lamp is to do now. */
  readonly level: number;
  readonly isLit: boolean;
  /** Smoothed, so that a hand or a page's white does not move the lamp; null before the first frame. */
  readonly mean: number | null;
  readonly monoMs: number;
  /** Since when the light asks for the other of lit and dark; null while it does not. */
  readonly doubtSinceMonoMs: number | null;
  readonly litSinceMonoMs: number;
  /** Whether the error is being worked off; between the bands it is left alone. */
  readonly isMoving: boolean;
  /** Not brighter than this: what glared before comes back slowly. */
  readonly ceiling: number;
  /** By how much a lamp that cannot dim lifts the mean, once seen. */
  readonly lift: number | null;
  /** The mean before such a lamp went on. */
  readonly darkMean: number;
};

export const LAMP_AT_REST: LampState = {
  level: 0,
  isLit: false,
  mean: null,
  monoMs: 0,
  doubtSinceMonoMs: null,
  litSinceMonoMs: 0,
  isMoving: false,
  ceiling: 1,
  lift: null,
  darkMean: 0,
};

/** Codes are read best about here; at rest it is enough to see that somebody comes. */
const AIM = { reading: 115, rest: 60 } as const;
/** Once as near to the aim as this it is left alone, until it is as far as that. */
const NEAR = 8;
const FAR = 25;
const SMOOTH_MS = 400;
/** Of the way for one luminance of error in one second: a lamp that lifts the mean by 200 closes half the error in it. */
const RATE_PER_S = 0.0025;
/** No faster, in shares of full light a second: eyes at night, and a camera whose own exposure follows. */
const UP_PER_S_MAX = 0.5;
const DOWN_PER_S_MAX = 1;
const DARK_BELOW = 50;
const DARK_FOR_MS = 1_500;
const BRIGHT_FOR_MS = 8_000;
/** A lamp that cannot dim is bright enough by day alone above this. */
const DAY_ABOVE = 85;
const LEVEL_MIN = 0.05;
const GLARE_STEP_PER_S = 0.6;
const CEILING_UP_PER_S = 0.02;
/** After switching, until the picture shows it. */
const SETTLE_MS = 1_500;
const LIT_MS_MIN = 20_000;
/** A picture that did not come for longer says nothing of the time in between. */
const STEP_MS_MAX = 500;

/**
 * What a dimmed lamp is to do after one more frame: lit when it is dark, then brought to the aim without hunting, lower where
 * something glares, dark again by day, and dark at once when no camera needs it. Pure; called as often as frames come.
 */
export function stepDimmedLamp(state: LampState, sample: LampSample): LampState {
  const { monoMs, need, glare } = sample;
  if (need === 'none') return { ...LAMP_AT_REST, monoMs };
  const seen = smoothed(state, sample);
  if (!seen.isLit) return seen.mean < DARK_BELOW ? doubted(seen, DARK_FOR_MS, lit) : sure(seen);
  const stepS = Math.min(STEP_MS_MAX, monoMs - state.monoMs) / 1_000;
  const ceiling = glare
    ? Math.max(LEVEL_MIN, Math.min(seen.ceiling, seen.level) - GLARE_STEP_PER_S * stepS)
    : Math.min(1, seen.ceiling + CEILING_UP_PER_S * stepS);
  const error = AIM[need] - seen.mean;
  const isMoving = Math.abs(error) > (seen.isMoving ? NEAR : FAR);
  const wish = isMoving ? clamp(error * RATE_PER_S, -DOWN_PER_S_MAX, UP_PER_S_MAX) * stepS : 0;
  const level = clamp(seen.level + wish, LEVEL_MIN, ceiling);
  const moved = { ...seen, level, ceiling, isMoving };
  // As dark as it can be lit and still more than enough: it is day.
  const isDay = level === LEVEL_MIN && !glare && error < -FAR;
  return isDay ? doubted(moved, BRIGHT_FOR_MS, unlit) : sure(moved);
}

/** The same for one that is either dark or at full light: it learns by how much it lifts the picture, to know the day. */
export function stepSwitchedLamp(state: LampState, sample: LampSample): LampState {
  const { monoMs, need } = sample;
  if (need === 'none') return { ...LAMP_AT_REST, monoMs };
  const seen = smoothed(state, sample);
  if (!seen.isLit) {
    const on = (now: Seen) => ({ ...lit(now), level: 1, darkMean: now.mean });
    return seen.mean < DARK_BELOW ? doubted(seen, DARK_FOR_MS, on) : sure(seen);
  }
  const litMs = monoMs - seen.litSinceMonoMs;
  if (litMs < SETTLE_MS) return seen;
  const lift = seen.lift ?? Math.max(0, seen.mean - seen.darkMean);
  const known = { ...seen, lift };
  if (litMs < LIT_MS_MIN || seen.mean - lift < DAY_ABOVE) return sure(known);
  return doubted(known, BRIGHT_FOR_MS, unlit);
}

type Seen = LampState & { readonly mean: number };

function smoothed(state: LampState, { monoMs, mean }: LampSample): Seen {
  const share = state.mean === null ? 1 : 1 - Math.exp(-(monoMs - state.monoMs) / SMOOTH_MS);
  const before = state.mean ?? mean;
  return { ...state, monoMs, mean: before + (mean - before) * share };
}

function sure(state: LampState): LampState {
  return state.doubtSinceMonoMs === null ? state : { ...state, doubtSinceMonoMs: null };
}

/** Switches only once the light has asked for it all the while. */
function doubted(state: Seen, forMs: number, switched: (state: Seen) => LampState): LampState {
  const since = state.doubtSinceMonoMs ?? state.monoMs;
  if (state.monoMs - since < forMs) return { ...state, doubtSinceMonoMs: since };
  return { ...switched(state), doubtSinceMonoMs: null };
}

function lit(state: Seen): LampState {
  const { monoMs } = state;
  return { ...state, isLit: true, level: LEVEL_MIN, litSinceMonoMs: monoMs, isMoving: true };
}

function unlit(state: Seen): LampState {
  return { ...state, isLit: false, level: 0, isMoving: false, ceiling: 1, lift: null };
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}
