import type { Decodable, Reading } from './decode-job.ts';
import { aroundCorners, boundsOf } from './geometry.ts';
import type { Region } from './grey-image.ts';

/** A place of the view that looks like a code and is not read. */
export type Place = {
  /** Where it was seen first; what is seen about there later is the same place. */
  readonly anchor: Region;
  /** Where it was seen last. */
  readonly region: Region;
  /** Since when something has been seen there without a break. */
  readonly sinceMs: number;
  /** Since when it looks as it does now. */
  readonly sameSinceMs: number;
  readonly seenAtMs: number;
  /** When a symbol was last located there. */
  readonly locatedAtMs: number;
  readonly climbedAtMs: number;
  /** Mean luminance of the anchor's parts, row by row, the mean of all taken off. */
  readonly look: Float32Array;
};

/** A gate has a few such things; more come only from a picture made to be hostile. */
const PLACES_MAX = 16;
/** Noise and compression make a thing come and go; after this long unseen it is not there any more. */
const FORGOTTEN_AFTER_MS = 60_000;
/** After this long unseen, what is seen there again is somebody else. */
const BREAK_MS = 2_000;
/** Shared area as a share of both together: a search gives the same thing somewhat differently each time. */
const SAME_PLACE_MIN = 0.3;
/** What looks the same for this long belongs to the gate: a poster, a striped boom. */
const FURNITURE_AFTER_MS = 15_000;

const LOOK_SIDE = 8;
/** Pixels sampled along each side of a part. */
const LOOK_SAMPLES = 6;
/** Levels of change, in the mean, that noise and compression do not make and a hand does. */
const LOOK_CHANGED_MIN = 6;

type Seen = { readonly region: Region; readonly located: boolean };

/** What a frame shows and does not read: symbols first. What merely surrounds a code that was read is left out. */
export function unreadPlaces(
  reading: Reading,
  view: { readonly width: number; readonly height: number },
): readonly Seen[] {
  const read = reading.codes.map(({ corners }) => boundsOf(corners, view));
  const around = (region: Region) => read.some((code) => sharedArea(code, region) > 0);
  return [
    ...reading.unread.map(({ corners }) => ({
      region: aroundCorners(corners, view),
      located: true,
    })),
    ...reading.candidates
      .filter((region) => !around(region))
      .map((region) => ({ region, located: false })),
  ];
}

/** Follows the places known through a frame that shows `seen`; `climbed` is where it was given a deep pass. */
export function stepPlaces(
  places: readonly Place[],
  seen: readonly Seen[],
  climbed: Region | null,
  frame: Decodable,
  nowMs: number,
): readonly Place[] {
  const known = places
    .filter(({ seenAtMs }) => nowMs - seenAtMs <= FORGOTTEN_AFTER_MS)
    .map((place) => {
      const isClimbed = climbed !== null && isSamePlace(place.anchor, climbed);
      return {
        ...lookAgain(place, frame, nowMs),
        ...sightingOf(place, seen, nowMs),
        climbedAtMs: isClimbed ? nowMs : place.climbedAtMs,
      };
    });
  const fresh = seen
    .filter(({ region }) => !known.some(({ anchor }) => isSamePlace(anchor, region)))
    .map((sighting) => newPlace(sighting, frame, nowMs));
  return [...known, ...fresh].sort((a, b) => b.seenAtMs - a.seenAtMs).slice(0, PLACES_MAX);
}

/** Part of the gate and not of anybody before it. */
export function isFurniture({ sameSinceMs }: Place, nowMs: number): boolean {
  return nowMs - sameSinceMs >= FURNITURE_AFTER_MS;
}

export function isSamePlace(a: Region, b: Region): boolean {
  const shared = sharedArea(a, b);
  return shared / (a.width * a.height + b.width * b.height - shared) >= SAME_PLACE_MIN;
}

export function sharedArea(a: Region, b: Region): number {
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  return Math.max(0, width) * Math.max(0, height);
}

function newPlace({ region, located }: Seen, frame: Decodable, nowMs: number): Place {
  return {
    anchor: region,
    region,
    sinceMs: nowMs,
    sameSinceMs: nowMs,
    seenAtMs: nowMs,
    locatedAtMs: located ? nowMs : Number.NEGATIVE_INFINITY,
    climbedAtMs: Number.NEGATIVE_INFINITY,
    look: lookAt(frame, region),
  };
}

function sightingOf(
  place: Place,
  seen: readonly Seen[],
  nowMs: number,
): Partial<Pick<Place, 'region' | 'sinceMs' | 'seenAtMs' | 'locatedAtMs'>> {
  const sighting = seen.find(({ region }) => isSamePlace(place.anchor, region));
  if (sighting === undefined) return {};
  return {
    region: sighting.region,
    sinceMs: nowMs - place.seenAtMs > BREAK_MS ? nowMs : place.sinceMs,
    seenAtMs: nowMs,
    locatedAtMs: sighting.located ? nowMs : place.locatedAtMs,
  };
}

/** Slow change, as daylight's, does not make what is there another thing. */
function lookAgain(place: Place, frame: Decodable, nowMs: number): Place {
  const look = lookAt(frame, place.anchor);
  let change = 0;
  for (const [index, level] of look.entries()) change += Math.abs(level - (place.look[index] ?? 0));
  const isChanged = change / look.length >= LOOK_CHANGED_MIN;
  return { ...place, look, sameSinceMs: isChanged ? nowMs : place.sameSinceMs };
}

function lookAt({ data, stride }: Decodable, region: Region): Float32Array {
  const look = new Float32Array(LOOK_SIDE * LOOK_SIDE);
  const points = LOOK_SIDE * LOOK_SAMPLES;
  for (let row = 0; row < points; row++) {
    const y = region.y + Math.floor(((row + 0.5) * region.height) / points);
    const part = Math.floor(row / LOOK_SAMPLES) * LOOK_SIDE;
    for (let column = 0; column < points; column++) {
      const x = region.x + Math.floor(((column + 0.5) * region.width) / points);
      const index = part + Math.floor(column / LOOK_SAMPLES);
      look[index] = (look[index] ?? 0) + (data[y * stride + x] ?? 0) / LOOK_SAMPLES ** 2;
    }
  }
  const mean = look.reduce((sum, level) => sum + level, 0) / look.length;
  return look.map((level) => level - mean);
}
