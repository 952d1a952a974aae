import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { settle, VirtualClock } from '../support/virtual-clock.ts';
import { LaneRig, person } from './lane-rig.ts';

const HOUR_MS = 3_600_000;
/** Half as often as the lane's own loop, to the same end. */
const TICK_MS = 500;
const SEED = 20_261_125;
/** Listed as F0 before the day begins; the day's share by domain figures would be one in 15,000. */
const LISTED = [777, 2_024];

/** A virtual clock that is moved without giving way: nothing in this scenario sleeps. */
class SteppedClock extends VirtualClock {
  #steppedMs = 0;

  override monoMs(): number {
    return this.#steppedMs;
  }

  override wallMs(): number {
    return Date.UTC(2026, 0, 1) + this.#steppedMs;
  }

  step(ms: number): void {
    this.#steppedMs += ms;
  }
}

type Kept = {
  amber: number;
  passages: number;
  ends: number;
  stops: Set<string>;
  reasons: string[];
};

test('24 hours at a busy lane: memory flat, every passage ended, hardly an ordinary passer amber', async () => {
  const clock = new SteppedClock();
  const rig = new LaneRig({ clock });
  const day = new Day(rig, clock);
  rig.runner.signIn('mau');
  for (const index of LISTED) rig.list(person(index).number);
  day.arrivals();

  const kept: Kept = { amber: 0, passages: 0, ends: 0, stops: new Set(), reasons: [] };
  const heapBytes: number[] = [];
  for (let hour = 0; hour < 25; hour += 1) {
    rig.freshen();
    await day.hour();
    tidyUp(rig, kept);
    heapBytes.push(heapUsedBytes());
  }

  expect(kept.passages).toBeGreaterThan(6_000);
  expect(kept.ends).toBe(kept.passages);
  expect([...kept.stops].sort()).toEqual(LISTED.map((index) => person(index).number).sort());
  expect(kept.amber / kept.passages).toBeLessThan(0.02);
  // Not none: who comes again within three minutes, or was born abroad, is looked at.
  expect(new Set(kept.reasons)).toEqual(new Set(['repeat', 'number.prefix-known']));
  const grownBytes = Math.max(...heapBytes.slice(-3)) - Math.max(...heapBytes.slice(1, 4));
  expect(grownBytes).toBeLessThan(2 * 1024 * 1024);
  expect(rig.view).toMatchObject({ current: null, waiting: 0, parked: [] });
}, 120_000);

/** Our own draft of a day, after the domain's synthetic mix: who comes, what they hold up, what the officer does. */
class Day {
  readonly #rig: LaneRig;
  readonly #clock: SteppedClock;
  readonly #random = randomFrom(SEED);
  #freeAtMs = 0;
  readonly #agenda = new Map<number, (() => void)[]>();

  constructor(rig: LaneRig, clock: SteppedClock) {
    this.#rig = rig;
    this.#clock = clock;
  }

  async hour(): Promise<void> {
    for (let tick = 0; tick < HOUR_MS / TICK_MS; tick += 1) {
      this.#clock.step(TICK_MS);
      const now = this.#clock.monoMs();
      for (const act of this.#agenda.get(now) ?? []) act();
      this.#agenda.delete(now);
      this.#rig.runner.tick();
      if (tick % 10 === 0) {
        this.#officerLooks();
        await settle();
      }
    }
  }

  arrivals(): void {
    let atMs = 0;
    for (let index = 0; atMs < 24 * HOUR_MS - 600_000; index += 1) {
      const night = atMs < 5 * HOUR_MS || atMs > 21 * HOUR_MS;
      atMs += Math.round(night ? this.#between(15_000, 90_000) : this.#between(4_000, 16_000));
      this.#at(atMs, () => this.#comes(index));
      // Six in ten come back the same day.
      const backMs = atMs + this.#between(4 * HOUR_MS, 9 * HOUR_MS);
      if (this.#chance(0.6) && backMs < 24 * HOUR_MS - 600_000) {
        this.#at(backMs, () => this.#comes(index));
      }
    }
  }

  /** One at a time, as in a lane; but one in a hundred holds a code up beside the one before. */
  #comes(index: number): void {
    const now = this.#clock.monoMs();
    if (now < this.#freeAtMs && !this.#chance(0.01)) {
      this.#at(this.#freeAtMs + 1_000, () => this.#comes(index));
      return;
    }
    this.#freeAtMs = now;
    this.#arrives(index);
  }

  #arrives(index: number): void {
    const { card, number } = person(index);
    const now = this.#clock.monoMs();
    if (this.#chance(0.02)) {
      this.#rig.type(number);
    } else if (this.#chance(0.003)) {
      this.#holdsUp(card.replaceAll('001200', '099200'), now);
    } else {
      this.#holdsUp(this.#chance(0.13) ? `${card}||||` : card, now);
    }
    if (this.#chance(0.01)) this.#rig.scan('https://example.org/khai-bao');
    // One in five is turned back on papers, and one in fifty of those tries again at once.
    if (!this.#chance(0.2)) return;
    this.#at(now + 2_500, () => {
      if (this.#rig.view.current?.subject.number === number) {
        this.#rig.tap('turn-back', null, 'no-permit');
      }
    });
    if (this.#chance(0.02)) this.#at(now + 60_000, () => this.#holdsUp(card, now + 60_000));
  }

  #holdsUp(text: string, now: number): void {
    const track = this.#rig.hold(text);
    const heldMs = this.#between(1_000, 7_000);
    this.#freeAtMs = Math.max(this.#freeAtMs, now + heldMs);
    this.#at(now + heldMs, () => this.#rig.withdraw(track));
    // One in ten takes the phone down and holds it up again.
    if (!this.#chance(0.1)) return;
    const againMs = now + heldMs + this.#between(500, 5_000);
    this.#freeAtMs = Math.max(this.#freeAtMs, againMs + 2_000);
    this.#at(againMs, () => {
      const again = this.#rig.hold(text);
      this.#at(againMs + 2_000, () => this.#rig.withdraw(again));
    });
  }

  /** Every five seconds: a stop is set aside and handed over, a check is looked at and let pass. */
  #officerLooks(): void {
    const { current, parked } = this.#rig.view;
    for (const { ordinal, overdue } of parked) if (overdue) this.#rig.tap('handed-over', ordinal);
    if (current === null || current.restMs !== null) return;
    this.#rig.tap(current.verdict === 'stop' ? 'set-aside' : 'let-pass');
  }

  #at(ms: number, act: () => void): void {
    const due = Math.ceil(ms / TICK_MS) * TICK_MS;
    const acts = this.#agenda.get(Math.max(due, this.#clock.monoMs() + TICK_MS)) ?? [];
    this.#agenda.set(Math.max(due, this.#clock.monoMs() + TICK_MS), [...acts, act]);
  }

  #chance(share: number): boolean {
    return this.#random() < share;
  }

  #between(low: number, high: number): number {
    return low + this.#random() * (high - low);
  }
}

/** What the journal and the lane's hearers would have taken away by now. */
function tidyUp(rig: LaneRig, kept: Kept): void {
  for (const { verdict, number, reasons } of rig.of('passage')) {
    kept.passages += 1;
    if (verdict === 'stop' && number !== null) kept.stops.add(number);
    if (verdict !== 'check') continue;
    kept.amber += 1;
    kept.reasons.push(...reasons);
  }
  kept.ends += rig.of('end').length;
  for (const list of [rig.records, rig.outcomes, rig.told, rig.outward, rig.openings]) {
    list.length = 0;
  }
}

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

function heapUsedBytes(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

/** mulberry32: small, seeded, good enough to draw a day. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
