import fc from 'fast-check';
import { expect, test } from 'vitest';
import { VirtualClock } from '../../test/support/virtual-clock.ts';
import { TimeKeeper } from './time-keeper.ts';

const BUILD_MS = Date.UTC(2026, 9, 1);
const START_MS = Date.UTC(2026, 10, 25, 8);
const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

function keeper(overrides: Partial<ConstructorParameters<typeof TimeKeeper>[0]> = {}) {
  const clock = new VirtualClock(START_MS);
  const time = new TimeKeeper({
    clock,
    buildMs: BUILD_MS,
    batteryClock: true,
    durable: null,
    ...overrides,
  });
  return { clock, time };
}

test('without a battery clock time is unset: anything from the build on, until an officer confirms', () => {
  const { time } = keeper({ batteryClock: false });
  expect(time.interval()).toMatchObject({ earliestMs: BUILD_MS, trust: 'unset' });
  expect(time.interval().latestMs).toBeGreaterThan(START_MS + 3650 * DAY_MS);
  expect(time.confirm()).toBe(true);
  expect(time.interval()).toEqual({
    earliestMs: START_MS - 15 * MINUTE_MS,
    latestMs: START_MS + 15 * MINUTE_MS,
    trust: 'carried',
  });
});

test('a system clock before the floor is never believed, even when an officer confirms it', () => {
  const lastMs = START_MS + DAY_MS;
  const { time } = keeper({ durable: { lastMs, uncertaintyMs: 1000 } });
  expect(time.interval()).toMatchObject({ earliestMs: lastMs, trust: 'unset' });
  expect(time.confirm()).toBe(false);
});

test('a battery clock that is weeks ahead of the last time lived through has jumped: unset', () => {
  const lastMs = START_MS - 8 * DAY_MS;
  const { time } = keeper({ durable: { lastMs, uncertaintyMs: 1000 } });
  expect(time.interval()).toMatchObject({ earliestMs: lastMs, trust: 'unset' });
  const week = keeper({ durable: { lastMs: START_MS - 6 * DAY_MS, uncertaintyMs: 1000 } });
  expect(week.time.interval().trust).toBe('carried');
});

test('setting the system clock afterwards changes nothing', async () => {
  const { clock, time } = keeper();
  await clock.advance(DAY_MS);
  const before = time.interval();
  clock.jumpWall(-30 * DAY_MS);
  expect(time.interval()).toEqual(before);
  clock.jumpWall(60 * DAY_MS);
  expect(time.interval()).toEqual(before);
});

test('the interval widens with the stated drift, over a restart too', async () => {
  const { clock, time } = keeper();
  await clock.advance(10 * DAY_MS);
  const grownMs = 10 * MINUTE_MS + (10 * DAY_MS) / 10_000;
  expect(time.uncertaintyMs()).toBe(grownMs);
  const again = new TimeKeeper({
    clock,
    buildMs: BUILD_MS,
    batteryClock: true,
    durable: time.durable(),
  });
  expect(again.uncertaintyMs()).toBeGreaterThanOrEqual(grownMs);
});

test('whatever the true time within the drift is, the interval holds it', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: -10 * MINUTE_MS, max: 10 * MINUTE_MS }),
      fc.integer({ min: -90, max: 90 }),
      fc.integer({ min: 0, max: 30 * DAY_MS }),
      (offsetMs, ppm, elapsedMs) => {
        let monoMs = 0;
        const clock = { wallMs: () => START_MS, monoMs: () => monoMs, sleep: async () => {} };
        const time = new TimeKeeper({
          clock,
          buildMs: BUILD_MS,
          batteryClock: true,
          durable: null,
        });
        monoMs = elapsedMs * (1 + ppm / 1_000_000);
        const trueMs = START_MS + offsetMs + elapsedMs;
        const { earliestMs, latestMs } = time.interval();
        // The drift is counted on the measured duration, so allow its own second-order error.
        expect(earliestMs).toBeLessThanOrEqual(trueMs + 50);
        expect(latestMs).toBeGreaterThanOrEqual(trueMs - 50);
      },
    ),
  );
});
