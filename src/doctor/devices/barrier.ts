import { good } from '../finding.ts';
import type { DeviceKind } from './device-kind.ts';

/** A barrier is as well as its board, which is looked at apart; nothing is moved for a look. */
export const barrierKind: DeviceKind = {
  kind: 'barrier',
  of: ({ barrier }) =>
    barrier.map(({ id, driver, board, open }) => ({
      id,
      look: () => [
        good(
          `barrier ${id}`,
          driver === 'sim'
            ? 'simulated: nothing moves'
            : `opens by output ${open} of board ${board}`,
        ),
      ],
    })),
};
