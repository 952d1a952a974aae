import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { DeviceFault } from '../../src/kernel/errors.ts';
import type { OutwardSignal, Signal, SignalEvent } from '../../src/ports/signal.ts';

export type SignalRig = {
  readonly signal: Signal;
  /** What it did since it was opened, with times relative to that, once all is done: bytes to compare. */
  readonly recorded: () => Promise<Uint8Array>;
  /** Orders get no answer until `plug`. */
  readonly unplug: () => Promise<void>;
  readonly plug: () => Promise<void>;
  /** Lets time go by, on whatever clock the rig has. */
  readonly pass: (ms: number) => Promise<void>;
  readonly close: () => Promise<void>;
};

const STATES: readonly OutwardSignal[] = ['idle', 'go', 'wait', 'closed'];
const going = () => new AbortController().signal;

/** Every Signal must pass this. `openRig` gives a fresh device at the same point of its clock each time. */
export function describeSignal(
  name: string,
  openRig: () => Promise<SignalRig>,
  obstacle: string | null = null,
): void {
  const title = obstacle === null ? name : `${name} (SKIPPED: ${obstacle})`;
  describe.skipIf(obstacle !== null)(title, () => {
    let watches: SignalWatch[] = [];
    const open = async () => {
      const watch = new SignalWatch(await openRig());
      watches.push(watch);
      await watch.told('online');
      return watch;
    };
    const recordOf = async (states: readonly OutwardSignal[]) => {
      const { rig } = await open();
      for (const state of states) {
        await rig.signal.show(state, going());
        await rig.pass(2_000);
      }
      return Buffer.from(await rig.recorded()).toString('latin1');
    };
    beforeEach(() => {
      watches = [];
    });
    afterEach(async () => {
      for (const watch of watches) await watch.stop();
    });

    test('each state looks or sounds different from the others', async () => {
      const records = [];
      for (const state of STATES) records.push(await recordOf([state]));
      expect(new Set(records).size).toBe(STATES.length);
    });

    test('every wait is the same to the byte, whatever it is for', async () => {
      const check = await recordOf(['idle', 'wait', 'idle']);
      const stop = await recordOf(['idle', 'wait', 'idle']);
      expect(stop).toBe(check);
      expect(check.length).toBeGreaterThan(0);
    });

    test('an order without an answer is a DeviceFault and told, and the next one after its return works', async () => {
      const watch = await open();
      const { rig } = watch;
      await rig.unplug();
      await expect(rig.signal.show('go', going())).rejects.toBeInstanceOf(DeviceFault);
      expect(await watch.told('offline')).toMatch(/^signal\.|^board\./);
      await rig.plug();
      await watch.told('online');
      await rig.signal.show('wait', going());
      expect(watch.words.filter((word) => word === 'online')).toHaveLength(2);
    });

    test('an order given up before it was sent shows nothing', async () => {
      const { rig } = await open();
      const before = await rig.recorded();
      await expect(rig.signal.show('go', AbortSignal.abort())).rejects.toThrow();
      expect(await rig.recorded()).toEqual(before);
    });
  });
}

/** One consumer of a signal's events, while the signal runs. */
class SignalWatch {
  readonly rig: SignalRig;
  readonly words: string[] = [];
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;
  readonly #events: SignalEvent[] = [];
  #wake = () => {};

  constructor(rig: SignalRig) {
    this.rig = rig;
    rig.signal.onEvent((event) => {
      this.#events.push(event);
      this.words.push(event.kind);
      this.#wake();
    });
    this.#running = rig.signal.run(this.#stop.signal);
  }

  /** The reason, or the kind of the next event of that kind. */
  async told(kind: SignalEvent['kind']): Promise<string> {
    for (;;) {
      const event = this.#events.shift();
      if (event?.kind === kind) return event.kind === 'offline' ? event.reason : event.kind;
      if (event !== undefined) continue;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        // A virtual clock stands still unless somebody lets it go on.
        void this.rig.pass(500);
      });
    }
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
    await this.rig.close();
  }
}
