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

const HOUR_MS = 3_600_000;
const answer = (hubMs: number, sentMonoMs: number, roundTripMs = 80) => ({
  ...{ hubMs, sentMonoMs, roundTripMs },
});

test('a signed time is the time to the round trip, and the drift widens it again', async () => {
  const { clock, time } = keeper();
  await clock.advance(80);
  const hubMs = START_MS + 5 * MINUTE_MS;
  expect(time.vouch(answer(hubMs, 0))).toEqual({ kind: 'vouched', alarm: null, jumpMs: 0 });
  const { earliestMs, latestMs, trust } = time.interval();
  expect(trust).toBe('vouched');
  expect([earliestMs - hubMs, latestMs - hubMs].map(Math.abs)).toEqual([0, 82]);
  await clock.advance(10 * HOUR_MS);
  const grown = time.interval();
  const drift = (10 * HOUR_MS) / 10_000;
  expect(hubMs + 10 * HOUR_MS - grown.earliestMs).toBe(drift + 2);
  expect(grown.latestMs - hubMs - 10 * HOUR_MS).toBe(drift + 82);
});

test('what the system clock, NTP or an officer says changes nothing after that', async () => {
  const { clock, time } = keeper();
  await clock.advance(80);
  time.vouch(answer(START_MS, 0));
  const before = time.interval();
  clock.jumpWall(-30 * DAY_MS);
  expect(time.interval()).toEqual(before);
  expect(time.confirm()).toBe(true);
  expect(time.interval()).toEqual(before);
});

test('an answer that took over ten seconds, or no time at all, counts for nothing', () => {
  const { time } = keeper();
  const before = time.interval();
  for (const roundTripMs of [10_001, -1, Number.NaN]) {
    expect(time.vouch(answer(START_MS, 0, roundTripMs)).kind).toBe('too-slow');
  }
  expect(time.interval()).toEqual(before);
});

test('a battery clock that was days off gives way to the hub, with an alarm, back as well as ahead', async () => {
  for (const days of [-3, 3]) {
    const durable = { lastMs: START_MS - HOUR_MS, uncertaintyMs: 1000 };
    const { clock, time } = keeper({ durable });
    await clock.advance(80);
    const hubMs = START_MS + days * DAY_MS;
    expect(time.vouch(answer(hubMs, 0))).toMatchObject({ kind: 'vouched', alarm: 'time.jump' });
    expect(time.interval().earliestMs).toBe(hubMs);
    expect(time.durable()).toMatchObject({ lastMs: hubMs, signedMs: hubMs });
  }
});

test('a time before the build, or before what a hub signed already, is not taken, over a restart too', () => {
  const durable = { lastMs: START_MS, uncertaintyMs: 1000, signedMs: START_MS - HOUR_MS };
  const { time } = keeper({ durable });
  const before = time.interval();
  expect(time.vouch(answer(BUILD_MS - DAY_MS, 0)).kind).toBe('before-floor');
  const late = time.vouch(answer(START_MS - 2 * DAY_MS, 0));
  expect(late).toMatchObject({ kind: 'before-floor', alarm: 'time.jump' });
  expect(time.interval()).toEqual(before);
  expect(time.vouch(answer(START_MS - HOUR_MS / 2, 0)).kind).toBe('vouched');
});

test('a hub that contradicts its own earlier word by over a day is not believed, unless the machine slept', async () => {
  const { clock, time } = keeper();
  await clock.advance(80);
  time.vouch(answer(START_MS, 0));
  const before = time.interval();
  const years = time.vouch(answer(START_MS + 700 * DAY_MS, 0));
  expect(years).toMatchObject({ kind: 'contradicts', alarm: 'time.jump' });
  expect(time.interval()).toEqual(before);
  expect(time.durable().signedMs).toBe(START_MS);
  clock.jumpWall(2 * DAY_MS);
  const slept = time.vouch(answer(START_MS + 2 * DAY_MS, 0));
  expect(slept).toMatchObject({ kind: 'vouched', alarm: 'time.jump' });
  expect(time.interval().earliestMs).toBe(START_MS + 2 * DAY_MS);
});

