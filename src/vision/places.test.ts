import { expect, test } from 'vitest';
import { type Decodable, NOTHING_READ } from './decode-job.ts';
import type { Region } from './grey-image.ts';
import { isFurniture, isSamePlace, type Place, stepPlaces, unreadPlaces } from './places.ts';

const VIEW = { width: 640, height: 360 };
const BOX: Region = { x: 100, y: 100, width: 120, height: 120 };
const SEEN = [{ region: BOX, located: false }];
const FRAME_MS = 66;

/** A view of one level with a rectangle of another, and noise of `noise` levels either way. */
function frame(level: number, box: Region | null, boxLevel: number, noise = 0): Decodable {
  const data = new Uint8Array(VIEW.width * VIEW.height);
  let state = Math.imul(level + boxLevel + 1, 0x9e3779b1) >>> 0;
  for (let at = 0; at < data.length; at++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const [x, y] = [at % VIEW.width, Math.floor(at / VIEW.width)];
    const inside =
      box !== null && x >= box.x && y >= box.y && x < box.x + box.width && y < box.y + box.height;
    data[at] = (inside ? boxLevel : level) + noise * (state / 2 ** 31 - 1);
  }
  return { ...VIEW, stride: VIEW.width, data };
}

/** The places after frames 66 ms apart until `untilMs`. */
function follow(
  untilMs: number,
  frameAt: (ms: number) => Decodable,
  seenAt: (ms: number) => Parameters<typeof stepPlaces>[1] = () => SEEN,
) {
  let places: readonly Place[] = [];
  for (let ms = 0; ms <= untilMs; ms += FRAME_MS) {
    places = stepPlaces(places, seenAt(ms), null, frameAt(ms), ms);
  }
  return places;
}

test('what looks the same for a quarter of a minute is furniture', () => {
  const still = frame(120, BOX, 200);
  expect(follow(14_000, () => still).some((place) => isFurniture(place, 14_000))).toBe(false);
  expect(follow(16_000, () => still).map((place) => isFurniture(place, 16_000))).toEqual([true]);
});

test('noise and slow daylight do not make it something new', () => {
  const half = { ...BOX, width: 60 };
  const places = follow(20_000, (ms) => {
    const light = 90 + Math.floor(ms / 500);
    return frame(light, half, light + 60, 25);
  });
  expect(places.map((place) => isFurniture(place, 20_000))).toEqual([true]);
});

test('a hand before it makes it new', () => {
  const [without, hand] = [frame(120, null, 0), frame(120, { ...BOX, width: 60 }, 190)];
  const places = follow(20_000, (ms) => (ms < 18_000 ? without : hand));
  expect(places.map((place) => isFurniture(place, 20_000))).toEqual([false]);
});

test('a place seen a little differently each time is one place', () => {
  const shaken = (ms: number): Region => ({
    ...BOX,
    x: BOX.x + (ms % 5) * 8,
    width: 100 + (ms % 3) * 10,
  });
  const still = frame(120, BOX, 200);
  const places = follow(
    3_000,
    () => still,
    (ms) => [{ region: shaken(ms), located: false }],
  );
  expect(places).toHaveLength(1);
});

test('a place unseen for a minute is forgotten', () => {
  const still = frame(120, BOX, 200);
  const seenUntil = (endMs: number) => (ms: number) => (ms < endMs ? SEEN : []);
  expect(follow(60_000, () => still, seenUntil(1_000))).toHaveLength(1);
  expect(follow(62_000, () => still, seenUntil(1_000))).toHaveLength(0);
});

test('who comes after a break has the patience of somebody new', () => {
  const still = frame(120, BOX, 200);
  const [place] = follow(
    8_000,
    () => still,
    (ms) => (ms > 1_000 && ms < 4_000 ? [] : SEEN),
  );
  expect(place?.sinceMs).toBeGreaterThanOrEqual(4_000);
});

test('a hostile picture makes sixteen places and no more', () => {
  const still = frame(120, null, 0);
  const places = follow(
    6_600,
    () => still,
    (ms) =>
      Array.from({ length: 100 }, (_, index) => ({
        region: {
          x: (index % 10) * 60,
          y: Math.floor(index / 10) * 30 + (ms % 2),
          width: 20,
          height: 20,
        },
        located: true,
      })),
  );
  expect(places).toHaveLength(16);
});

test('symbols come before what merely looks like one, and surroundings of a read code do not count', () => {
  const corners = (x: number) =>
    [
      [x, 100],
      [x + 50, 100],
      [x + 50, 150],
      [x, 150],
    ] as const;
  const seen = unreadPlaces(
    {
      ...NOTHING_READ,
      codes: [{ bytes: Uint8Array.of(1), text: null, corners: corners(500) }],
      unread: [{ corners: corners(300), version: 0 }],
      candidates: [BOX, { x: 450, y: 60, width: 120, height: 120 }],
    },
    VIEW,
  );
  expect(seen.map(({ located }) => located)).toEqual([true, false]);
  expect(seen[0]?.region.x).toBeLessThan(300);
  expect(seen[1]?.region).toEqual(BOX);
});

test('places that only touch are two', () => {
  expect(isSamePlace(BOX, { ...BOX, x: BOX.x + BOX.width })).toBe(false);
  expect(isSamePlace(BOX, { ...BOX, x: BOX.x + BOX.width / 4 })).toBe(true);
});
