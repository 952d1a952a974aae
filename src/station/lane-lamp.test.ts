import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { SimLamp } from '../../devices/lamp/sim-lamp.ts';
import { VirtualClock } from '../../test/support/virtual-clock.ts';
import type { GreyFrame } from '../ports/frame-source.ts';
import { LaneLamp } from './lane-lamp.ts';

const WIDTH = 64;
const HEIGHT = 48;
const FRAME_MS = 67;

describe.each([true, false])('a lamp before a camera (dimmed: %s)', (dims) => {
  let clock: VirtualClock;
  let lamp: SimLamp;
  let keeper: LaneLamp;
  let daylight: number;
  let isClosed: boolean;
  let sequence: number;
  let bugs: unknown[];
  beforeEach(() => {
    clock = new VirtualClock();
    lamp = new SimLamp('lamp-1', dims, clock);
    daylight = 10;
    isClosed = false;
    sequence = 0;
    bugs = [];
    keeper = new LaneLamp({
      ...{ lamp, clock, isClosed: () => isClosed },
      onBug: (error) => bugs.push(error),
    });
  });
  afterEach(() => expect(bugs).toEqual([]));

  /** What the camera sees: the paper that people hold is lit by the day and by the lamp. */
  const frame = (): GreyFrame => {
    sequence += 1;
    const level = Math.min(255, daylight + 140 * lamp.level);
    const data = new Uint8Array(WIDTH * HEIGHT).fill(level);
    return {
      width: WIDTH,
      height: HEIGHT,
      stride: WIDTH,
      data,
      sequence,
      atMonoMs: clock.monoMs(),
    };
  };
  const watch = async (ms: number, deviceId = 'cam-1') => {
    for (let at = 0; at < ms; at += FRAME_MS) {
      keeper.frame(deviceId, frame());
      await clock.advance(FRAME_MS);
    }
  };
  const hint = (word: 'dark-scene' | 'glare' | null) =>
    keeper.vision({ kind: 'hint', deviceId: 'cam-1', hint: word });

  test('comes on in the dark and stays, goes out by day', async () => {
    await watch(20_000);
    const atRest = lamp.level;
    expect(atRest).toBeGreaterThan(0);
    hint('dark-scene');
    await watch(20_000);
    expect(lamp.level).toBeGreaterThanOrEqual(atRest);
    daylight = 160;
    await watch(60_000);
    expect(lamp.level).toBe(0);
  });

  test('is dark while the lane is closed, and when its camera is out', async () => {
    await watch(20_000);
    isClosed = true;
    await watch(1_000);
    expect(lamp.level).toBe(0);
    isClosed = false;
    await watch(20_000);
    expect(lamp.level).toBeGreaterThan(0);
    const offline = { kind: 'offline', deviceId: 'cam-1', atMs: 0, reason: 'camera.lost' } as const;
    keeper.vision({ ...offline, detail: [] });
    await clock.advance(100);
    expect(lamp.level).toBe(0);
  });

  test('goes by the camera it began with', async () => {
    await watch(5_000);
    const { level } = lamp;
    daylight = 250;
    await watch(60_000, 'cam-2');
    expect(lamp.level).toBe(level);
  });

  test('comes back as bright as it should be by now after its cable was out', async () => {
    await watch(20_000);
    lamp.unplug();
    await watch(2_000);
    lamp.plug();
    await clock.advance(0);
    expect(lamp.level).toBeGreaterThan(0);
  });

  test('is lowered, where it can be, by glare on what is held up', async () => {
    hint('dark-scene');
    await watch(20_000);
    const before = lamp.level;
    hint('glare');
    await watch(1_000);
    if (dims) expect(lamp.level).toBeLessThan(before - 0.2);
    else expect(lamp.level).toBe(before);
  });
});
