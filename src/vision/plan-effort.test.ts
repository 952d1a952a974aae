import { expect, test } from 'vitest';
import { NOTHING_READ, type Reading } from './decode-job.ts';
import { AT_REST, type EffortState, planEffort, stepEffort, USUAL_EFFORT } from './plan-effort.ts';
import { NOTHING_TRACKED, type TrackState } from './track-codes.ts';
import type { DecodedCode } from './vision-event.ts';

const VIEW = { width: 1920, height: 1080 };
const FRAME_MS = 66;
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

/** The efforts of every frame until `untilMs`, each frame giving what `readingAt` says. */
function efforts(
  untilMs: number,
  readingAt: (ms: number) => Reading,
  tracks: TrackState = NOTHING_TRACKED,
) {
  let state: EffortState = AT_REST;
  const plans: { readonly ms: number; readonly effort: string }[] = [];
  for (let ms = 0; ms <= untilMs; ms += FRAME_MS) {
    const plan = planEffort(state, tracks, VIEW, USUAL_EFFORT, ms);
    plans.push({ ms, effort: plan.effort });
    state = stepEffort(state, plan, readingAt(ms), VIEW, ms);
  }
  return plans;
}

function share(plans: readonly { readonly effort: string }[], effort: string): number {
  return plans.filter((plan) => plan.effort === effort).length / plans.length;
}

test('nobody there: nineteen frames in twenty get the fast pass only', () => {
  const plans = efforts(20_000, () => NOTHING_READ);
  expect(share(plans, 'fast')).toBeGreaterThan(0.85);
  expect(share(plans, 'look')).toBeLessThan(0.07);
  expect(share(plans, 'deep')).toBe(0);
});

test('a code seen and not read: every frame gets the filters', () => {
  const plans = efforts(2_000, () => UNREAD);
  expect(share(plans.slice(1), 'deep')).toBe(1);
});

test('what stays unread for long gets less and less', () => {
  const plans = efforts(40_000, () => POSTER);
  const between = (from: number, to: number) => plans.filter(({ ms }) => ms > from && ms <= to);
  expect(share(between(100, 2_900), 'deep')).toBe(1);
  expect(share(between(4_000, 14_000), 'deep')).toBeLessThan(0.3);
  expect(share(between(16_000, 40_000), 'deep')).toBeLessThan(0.05);
});

test('something new beside what hung there long gets every frame again', () => {
  const plans = efforts(22_000, (ms) => (ms < 20_000 ? POSTER : UNREAD));
  expect(
    share(
      plans.filter(({ ms }) => ms > 20_000 + 2 * FRAME_MS),
      'deep',
    ),
  ).toBeGreaterThan(0.9);
});

test('the place is given up when nothing is seen there any more', () => {
  const plans = efforts(4_000, (ms) => (ms < 500 ? UNREAD : NOTHING_READ));
  expect(
    share(
      plans.filter(({ ms }) => ms > 1_500),
      'deep',
    ),
  ).toBe(0);
});

test('a code that is read needs no filters', () => {
  const plans = efforts(3_000, () => ({ ...POSTER, codes: [CODE] }));
  expect(share(plans, 'deep')).toBe(0);
});

test('a presentation that fades is looked for where it was', () => {
  const tracks: TrackState = { nextTrack: 2, tracks: [{ track: 1, code: CODE, seenAtMs: 0 }] };
  const early = planEffort(AT_REST, tracks, VIEW, USUAL_EFFORT, 200);
  const late = planEffort(AT_REST, tracks, VIEW, USUAL_EFFORT, 400);
  expect(early.effort).not.toBe('deep');
  expect(late.effort).toBe('deep');
  expect(late.focus?.x).toBeLessThan(800);
  expect((late.focus?.x ?? 0) + (late.focus?.width ?? 0)).toBeGreaterThan(1000);
});