test('a start after a signed time knows how far its clock was off then', async () => {
  const { clock, time } = keeper();
  clock.jumpWall(-8 * MINUTE_MS);
  await clock.advance(80);
  time.vouch(answer(START_MS, 0));
  const durable = time.durable();
  expect(durable.wallErrorMs).toBeGreaterThanOrEqual(8 * MINUTE_MS - 200);
  clock.jumpWall(9 * MINUTE_MS);
  const again = keeper({ durable: { ...durable, lastMs: START_MS } });
  expect(again.time.interval().latestMs - START_MS).toBeGreaterThanOrEqual(8 * MINUTE_MS - 200);
});

test('a time on a stick only says that it is later: nothing is narrowed from above, and nobody vouches for it', async () => {
  const unset = keeper({ batteryClock: false }).time;
  const before = unset.interval();
  expect(unset.raiseFloor(START_MS)).toEqual({ kind: 'raised', alarm: null, jumpMs: 0 });
  expect(unset.interval()).toMatchObject({ earliestMs: START_MS, trust: 'unset' });
  expect(unset.interval().latestMs).toBeGreaterThanOrEqual(before.latestMs);
  const { time } = keeper();
  const carried = time.interval();
  time.raiseFloor(START_MS - 2 * MINUTE_MS);
  expect(time.interval()).toEqual({ ...carried, earliestMs: START_MS - 2 * MINUTE_MS });
});

test('a carried time that is before what a stick proves was wrong: nobody answers for it any more', async () => {
  const { clock, time } = keeper();
  // Days before the import the bundle was made, so the true time is later still.
  expect(time.raiseFloor(START_MS + 20 * DAY_MS)).toMatchObject({
    ...{ kind: 'raised', alarm: 'time.jump' },
  });
  expect(time.interval()).toMatchObject({ earliestMs: START_MS + 20 * DAY_MS, trust: 'unset' });
  expect(time.interval().latestMs).toBeGreaterThan(START_MS + 365 * DAY_MS);
  // An officer's word within the floor; before it nobody's.
  expect(time.confirm()).toBe(false);
  clock.jumpWall(25 * DAY_MS);
  expect(time.confirm()).toBe(true);
  expect(time.interval()).toMatchObject({ trust: 'carried' });
});

test('a stick does not move what the hub signed over our nonce', async () => {
  const { clock, time } = keeper();
  await clock.advance(80);
  time.vouch(answer(START_MS, 0));
  const before = time.interval();
  expect(time.raiseFloor(START_MS + DAY_MS * 3)).toMatchObject({
    ...{ kind: 'contradicts', alarm: 'time.jump' },
  });
  expect(time.interval()).toEqual(before);
  expect(time.raiseFloor(START_MS - DAY_MS).kind).toBe('raised');
  expect(time.interval()).toEqual(before);
});

/** What happens to a station; every step takes its `ms` first. */
const life = fc.array(
  fc.record({
    ms: fc.integer({ min: 0, max: 3 * DAY_MS }),
    act: fc.constantFrom<Act[]>('vouch', 'vouch', 'jump', 'restart', 'confirm', 'stick'),
    /** Of the round trip's 9 s, how much before and after the hub looked at its clock. */
    out: fc.integer({ min: 0, max: 4_500 }),
    back: fc.integer({ min: 0, max: 4_500 }),
    jumpMs: fc.integer({ min: -30 * DAY_MS, max: 30 * DAY_MS }),
  }),
  { maxLength: 25 },
);

type Step = { ms: number; act: Act; out: number; back: number; jumpMs: number };
type Act = 'vouch' | 'jump' | 'restart' | 'confirm' | 'stick';

/** A station in a world whose true time we know. */
class KnownWorld {
  trueMs = START_MS;
  isVouched = false;
  #bootMs = START_MS;
  #wallErrorMs = 7 * MINUTE_MS;
  readonly #boot;
  #time: TimeKeeper;

