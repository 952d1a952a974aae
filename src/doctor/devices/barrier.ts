import { good } from '../finding.ts';
import type { DeviceKind } from './device-kind.ts';

/** Barriers that are simulated: nothing to look at, and nothing that moves. */
export const barrierKind: DeviceKind = {
  kind: 'barrier',
  of: ({ barrier }) =>
    barrier.map(({ id }) => ({
      id,
      look: () => [good(`barrier ${id}`, 'simulated: nothing moves')],
    })),
};
