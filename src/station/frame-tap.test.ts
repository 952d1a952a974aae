import { expect, test } from 'vitest';
import { VirtualClock } from '../../test/support/virtual-clock.ts';
import { FrameTap } from './frame-tap.ts';

const frame = (value: number) => ({
  width: 2,
  height: 1,
  stride: 2,
  data: Uint8Array.of(value, value),
  sequence: value,
  atMonoMs: 0,
});

test('a watcher gets a copy that the next picture cannot overwrite, at most five a second', async () => {
  const clock = new VirtualClock();
  const tap = new FrameTap(clock);
  const stop = new AbortController();
  const frames = tap.frames(stop.signal);
  const first = frames.next();
  const shown = frame(1);
  tap.push(shown);
  shown.data.fill(9);
  expect((await first).value?.data).toEqual(Uint8Array.of(1, 1));

  const second = frames.next();
  tap.push(frame(2));
  await clock.advance(200);
  tap.push(frame(3));
  expect((await second).value?.sequence).toBe(3);
});

test('a watcher who leaves ends, and frames nobody waits for are not kept', async () => {
  const clock = new VirtualClock();
  const tap = new FrameTap(clock);
  tap.push(frame(1));
  const stop = new AbortController();
  const next = tap.frames(stop.signal).next();
  stop.abort();
  expect((await next).done).toBe(true);
});
