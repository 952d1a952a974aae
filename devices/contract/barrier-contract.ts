import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { DeviceFault } from '../../src/kernel/errors.ts';
import type { Barrier, BarrierEvent, BarrierInput } from '../../src/ports/barrier.ts';

export type BarrierRig = {
  readonly barrier: Barrier;
  /** Runs whatever is under it until `signal` aborts. */
  readonly run?: (signal: AbortSignal) => Promise<void>;
  /** Lets everything that is due happen. */
  readonly settle: () => Promise<void>;
  /** Lets the board's own timer run out. */
  readonly waitUntilItCloses: () => Promise<void>;
  /** The next order gets no answer. */
  readonly loseNextOrder: () => void;
  readonly setInput: (input: BarrierInput, on: boolean) => void;
  /** Somebody lifts the arm that rests. Null: nothing would feel it. */
  readonly lift: (() => void) | null;
  readonly unplug: () => void;
  readonly plug: () => void;
};

/** Every Barrier must pass this. */
export function describeBarrier(name: string, openRig: () => BarrierRig): void {
  const going = () => new AbortController().signal;
  describe(name, () => {
    let rig: BarrierRig;
    let stop: AbortController;
    let running: Promise<unknown>;
    let events: BarrierEvent[];
    const words = () => events.flatMap(wordsOf);
    beforeEach(async () => {
      rig = openRig();
      stop = new AbortController();
      events = [];
      rig.barrier.onEvent((event) => events.push(event));
      running = Promise.all([rig.run?.(stop.signal), rig.barrier.run(stop.signal)]);
      await rig.settle();
    });
    afterEach(async () => {
      stop.abort();
      await rig.settle();
      await running;
    });

    test('is online, and not open before anybody asked', () => {
      expect(words()[0]).toBe('online');
      expect(rig.barrier.state()).not.toBe('open');
    });

    test('is open once the order was taken, and closes by its own timer', async () => {
      const { barrier, waitUntilItCloses } = rig;
      await barrier.open(going());
      expect(barrier.state()).toBe('open');
      await waitUntilItCloses();
      expect(barrier.state()).not.toBe('open');
      expect(words()).not.toContain('moved');
    });

    test('an order without an answer is a DeviceFault, the state unknown, and the next order works', async () => {
      const { barrier, loseNextOrder } = rig;
      loseNextOrder();
      await expect(barrier.open(going())).rejects.toBeInstanceOf(DeviceFault);
      expect(barrier.state()).toBe('unknown');
      await barrier.open(going());
      expect(barrier.state()).toBe('open');
      const health = words().filter((word) => word.startsWith('o'));
      expect(health).toEqual(['online', 'offline board.no-answer', 'online']);
    });

    test('a fault does not bring the arm down on whoever stands under it', async () => {
      const { barrier, loseNextOrder } = rig;
      await barrier.open(going());
      loseNextOrder();
      await expect(barrier.open(going())).rejects.toBeInstanceOf(DeviceFault);
      expect(barrier.state()).not.toBe('closed');
    });

    test('an order given up before it was sent opens nothing', async () => {
      const { barrier } = rig;
      await expect(barrier.open(AbortSignal.abort())).rejects.toThrow();
      expect(barrier.state()).not.toBe('open');
    });

    test('what it feels is told once, and again after it was away', async () => {
      const { setInput, settle, unplug, plug } = rig;
      setInput('presence', true);
      await settle();
      setInput('tamper', true);
      await settle();
      unplug();
      await settle();
      plug();
      await settle();
      const told = words().filter((word) => !word.endsWith(' off'));
      expect(told).toEqual([
        'online',
        'presence on',
        'tamper on',
        'offline board.unplugged',
        'online',
        'presence on',
        'tamper on',
      ]);
    });

    test('while its emergency button is pressed it is open, for longer than any timer', async () => {
      const { barrier, setInput, settle, waitUntilItCloses } = rig;
      setInput('emergency', true);
      await settle();
      expect(barrier.state()).toBe('open');
      await waitUntilItCloses();
      await waitUntilItCloses();
      expect(barrier.state()).toBe('open');
      expect(words()).toContain('emergency on');
      // Nobody's order ends it.
      await barrier.open(going());
      await waitUntilItCloses();
      expect(barrier.state()).toBe('open');
      setInput('emergency', false);
      await settle();
      await waitUntilItCloses();
      expect(barrier.state()).not.toBe('open');
    });

    test('an arm that somebody lifts is told', async () => {
      if (rig.lift === null) return;
      rig.lift();
      await rig.settle();
      expect(words()).toContain('moved');
    });

    test('unplugged it takes no orders, and comes back by itself', async () => {
      const { barrier, settle, unplug, plug } = rig;
      unplug();
      await settle();
      await expect(barrier.open(going())).rejects.toBeInstanceOf(DeviceFault);
      plug();
      await settle();
      await barrier.open(going());
      expect(barrier.state()).toBe('open');
    });
  });
}

/** Without times, and without states. */
function wordsOf(event: BarrierEvent): string[] {
  switch (event.kind) {
    case 'state':
      return [];
    case 'input':
      return [`${event.input} ${event.on ? 'on' : 'off'}`];
    case 'offline':
      return [`offline ${event.reason}`];
    default:
      return [event.kind];
  }
}
