import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  LAMP_AT_REST,
  type LampSample,
  type LampState,
  stepDimmedLamp,
  stepSwitchedLamp,
} from './reading-lamp.ts';

const FRAME_MS = 200;

/** A place before a fixed-exposure camera: daylight and the lamp add up; the picture is one frame late. */
type Scene = {
  readonly daylight: (atMs: number) => number;
  /** By how much full light lifts the mean. */
  readonly gain: number;
  readonly glare?: (level: number, atMs: number) => boolean;
  readonly noise?: (atMs: number) => number;
  readonly need?: (atMs: number) => LampSample['need'];
};

type Row = {
  readonly atMs: number;
  readonly mean: number;
  readonly level: number;
  readonly glare: boolean;
};

function play(
  scene: Scene,
  forMs: number,
  step: (state: LampState, sample: LampSample) => LampState = stepDimmedLamp,
): readonly Row[] {
  let state = LAMP_AT_REST;
  let level = 0;
  const rows: Row[] = [];
  for (let atMs = 0; atMs <= forMs; atMs += FRAME_MS) {
    const light = scene.daylight(atMs) + scene.gain * level + (scene.noise?.(atMs) ?? 0);
    const mean = Math.min(255, Math.max(0, light));
    const glare = scene.glare?.(level, atMs) ?? false;
    // What the lamp does now is in the next picture.
    level = state.level;
    const need = scene.need?.(atMs) ?? 'reading';
    state = step(state, { monoMs: atMs, mean, glare, need });
    rows.push({ atMs, mean, level: state.level, glare });
  }
  return rows;
}

const last = (rows: readonly Row[]): Row => {
  const row = rows.at(-1);
  if (row === undefined) throw new Error('nothing was played');
  return row;
};

/** How often the lamp turned round from brighter to darker or back, by more than a hundredth. */
function turns(rows: readonly Row[]): number {
  let count = 0;
  let direction = 0;
  let extreme = rows[0]?.level ?? 0;
  for (const { level } of rows) {
    const moved = level - extreme;
    if (direction !== 0 && Math.sign(moved) === direction) extreme = level;
    else if (Math.abs(moved) > 0.01) {
      if (direction !== 0) count += 1;
      direction = Math.sign(moved);
      extreme = level;
    }
  }
  return count;
}

