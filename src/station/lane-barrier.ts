import type { Barrier } from '../ports/barrier.ts';
import type { Clock } from '../ports/clock.ts';
import type { RunningDevice } from './run-device.ts';

/** A barrier as a device that is there or not: an arm that does not arrive is none that one could rely on. */
export function runningBarrier(barrier: Barrier, clock: Clock): RunningDevice {
  const { deviceId } = barrier;
  return {
    deviceId,
    clock,
    run: (signal) => barrier.run(signal),
    onEvent: (listener) => {
      let isStuck = false;
      return barrier.onEvent((event) => {
        const { atMs } = event;
        switch (event.kind) {
          case 'online':
          case 'offline':
            isStuck = false;
            listener(event);
            break;
          case 'stuck':
            isStuck = true;
            listener({ kind: 'offline', deviceId, atMs, reason: 'barrier.stuck', detail: [] });
            break;
          case 'state':
            // It has moved after all.
            if (isStuck && event.state === 'open') {
              isStuck = false;
              listener({ kind: 'online', deviceId, atMs });
            }
            break;
          case 'input':
          case 'moved':
            break;
          default:
            event satisfies never;
        }
      });
    },
  };
}
