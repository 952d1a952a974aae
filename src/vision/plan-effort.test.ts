import { expect, test } from 'vitest';
import { type Decodable, NOTHING_READ, type Reading } from './decode-job.ts';
import { mapCorners } from './geometry.ts';
import type { Region } from './grey-image.ts';
import {
  AT_REST,
  type EffortState,
  placeToClimb,
  planPass,
  stepEffort,
  USUAL_EFFORT,
} from './plan-effort.ts';
import { NOTHING_TRACKED, type TrackState } from './track-codes.ts';
import type { DecodedCode } from './vision-event.ts';

const VIEW = { width: 1920, height: 1080 };
const FRAME_MS = 66;
const PLAIN = frameOf(() => 128);
const CORNERS: DecodedCode['corners'] = [
  [800, 400],
  [1000, 400],
  [1000, 600],
  [800, 600],
];
const UNREAD: Reading = { ...NOTHING_READ, unread: [{ corners: CORNERS, version: 7 }] };
const POSTER: Reading = {
  ...NOTHING_READ,
  candidates: [{ x: 100, y: 100, width: 300, height: 300 }],
};
const CODE: DecodedCode = { bytes: Uint8Array.of(1), text: null, corners: CORNERS };

type Work = { readonly ms: number; readonly pass: string; readonly focus: Region | null };

/** The work on every frame until `untilMs`, each frame showing what `readingAt` says; filters are done at once. */
function work(
  untilMs: number,
  readingAt: (ms: number) => Reading,
  frameAt: (ms: number) => Decodable = () => PLAIN,
): readonly Work[] {
  let state: EffortState = AT_REST;
  const done: Work[] = [];
  for (let ms = 0; ms <= untilMs; ms += FRAME_MS) {
    const [shown, frame] = [readingAt(ms), frameAt(ms)];
    const effort = planPass(state, USUAL_EFFORT, ms);
    const seen = effort === 'fast' ? { ...shown, candidates: [] } : shown;
    state = stepEffort(state, { effort, focus: null }, seen, frame, ms);
    const focus = placeToClimb(state, NOTHING_TRACKED, VIEW, ms);
    if (focus !== null) state = stepEffort(state, { effort: 'deep', focus }, shown, frame, ms);
    done.push({ ms, pass: effort, focus });
  }
  return done;
}

function share(done: readonly Work[], holds: (work: Work) => boolean): number {
  return done.filter(holds).length / done.length;
}

const deep = ({ focus }: Work) => focus !== null;

function frameOf(levelAt: (x: number, y: number) => number): Decodable {
  const data = new Uint8Array(VIEW.width * VIEW.height);
  for (let y = 0; y < VIEW.height; y++) {
    for (let x = 0; x < VIEW.width; x++) data[y * VIEW.width + x] = levelAt(x, y);
  }
  return { ...VIEW, stride: VIEW.width, data };
}

function after<T extends { readonly ms: number }>(done: readonly T[], from: number, to = 1e9) {
  return done.filter(({ ms }) => ms > from && ms <= to);
}

/** A light to dark slope over the poster, turning round every third frame as leaves and people do. */
function restlessFrame(): (ms: number) => Decodable {
  const [one, other] = [frameOf((x) => x / 8), frameOf((x) => 255 - x / 8)];
  return (ms) => (Math.floor(ms / (3 * FRAME_MS)) % 2 === 0 ? one : other);
}

test('nobody there: nineteen frames in twenty get the fast pass only', () => {
  const done = work(20_000, () => NOTHING_READ);
  expect(share(done, ({ pass }) => pass === 'fast')).toBeGreaterThan(0.85);
  expect(share(done, ({ pass }) => pass === 'look')).toBeLessThan(0.07);
  expect(share(done, deep)).toBe(0);
});

test('a code seen and not read: every frame gets the filters', () => {
  const done = work(2_000, () => UNREAD);
  expect(share(done.slice(1), deep)).toBe(1);
});

test('what stays unread for long gets less and less', () => {
  const done = work(40_000, () => POSTER);
  expect(share(after(done, 100, 2_900), deep)).toBe(1);
  expect(share(after(done, 4_000, 14_000), deep)).toBeLessThan(0.3);
  expect(share(after(done, 16_000), deep)).toBeLessThan(0.05);
});

test('things that take turns at being seen become furniture all the same', () => {
  const stripe = (x: number): Region => ({ x, y: 700, width: 200, height: 180 });
  const done = work(60_000, (ms) => {
    const turn = Math.floor(ms / FRAME_MS) % 4;
    if (turn === 3) return NOTHING_READ;
    return { ...NOTHING_READ, candidates: [stripe(300 * turn)] };
  });
  expect(share(after(done, 20_000), deep)).toBeLessThan(0.05);
});

