import { describe, expect, test } from 'vitest';
import { DeviceFault } from '../../src/kernel/errors.ts';
import type { Barrier } from '../../src/ports/barrier.ts';

export type BarrierRig = {
  readonly barrier: Barrier;
  /** Lets the board's own timer run out. */
  readonly waitUntilItCloses: () => Promise<void>;
  /** The next order gets no answer. */
  readonly loseNextOrder: () => void;
};

/** Every Barrier must pass this. */
export function describeBarrier(name: string, openRig: () => BarrierRig): void {
  const going = () => new AbortController().signal;
  describe(name, () => {
    test('is not open before anybody asked', () => {
      expect(openRig().barrier.state()).not.toBe('open');
    });

    test('is open once the order was taken, and closes by its own timer', async () => {
      const { barrier, waitUntilItCloses } = openRig();
      await barrier.open(going());
      expect(barrier.state()).toBe('open');
      await waitUntilItCloses();
      expect(barrier.state()).not.toBe('open');
    });

    test('an order without an answer is a DeviceFault, the state unknown, and the next order works', async () => {
      const { barrier, loseNextOrder } = openRig();
      loseNextOrder();
      await expect(barrier.open(going())).rejects.toBeInstanceOf(DeviceFault);
      expect(barrier.state()).toBe('unknown');
      await barrier.open(going());
      expect(barrier.state()).toBe('open');
    });

    test('a fault does not bring the arm down on whoever stands under it', async () => {
      const { barrier, loseNextOrder } = openRig();
      await barrier.open(going());
      loseNextOrder();
      await expect(barrier.open(going())).rejects.toBeInstanceOf(DeviceFault);
      expect(barrier.state()).not.toBe('closed');
    });

    test('an order given up before it was sent opens nothing', async () => {
      const { barrier } = openRig();
      await expect(barrier.open(AbortSignal.abort())).rejects.toThrow();
      expect(barrier.state()).not.toBe('open');
    });
  });
}
