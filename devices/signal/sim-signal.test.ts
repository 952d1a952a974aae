import { expect, test } from 'vitest';
import { VirtualClock } from '../../test/support/virtual-clock.ts';
import { describeSignal } from '../contract/signal-contract.ts';
import { SimSignal } from './sim-signal.ts';

const going = () => new AbortController().signal;

describeSignal('SimSignal', async () => {
  const clock = new VirtualClock();
  const signal = new SimSignal('test-signal', clock);
  return {
    signal,
    recorded: async () => Buffer.from(JSON.stringify(signal.trace)),
    unplug: async () => signal.unplug(),
    plug: async () => signal.plug(),
    pass: (ms) => clock.advance(ms),
    close: async () => {},
  };
});

test('the trace keeps the last thousand events', async () => {
  const signal = new SimSignal('test-signal', new VirtualClock());
  for (let i = 0; i < 1_200; i++) await signal.show('wait', going());
  expect(signal.trace).toHaveLength(1_000);
});

test('a lost order is a fault that heals by itself, and what was meant is shown then, silently', async () => {
  const clock = new VirtualClock();
  const signal = new SimSignal('test-signal', clock);
  const told: string[] = [];
  signal.onEvent((event) => told.push(event.kind));
  const stop = new AbortController();
  signal.loseOrders(1);
  await expect(signal.show('wait', going())).rejects.toThrow('did not answer');
  const running = signal.run(stop.signal);
  await clock.advance(1_000);
  expect(told).toEqual(['offline', 'online']);
  expect(signal.trace).toMatchObject([{ light: 'red', buzzerMs: [] }]);
  stop.abort();
  await running;
});