test('a place that never looks the same gets every fifth frame in the long run', () => {
  const done = work(60_000, () => POSTER, restlessFrame());
  expect(share(after(done, 1_000, 29_000), deep)).toBe(1);
  const later = share(after(done, 31_000), deep);
  expect(later).toBeGreaterThan(0.1);
  expect(later).toBeLessThan(0.25);
});

test('somebody in front of the furniture gets every frame at once', () => {
  const plain = frameOf(() => 128);
  const phone = frameOf((x) => (x < 250 ? 230 : 60));
  const done = work(
    22_000,
    () => POSTER,
    (ms) => (ms < 20_000 ? plain : phone),
  );
  expect(share(after(done, 17_000, 20_000), deep)).toBeLessThan(0.05);
  expect(share(after(done, 20_000 + FRAME_MS), deep)).toBe(1);
});

test('a new thing is looked at before the furniture that is seen with it', () => {
  const phone = { x: 900, y: 400, width: 300, height: 300 };
  const both: Reading = { ...NOTHING_READ, candidates: [...POSTER.candidates, phone] };
  const done = work(22_000, (ms) => (ms < 20_000 ? POSTER : both));
  expect(after(done, 20_000 + FRAME_MS).every(({ focus }) => focus?.x === phone.x)).toBe(true);
});

test('something new beside what hung there long gets every frame again', () => {
  const done = work(22_000, (ms) => (ms < 20_000 ? POSTER : UNREAD));
  expect(share(after(done, 20_000 + 2 * FRAME_MS), deep)).toBe(1);
});

test('of several new places each gets its turn, and one with a symbol in it gets every frame', () => {
  const beside = { x: 900, y: 100, width: 300, height: 300 };
  const two: Reading = { ...NOTHING_READ, candidates: [...POSTER.candidates, beside] };
  const turns = work(2_000, () => two).map(({ focus }) => focus?.x);
  expect(turns.filter((x) => x === beside.x).length).toBeGreaterThan(turns.length / 3);
  expect(turns.filter((x) => x === 100).length).toBeGreaterThan(turns.length / 3);
  const done = work(2_000, () => ({ ...POSTER, unread: UNREAD.unread }));
  expect(share(done, ({ focus }) => focus !== null && focus.x > 500)).toBe(1);
});

test('the place is given up when nothing is seen there any more', () => {
  const done = work(4_000, (ms) => (ms < 500 ? UNREAD : NOTHING_READ));
  expect(share(after(done, 1_500), deep)).toBe(0);
});

test('a code that is read needs no filters, nor do its surroundings', () => {
  const around = { x: 700, y: 300, width: 400, height: 400 };
  const done = work(3_000, () => ({ ...NOTHING_READ, candidates: [around], codes: [CODE] }));
  expect(share(done, deep)).toBe(0);
});

test('what looks like a code elsewhere is tried now and then while a code is read', () => {
  const done = work(3_000, () => ({ ...POSTER, codes: [CODE] }));
  expect(share(done, deep)).toBeGreaterThan(0.1);
  expect(share(done, deep)).toBeLessThan(0.25);
});

test('a symbol that is located and not read is tried on every frame, whatever else is read', () => {
  const elsewhere = UNREAD.unread.map((symbol) => ({
    ...symbol,
    corners: mapCorners(symbol.corners, ([x, y]) => [x - 600, y]),
  }));
  const done = work(2_000, () => ({ ...NOTHING_READ, unread: elsewhere, codes: [CODE] }));
  expect(share(done.slice(1), deep)).toBe(1);
});

test('a place beyond the next picture is left alone', () => {
  const state = stepEffort(AT_REST, { effort: 'glance', focus: null }, UNREAD, PLAIN, 0);
  expect(placeToClimb(state, NOTHING_TRACKED, VIEW, 66)).not.toBeNull();
  expect(placeToClimb(state, NOTHING_TRACKED, { width: 640, height: 360 }, 66)).toBeNull();
});

test('a presentation that fades is looked for where it was', () => {
  const tracks: TrackState = {
    ...NOTHING_TRACKED,
    tracks: [{ track: 1, code: CODE, seenAtMs: 0 }],
  };
  expect(placeToClimb(AT_REST, tracks, VIEW, 200)).toBeNull();
  const late = placeToClimb(AT_REST, tracks, VIEW, 400);
  expect(late?.x).toBeLessThan(800);
  expect((late?.x ?? 0) + (late?.width ?? 0)).toBeGreaterThan(1000);
});
