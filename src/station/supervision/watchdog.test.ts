import { describe, expect, test } from 'vitest';
import { VirtualClock } from '../../../test/support/virtual-clock.ts';
import { SupervisedClock } from './supervised-clock.ts';
import { type Probe, runWatchdog, type ServiceManager } from './watchdog.ts';

const WATCHDOG_MS = 40_000;
const NEVER = new Promise<boolean>(() => {});

describe('the watchdog is fed', () => {
  test('while everything answers, well within its time', async () => {
    const rig = new Rig([well('lane lane-1'), well('disk')]);
    await rig.pass(200_000);
    expect(rig.longestHungerMs()).toBeLessThanOrEqual(WATCHDOG_MS / 2);
    expect(rig.starved).toEqual([]);
    await rig.stop();
  });

  test.each(['lane lane-1', 'disk', 'camera camera-1'])(
    'not while %s does not answer',
    async (name) => {
      let hangs = false;
      const rig = new Rig([
        well('lane lane-2'),
        { name, answer: () => (hangs ? NEVER : Promise.resolve(true)) },
      ]);
      await rig.pass(60_000);
      hangs = true;
      const fedBefore = rig.fedAtMs.length;
      await rig.pass(120_000);
      // One feeding may have been under way.
      expect(rig.fedAtMs.length - fedBefore).toBeLessThanOrEqual(1);
      expect(rig.starved.length).toBeGreaterThanOrEqual(2);
      expect(new Set(rig.starved.flat())).toEqual(new Set([name]));
      await rig.stop();
    },
  );

  test('again once what was slow has answered, and it is asked once only meanwhile', async () => {
    let asked = 0;
    let release = (_: boolean): void => {};
    const first = new Promise<boolean>((resolve) => {
      release = resolve;
    });
    const rig = new Rig([
      {
        name: 'disk',
        answer: () => {
          asked += 1;
          return asked === 1 ? first : Promise.resolve(true);
        },
      },
    ]);
    await rig.pass(90_000);
    expect([asked, rig.fedAtMs.length]).toEqual([1, 0]);
    release(true);
    await rig.pass(60_000);
    expect(rig.fedAtMs.length).toBeGreaterThanOrEqual(2);
    await rig.stop();
  });

  test('not for one that answers that it is not well', async () => {
    const rig = new Rig([{ name: 'camera camera-1', answer: async () => false }]);
    await rig.pass(60_000);
    expect(rig.fedAtMs).toEqual([]);
    expect(rig.starved[0]).toEqual(['camera camera-1']);
    await rig.stop();
  });

  test('never where nobody waits for it', async () => {
    const rig = new Rig([well('disk')], null);
    await rig.pass(100_000);
    expect(rig.fedAtMs).toEqual([]);
    await rig.stop();
  });
});

describe('a supervisor’s clock', () => {
  test('is alive while it is asked, or while a wait is not over', async () => {
    const clock = new VirtualClock();
    const supervised = new SupervisedClock(clock, 'asks');
    await clock.advance(9_000);
    supervised.monoMs();
    await clock.advance(9_000);
    expect(supervised.isAlive()).toBe(true);
    void supervised.sleep(30_000, new AbortController().signal);
    await clock.advance(29_000);
    expect(supervised.isAlive()).toBe(true);
  });

  test('is not once it was left alone', async () => {
    const clock = new VirtualClock();
    const supervised = new SupervisedClock(clock, 'asks');
    void supervised.sleep(5_000, new AbortController().signal);
    await clock.advance(5_000);
    await clock.advance(10_001);
    expect(supervised.isAlive()).toBe(false);
    supervised.wallMs();
    expect(supervised.isAlive()).toBe(true);
  });

  test('a wait that was cut short keeps nobody alive', async () => {
    const clock = new VirtualClock();
    const supervised = new SupervisedClock(clock, 'asks');
    const cut = new AbortController();
    const slept = supervised.sleep(3_600_000, cut.signal);
    await clock.advance(1_000);
    cut.abort();
    await slept;
    await clock.advance(10_001);
    expect(supervised.isAlive()).toBe(false);
  });
});

test('a loop that waits is not kept alive by others who look at its clock', async () => {
  const clock = new VirtualClock();
  const supervised = new SupervisedClock(clock, 'waits');
  void supervised.sleep(500, new AbortController().signal);
  await clock.advance(10_500);
  expect(supervised.isAlive()).toBe(true);
  supervised.monoMs();
  supervised.wallMs();
  await clock.advance(1);
  expect(supervised.isAlive()).toBe(false);
});

function well(name: string): Probe {
  return { name, answer: async () => true };
}

class Rig {
  readonly clock = new VirtualClock();
  readonly fedAtMs: number[] = [];
  readonly starved: (readonly string[])[] = [];
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;

  constructor(probes: readonly Probe[], watchdogMs: number | null = WATCHDOG_MS) {
    const manager: ServiceManager = {
      watchdogMs,
      ready: async () => {},
      feed: async () => {
        this.fedAtMs.push(this.clock.monoMs());
      },
    };
    const { clock } = this;
    const starved = (names: readonly string[]) => this.starved.push(names);
    this.#running = runWatchdog({ clock, manager, probes, starved }, this.#stop.signal);
  }

  async pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= 1_000) await this.clock.advance(1_000);
  }

  longestHungerMs(): number {
    const times = [0, ...this.fedAtMs, this.clock.monoMs()];
    return Math.max(...times.slice(1).map((at, index) => at - (times[index] ?? 0)));
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.clock.advance(0);
    await this.#running;
  }
}
