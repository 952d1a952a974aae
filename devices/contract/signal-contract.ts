import { describe, expect, test } from 'vitest';
import { DeviceFault } from '../../src/kernel/errors.ts';
import type { OutwardSignal, Signal } from '../../src/ports/signal.ts';

export type SignalRig = {
  readonly signal: Signal;
  /** What light and buzzer did since the rig was opened, with times relative to that: bytes to compare. */
  readonly recorded: () => Uint8Array;
  readonly loseNextOrder: () => void;
};

const STATES: readonly OutwardSignal[] = ['idle', 'go', 'wait', 'closed'];

/** Every Signal must pass this. `openRig` gives a fresh device at the same point of its clock each time. */
export function describeSignal(name: string, openRig: () => SignalRig): void {
  const going = () => new AbortController().signal;
  const recordOf = async (states: readonly OutwardSignal[]) => {
    const rig = openRig();
    for (const state of states) await rig.signal.show(state, going());
    return Buffer.from(rig.recorded()).toString('latin1');
  };
  describe(name, () => {
    test('each state looks or sounds different from the others', async () => {
      const records = await Promise.all(STATES.map((state) => recordOf([state])));
      expect(new Set(records).size).toBe(STATES.length);
    });

    test('every wait is the same to the byte, whatever it is for', async () => {
      const check = await recordOf(['idle', 'wait', 'idle']);
      const stop = await recordOf(['idle', 'wait', 'idle']);
      expect(stop).toBe(check);
    });

    test('an order without an answer is a DeviceFault, and the next order works', async () => {
      const { signal, recorded, loseNextOrder } = openRig();
      loseNextOrder();
      const before = recorded();
      await expect(signal.show('go', going())).rejects.toBeInstanceOf(DeviceFault);
      expect(recorded()).toEqual(before);
      await signal.show('wait', going());
      expect(recorded()).not.toEqual(before);
    });

    test('an order given up before it was sent shows nothing', async () => {
      const { signal, recorded } = openRig();
      const before = recorded();
      await expect(signal.show('go', AbortSignal.abort())).rejects.toThrow();
      expect(recorded()).toEqual(before);
    });
  });
}
