import { good } from '../finding.ts';
import type { DeviceKind } from './device-kind.ts';

/** Barriers and signals that are simulated: nothing to look at, and nothing that moves. */
export const barrierKind: DeviceKind = {
  kind: 'barrier',
  of: ({ barrier }) =>
    barrier.map(({ id }) => ({
      id,
      look: () => [good(`barrier ${id}`, 'simulated: nothing moves')],
    })),
};

export const signalKind: DeviceKind = {
  kind: 'signal',
  of: ({ signal }) =>
    signal.map(({ id }) => ({
      id,
      look: () => [good(`signal ${id}`, 'simulated: nothing lights or sounds')],
    })),
};