describe('a dimmed lamp', () => {
  test('comes on in the dark and settles where codes are read, and then stays as it is', () => {
    const rows = play({ daylight: () => 12, gain: 180 }, 40_000);
    expect(Math.abs(last(rows).mean - 115)).toBeLessThanOrEqual(25);
    const settled = rows.filter(({ atMs }) => atMs > 20_000).map(({ level }) => level);
    expect(new Set(settled).size).toBe(1);
  });

  test('converges without hunting, whatever lamp, darkness and noise', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 45 }),
        fc.integer({ min: 60, max: 600 }),
        fc.integer({ min: 1, max: 1_000 }),
        (daylight, gain, seed) => {
          const noise = (atMs: number) => 6 * Math.sin(atMs * seed);
          const rows = play({ daylight: () => daylight, gain, noise }, 60_000);
          expect(turns(rows)).toBeLessThanOrEqual(1);
          const reachable = Math.min(115, daylight + gain);
          expect(last(rows).mean).toBeGreaterThan(reachable - 35);
          expect(last(rows).mean).toBeLessThan(115 + 40);
        },
      ),
      { numRuns: 300 },
    );
  });

  test('rises through dusk once and does not go on and off', () => {
    const dusk = (atMs: number) => Math.max(5, 120 - atMs / 5_000);
    const rows = play({ daylight: dusk, gain: 180 }, 900_000);
    const switches = rows.filter(({ level }, i) => level > 0 !== (rows[i - 1]?.level ?? 0) > 0);
    expect(switches).toHaveLength(1);
    expect(turns(rows)).toBeLessThanOrEqual(1);
    for (const { atMs, mean } of rows) if (atMs > 600_000) expect(mean).toBeGreaterThan(80);
  });

  test('falls through dawn and is dark by day', () => {
    const dawn = (atMs: number) => 5 + atMs / 4_000;
    const rows = play({ daylight: dawn, gain: 180 }, 900_000);
    const switches = rows.filter(({ level }, i) => level > 0 !== (rows[i - 1]?.level ?? 0) > 0);
    expect(switches).toHaveLength(2);
    expect(last(rows).level).toBe(0);
  });

  test('is not moved by headlights that pass', () => {
    const daylight = (atMs: number) => (atMs > 60_000 && atMs < 61_000 ? 200 : 12);
    const rows = play({ daylight, gain: 180 }, 120_000);
    const before = rows.find(({ atMs }) => atMs === 59_000)?.level ?? 0;
    expect(Math.abs(last(rows).level - before)).toBeLessThan(0.2);
    expect(rows.every(({ atMs, level }) => atMs < 10_000 || level > 0)).toBe(true);
  });

  test('is lowered by glare on a card until it is gone, and comes back slowly', () => {
    const held = (atMs: number) => atMs > 30_000 && atMs < 45_000;
    const glare = (level: number, atMs: number) => held(atMs) && level > 0.3;
    const rows = play({ daylight: () => 12, gain: 180, glare }, 70_000);
    const level = (atMs: number) => rows.find((row) => row.atMs === atMs)?.level ?? 0;
    expect(level(30_000)).toBeGreaterThan(0.4);
    expect(level(32_000)).toBeLessThanOrEqual(0.32);
    expect(turns(rows.filter(({ atMs }) => held(atMs)))).toBeLessThanOrEqual(8);
    expect(level(46_000)).toBeLessThan(0.65);
    expect(level(70_000)).toBeGreaterThan(level(46_000));
  });

  test('never changes faster than eyes bear', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 0, max: 255 }), fc.boolean()), {
          minLength: 50,
          maxLength: 200,
        }),
        (means) => {
          let state = LAMP_AT_REST;
          means.forEach(([mean, glare], i) => {
            const next = stepDimmedLamp(state, { monoMs: i * 200, mean, glare, need: 'reading' });
            const isSwitched = next.level === 0 || state.level === 0;
            if (!isSwitched) expect(Math.abs(next.level - state.level)).toBeLessThanOrEqual(0.201);
            expect(next.level).toBeGreaterThanOrEqual(0);
            expect(next.level).toBeLessThanOrEqual(1);
            state = next;
          });
        },
      ),
    );
  });

  test('gives less while nobody is there, and is dark when no camera needs it', () => {
    const need = (atMs: number) =>
      atMs < 30_000 ? 'reading' : atMs < 60_000 ? 'rest' : ('none' as const);
    const rows = play({ daylight: () => 5, gain: 180, need }, 61_000);
    const level = (atMs: number) => rows.find((row) => row.atMs === atMs)?.level ?? 0;
    expect(level(59_000)).toBeLessThan(level(29_000));
    expect(level(59_000)).toBeGreaterThan(0);
    expect(last(rows).level).toBe(0);
  });

  test('is left alone by a dark hood or hand that covers the camera for a moment', () => {
    const daylight = (atMs: number) => (atMs > 10_000 && atMs < 11_000 ? 2 : 120);
    expect(play({ daylight, gain: 180 }, 30_000).every(({ level }) => level === 0)).toBe(true);
  });
});

describe('a lamp that cannot dim', () => {
  const switches = (rows: readonly Row[]) =>
    rows.filter(({ level }, i) => level !== (rows[i - 1]?.level ?? 0)).length;

  test('goes on once at dusk and off once at dawn, however much it lifts the picture', () => {
    for (const gain of [40, 120, 160]) {
      const day = (atMs: number) => 70 + 65 * Math.cos(atMs / 300_000);
      const rows = play({ daylight: day, gain }, 1_800_000, stepSwitchedLamp);
      expect(switches(rows)).toBe(2);
      expect(last(rows).level).toBe(0);
      expect(rows.every(({ level }) => level === 0 || level === 1)).toBe(true);
    }
  });

  test('does not flicker at the edge of dark', () => {
    const edge = (atMs: number) => 50 + 8 * Math.sin(atMs / 3_000);
    expect(switches(play({ daylight: edge, gain: 120 }, 600_000, stepSwitchedLamp))).toBeLessThan(
      2,
    );
  });
});
