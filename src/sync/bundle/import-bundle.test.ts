import { afterEach, expect, test } from 'vitest';
import { LoopRig, NOW_MS } from '../../../test/support/sync-sim/loop-rig.ts';
import type { OpenBundle } from './open-bundle.ts';

const DAY_MS = 86_400_000;
const never = new AbortController().signal;

let rig: LoopRig;
afterEach(() => rig.end());

/** A bundle that holds the time as the hub's clock has it now, over a nonce of zeros. */
function timeOnStick(): OpenBundle {
  const statement = rig.signedTime(new Uint8Array(32));
  return {
    contents: [{ kind: 'time', name: '', bytes: statement.length, at: 0, index: 0 }],
    bytesOf: () => statement,
    problem: null,
  };
}

async function imported() {
  const { steps } = await rig.loop.importBundle(timeOnStick(), never);
  return steps.map(({ what, outcome, code }) => `${what} ${code ?? outcome}`);
}

test('a time on a stick raises the floor of a station that knows none, and vouches for nothing', async () => {
  rig = new LoopRig({ time: { batteryClock: false } });
  const before = rig.time.interval();
  expect(await imported()).toEqual(['time taken']);
  const { earliestMs, latestMs, trust } = rig.time.interval();
  expect([earliestMs, trust]).toEqual([NOW_MS, 'unset']);
  expect(latestMs).toBeGreaterThanOrEqual(before.latestMs);
  expect(await imported()).toEqual(['time unchanged']);
  expect(rig.told).toEqual([]);
});

test('it takes back what a clock had carried that is surely behind, with an alarm', async () => {
  rig = new LoopRig({ wallAheadMs: -20 * DAY_MS });
  expect(rig.time.interval().trust).toBe('carried');
  expect(await imported()).toEqual(['time taken']);
  expect(rig.time.interval()).toMatchObject({ earliestMs: NOW_MS, trust: 'unset' });
  expect(rig.told.map((each) => each.split(' ')[0])).toEqual(['time.jump']);
});

test('it does not move what the hub signed over our nonce', async () => {
  rig = new LoopRig();
  rig.start();
  await rig.clock.advance(1_000);
  const before = rig.time.interval();
  expect(before.trust).toBe('vouched');
  rig.clock.jumpWall(3 * DAY_MS);
  expect(await imported()).toEqual(['time contradicts']);
  expect(rig.time.interval()).toEqual(before);
  expect(rig.told.map((each) => each.split(' ')[0])).toEqual(['time.jump']);
});
