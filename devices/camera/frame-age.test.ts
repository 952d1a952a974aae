import { expect, test } from 'vitest';
import { VirtualClock } from '../../test/support/virtual-clock.ts';
import { becomesOverdue } from './frame-age.ts';

/** A stream whose last frame and limit a test moves. */
function watched() {
  const clock = new VirtualClock();
  const stop = new AbortController();
  const stream = { lastMs: 0, limitMs: 12_000 };
  const freshness = { lastMonoMs: () => stream.lastMs, limitMs: () => stream.limitMs };
  let verdict: boolean | undefined;
  const ended = becomesOverdue(freshness, clock, stop.signal).then((overdue) => {
    verdict = overdue;
  });
  return { clock, stop, stream, ended, verdict: () => verdict };
}

test('nothing for the limit and a second look is overdue, not a moment earlier', async () => {
  const { clock, verdict } = watched();
  await clock.advance(12_199);
  expect(verdict()).toBeUndefined();
  await clock.advance(1);
  expect(verdict()).toBe(true);
});

test('a frame that was only read late keeps the child alive', async () => {
  const { clock, stream, verdict } = watched();
  await clock.advance(12_100);
  stream.lastMs = 12_100;
  await clock.advance(11_000);
  expect(verdict()).toBeUndefined();
});

test('a limit that becomes shorter counts within a second', async () => {
  const { clock, stream, verdict } = watched();
  await clock.advance(500);
  stream.lastMs = 500;
  stream.limitMs = 3_000;
  await clock.advance(4_200);
  expect(verdict()).toBe(true);
});

test('told to stop, it is not overdue', async () => {
  const { clock, stop, ended, verdict } = watched();
  await clock.advance(12_100);
  stop.abort();
  await ended;
  expect(verdict()).toBe(false);
});
