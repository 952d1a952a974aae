import type { Decodable, DecodePlan, Effort, Reading } from './decode-job.ts';
import { aroundCorners } from './geometry.ts';
import type { Region } from './grey-image.ts';
import { isFurniture, type Place, stepPlaces, unreadPlaces } from './places.ts';
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
  deepBudgetMs: 120,
};

export type EffortState = {
  readonly lookedAtMs: number;
  readonly measuredAtMs: number;
  readonly climbedAtMs: number;
  /** When a code was last read. */
  readonly readAtMs: number;
  readonly places: readonly Place[];
};

export const AT_REST: EffortState = {
  lookedAtMs: Number.NEGATIVE_INFINITY,
  measuredAtMs: Number.NEGATIVE_INFINITY,
  climbedAtMs: Number.NEGATIVE_INFINITY,
  readAtMs: Number.NEGATIVE_INFINITY,
  places: [],
};

/** For this long a place is worth every frame, then every so often, and what belongs to the gate hardly ever. */
const EAGER_MS = 3_000;
const PATIENT_EVERY_MS = 300;
const FURNITURE_EVERY_MS = 3_000;
/** Leaves in the wind never look the same for long; nobody is held up for so long without a break. */
const RESTLESS_AFTER_MS = 30_000;
/** A place where nothing was seen for so long is no longer looked at. */
const PLACE_LOST_MS = 700;
/** A presentation unseen for so long is looked for where it was, before it counts as gone. */
const FADING_MS = 300;

/** The pass that the next frame gets: a little more now and then. */
export function planPass(state: EffortState, settings: EffortSettings, nowMs: number): Effort {
  if (nowMs - state.lookedAtMs >= settings.lookEveryMs) return 'look';
  return nowMs - state.measuredAtMs >= settings.glanceEveryMs ? 'glance' : 'fast';
}

/** Where a frame just passed is worth filters; null, which is the rule, where nobody shows anything unread. */
export function placeToClimb(
  state: EffortState,
  tracks: TrackState,
  view: { readonly width: number; readonly height: number },
  nowMs: number,
): Region | null {
  return placeDue(state, view, nowMs)?.region ?? fadingPlace(state, tracks, view, nowMs);
}

export function furnitureOf({ places }: EffortState, nowMs: number): readonly Region[] {
  return places.filter((place) => isFurniture(place, nowMs)).map(({ region }) => region);
}

/** The place where somebody most likely shows something now; null where there is only furniture. */
export function foremostPlace(state: EffortState, nowMs: number): Region | null {
  const [place] = placesInView(state, nowMs)
    .filter((candidate) => !isFurniture(candidate, nowMs))
    .sort(byPromise);
  return place?.region ?? null;
}

/** The place worth filters now: a symbol that was located, else what is new, else what is known, each in its turn. */
function placeDue(
  state: EffortState,
  view: { readonly width: number; readonly height: number },
  nowMs: number,
): Place | null {
  const due = placesInView(state, nowMs).filter(
    (place) => isWithin(place.region, view) && isDue(place, state, nowMs),
  );
  const eager = due.filter((place) => passesEveryMs(place, state, nowMs) === 0);
  const [located] = eager.filter(({ locatedAtMs }) => nowMs - locatedAtMs <= PLACE_LOST_MS);
  const [next] = (eager.length > 0 ? eager : due).sort((a, b) => a.climbedAtMs - b.climbedAtMs);
  return located ?? next ?? null;
}

/** A folder's pictures need not be of one size. */
function isWithin(
  place: Region,
  view: { readonly width: number; readonly height: number },
): boolean {
  return place.x + place.width <= view.width && place.y + place.height <= view.height;
}

function placesInView({ places }: EffortState, nowMs: number): Place[] {
  return places.filter(({ seenAtMs }) => nowMs - seenAtMs <= PLACE_LOST_MS);
}

function isDue(place: Place, state: EffortState, nowMs: number): boolean {
  return nowMs - state.climbedAtMs >= passesEveryMs(place, state, nowMs);
}

function passesEveryMs(place: Place, state: EffortState, nowMs: number): number {
  if (isFurniture(place, nowMs)) return FURNITURE_EVERY_MS;
  const isNew = nowMs - place.sameSinceMs < EAGER_MS && nowMs - place.sinceMs < RESTLESS_AFTER_MS;
  // Beside a code that is read, what merely looks like one can wait a little.
  const isUrgent = nowMs - place.locatedAtMs <= PLACE_LOST_MS || !isReading(state, nowMs);
  return isNew && isUrgent ? 0 : PATIENT_EVERY_MS;
}

function isReading({ readAtMs }: EffortState, nowMs: number): boolean {
  return nowMs - readAtMs <= PLACE_LOST_MS;
}

/** Where a symbol was located last, then what changed last. */
function byPromise(a: Place, b: Place): number {
  if (a.locatedAtMs !== b.locatedAtMs) return a.locatedAtMs > b.locatedAtMs ? -1 : 1;
  return b.sameSinceMs - a.sameSinceMs;
}

function fadingPlace(
  state: EffortState,
  { tracks }: TrackState,
  view: { readonly width: number; readonly height: number },
  nowMs: number,
): Region | null {
  if (nowMs - state.climbedAtMs < FADING_MS) return null;
  const fading = tracks.find(({ seenAtMs }) => nowMs - seenAtMs >= FADING_MS);
  return fading === undefined ? null : aroundCorners(fading.code.corners, view);
}

/** Takes in what `frame` gave, read with `effort`, filters being on `focus`. */
export function stepEffort(
  state: EffortState,
  { effort, focus }: Pick<DecodePlan, 'effort' | 'focus'>,
  reading: Reading,
  frame: Decodable,
  nowMs: number,
): EffortState {
  return {
    lookedAtMs: effort === 'look' ? nowMs : state.lookedAtMs,
    measuredAtMs: effort === 'fast' ? state.measuredAtMs : nowMs,
    climbedAtMs: effort === 'deep' ? nowMs : state.climbedAtMs,
    readAtMs: reading.codes.length > 0 ? nowMs : state.readAtMs,
    places: stepPlaces(state.places, unreadPlaces(reading, frame), focus, frame, nowMs),
  };
}
