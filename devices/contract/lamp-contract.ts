import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { DeviceFault } from '../../src/kernel/errors.ts';
import type { Lamp } from '../../src/ports/lamp.ts';

export type LampRig = {
  readonly lamp: Lamp;
  /** How bright it is, 0 to 1. */
  readonly level: () => number;
  readonly unplug: () => Promise<void>;
  readonly plug: () => Promise<void>;
  /** Lets time go by, on whatever clock the rig has. */
  readonly pass: (ms: number) => Promise<void>;
  readonly close: () => Promise<void>;
};

const going = () => new AbortController().signal;

/** Every Lamp must pass this. */
export function describeLamp(name: string, openRig: () => Promise<LampRig>): void {
  describe(name, () => {
    let rig: LampRig;
    let told: string[];
    let stop: AbortController;
    let running: Promise<void>;
    beforeEach(async () => {
      rig = await openRig();
      told = [];
      rig.lamp.onEvent((event) => told.push(event.kind));
      stop = new AbortController();
      running = rig.lamp.run(stop.signal);
      await until(() => told.length > 0);
    });
    afterEach(async () => {
      stop.abort();
      await running;
      await rig.close();
    });
    const until = async (isSo: () => boolean) => {
      for (let i = 0; i < 600 && !isSo(); i++) await rig.pass(50);
      expect(isSo()).toBe(true);
    };

    test('is dark before anybody asked, and as bright as asked then', async () => {
      expect([told, rig.level()]).toEqual([['online'], 0]);
      await rig.lamp.shine(0.5, going());
      expect(rig.level()).toBeCloseTo(rig.lamp.dims ? 0.5 : 1, 2);
      await rig.lamp.shine(0, going());
      expect(rig.level()).toBe(0);
    });

    test('a lamp that is out is a DeviceFault, and told; back again it shines as it should by now', async () => {
      await rig.lamp.shine(1, going());
      await rig.unplug();
      await expect(rig.lamp.shine(0.4, going())).rejects.toBeInstanceOf(DeviceFault);
      await until(() => told.at(-1) === 'offline');
      await rig.plug();
      await until(() => told.at(-1) === 'online');
      expect(rig.level()).toBeCloseTo(rig.lamp.dims ? 0.4 : 1, 2);
    });

    test('is left dark', async () => {
      await rig.lamp.shine(1, going());
      stop.abort();
      await running;
      expect(rig.level()).toBe(0);
    });

    test('an order given up before it was sent changes nothing', async () => {
      await expect(rig.lamp.shine(1, AbortSignal.abort())).rejects.toThrow();
      expect(rig.level()).toBe(0);
    });
  });
}
