import { expect, test } from 'vitest';
import { VirtualClock } from '../../test/support/virtual-clock.ts';
import { describeBarrier } from '../contract/barrier-contract.ts';
import { SimBarrier } from './sim-barrier.ts';

describeBarrier('SimBarrier', () => {
  const clock = new VirtualClock();
  const barrier = new SimBarrier('test-barrier', clock);
  return {
    barrier,
    settle: () => clock.advance(1),
    waitUntilItCloses: () => clock.advance(10_000),
    loseNextOrder: () => barrier.loseOrders(1),
    setInput: (input, on) => barrier.setInput(input, on),
    lift: () => barrier.lift(),
    unplug: () => barrier.unplug(),
    plug: () => barrier.plug(),
  };
});

test('a second order while open holds the arm longer, and moves it once', async () => {
  const clock = new VirtualClock();
  const barrier = new SimBarrier('test-barrier', clock);
  await barrier.open(new AbortController().signal);
  await clock.advance(3_000);
  await barrier.open(new AbortController().signal);
  await clock.advance(3_000);
  expect(barrier.state()).toBe('open');
  await clock.advance(1_000);
  expect(barrier.trace).toEqual([
    { atMonoMs: 0, what: 'opened' },
    { atMonoMs: 7_000, what: 'closed' },
  ]);
});

test('the trace keeps the last thousand events', async () => {
  const clock = new VirtualClock();
  const barrier = new SimBarrier('test-barrier', clock);
  for (let i = 0; i < 600; i++) {
    await barrier.open(new AbortController().signal);
    await clock.advance(4_000);
  }
  expect(barrier.trace).toHaveLength(1_000);
  expect(barrier.trace.at(-1)?.what).toBe('closed');
});
