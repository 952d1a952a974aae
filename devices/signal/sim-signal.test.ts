import { expect, test } from 'vitest';
import { VirtualClock } from '../../test/support/virtual-clock.ts';
import { describeSignal } from '../contract/signal-contract.ts';
import { SimSignal } from './sim-signal.ts';

describeSignal('SimSignal', () => {
  const signal = new SimSignal('test-signal', new VirtualClock());
  return {
    signal,
    recorded: () => Buffer.from(JSON.stringify(signal.trace)),
    loseNextOrder: () => signal.loseOrders(1),
  };
});

test('the trace keeps the last thousand events', async () => {
  const signal = new SimSignal('test-signal', new VirtualClock());
  for (let i = 0; i < 1_200; i++) await signal.show('wait', new AbortController().signal);
  expect(signal.trace).toHaveLength(1_000);
});