  constructor(ppm: number) {
    const clock = {
      wallMs: () => this.trueMs + this.#wallErrorMs,
      monoMs: () => (this.trueMs - this.#bootMs) * (1 + ppm / 1_000_000),
      sleep: async () => {},
    };
    this.#boot = { clock, buildMs: BUILD_MS, batteryClock: true };
    this.#time = new TimeKeeper({ ...this.#boot, durable: null });
  }

  interval() {
    return this.#time.interval();
  }

  live({ ms, act, out, back, jumpMs }: Step): void {
    this.trueMs += ms;
    const acts: Readonly<Record<Act, () => void>> = {
      jump: () => {
        this.#wallErrorMs = jumpMs;
      },
      confirm: () => this.isVouched && this.#time.confirm(),
      restart: () => this.#restart(),
      vouch: () => this.#vouch(out, back),
      stick: () => this.#stick(Math.abs(jumpMs)),
    };
    acts[act]();
  }

  /** What a start believes rests on the battery clock alone. */
  #restart(): void {
    const durable = this.#time.durable();
    this.#bootMs = this.trueMs;
    this.#time = new TimeKeeper({ ...this.#boot, durable });
    this.isVouched = false;
  }

  /** A stick with a time that the hub signed so long ago. */
  #stick(agoMs: number): void {
    const before = this.interval();
    this.#time.raiseFloor(this.trueMs - agoMs);
    const after = this.interval();
    expect(after.latestMs).toBeGreaterThanOrEqual(before.latestMs);
    if (before.trust !== 'vouched') expect(after.trust).not.toBe('vouched');
    // Whatever a wrong clock had carried: what is left of it holds what is true from below.
    expect(after.earliestMs).toBeLessThanOrEqual(Math.max(before.earliestMs, this.trueMs));
  }

  #vouch(out: number, back: number): void {
    const { clock } = this.#boot;
    const sentMonoMs = clock.monoMs();
    this.trueMs += out;
    const hubMs = this.trueMs;
    this.trueMs += back;
    const roundTripMs = clock.monoMs() - sentMonoMs;
    expect(this.#time.vouch({ hubMs, sentMonoMs, roundTripMs }).kind).toBe('vouched');
    this.isVouched = true;
  }
}

test('from the first honest signed time on, the true time is within, whatever the system clock does', () => {
  const numRuns = process.env['CHOT_SOAK'] === '1' ? 50_000 : 1_000;
  let held = 0;
  fc.assert(
    fc.property(life, fc.integer({ min: -90, max: 90 }), (steps, ppm) => {
      const world = new KnownWorld(ppm);
      for (const step of steps) {
        world.live(step);
        if (!world.isVouched) continue;
        const { earliestMs, latestMs } = world.interval();
        expect(earliestMs).toBeLessThanOrEqual(world.trueMs);
        expect(latestMs).toBeGreaterThanOrEqual(world.trueMs);
        held++;
      }
    }),
    { numRuns, seed: 31 },
  );
  expect(held).toBeGreaterThan(numRuns);
});

test('a restart keeps the true time within, whether the battery clock took up a jump of the last run or not', () => {
  const jump = fc.integer({ min: -6 * DAY_MS, max: 6 * DAY_MS });
  fc.assert(
    fc.property(jump, fc.boolean(), fc.integer({ min: 0, max: HOUR_MS }), (jumpMs, kept, offMs) => {
      const clock = new VirtualClock(START_MS);
      const time = new TimeKeeper({ clock, buildMs: BUILD_MS, batteryClock: true, durable: null });
      time.vouch(answer(START_MS, 0, 0));
      clock.jumpWall(jumpMs);
      const durable = time.durable();
      const trueMs = START_MS + offMs;
      const later = new VirtualClock(trueMs + (kept ? jumpMs : 0));
      const again = new TimeKeeper({
        clock: later,
        buildMs: BUILD_MS,
        batteryClock: true,
        durable,
      });
      const { earliestMs, latestMs } = again.interval();
      expect(earliestMs).toBeLessThanOrEqual(trueMs);
      expect(latestMs).toBeGreaterThanOrEqual(trueMs);
    }),
    { numRuns: 500, seed: 32 },
  );
});
