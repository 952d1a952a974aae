import { good } from '../finding.ts';
import type { DeviceKind } from './device-kind.ts';

export const barrierKind: DeviceKind = {
  kind: 'barrier',
  of: ({ barrier }) =>
    barrier.map(({ id, driver, board }) => ({
      id,
      look: () => [
        good(
          `barrier ${id}`,
          driver === 'sim'
            ? 'simulated: nothing moves'
            : `on ${board ?? 'a board'}, which is looked at by itself`,
        ),
      ],
    })),
};
