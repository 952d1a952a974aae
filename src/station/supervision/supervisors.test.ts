import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { SimBoard } from '../../../devices/relay/sim/sim-board.ts';
import { settle, VirtualClock } from '../../../test/support/virtual-clock.ts';
import type { Barrier } from '../../ports/barrier.ts';
import type { Signal } from '../../ports/signal.ts';
import { openBoards } from '../boards.ts';
import { parseConfig } from '../config.ts';
import { openOutputs } from '../open-lane.ts';
import { Readers } from '../readers.ts';
import type { RunningDevice } from '../run-device.ts';
import { TimeKeeper } from '../time-keeper.ts';
import { deviceProbes } from './probes.ts';
import { Supervisors } from './supervisors.ts';

const CONFIG = parseConfig(
  `
[station]
id = "gate-1"
name = "Chốt"
[[board]]
id = "board-1"
driver = "sim"
[[barrier]]
id = "barrier-1"
driver = "relay"
board = "board-1"
open = 1
inputs = { emergency = 1 }
[[barrier]]
id = "barrier-2"
driver = "sim"
[[signal]]
id = "light-1"
driver = "relay"
board = "board-1"
green = 2
red = 3
[[signal]]
id = "light-2"
driver = "sim"
[[signal]]
id = "voice-1"
driver = "sound"
device = "plughw:CARD=Nowhere,DEV=0"
[[lamp]]
id = "lamp-1"
driver = "relay"
board = "board-1"
output = 4
[[lamp]]
id = "lamp-2"
driver = "sim"
dimmer = 1
[[lane]]
id = "lane-1"
name = "Làn 1"
devices = ["barrier-1", "light-1", "voice-1", "lamp-1"]
[[lane]]
id = "lane-2"
name = "Làn 2"
devices = ["barrier-2", "light-2", "lamp-2"]
`,
  'station.toml',
);

/** Time that stands still for whoever waits, once told so: what a supervisor that hangs looks like from outside. */
class StickingClock extends VirtualClock {
  isStuck = false;

  override async sleep(ms: number, signal: AbortSignal): Promise<void> {
    await super.sleep(ms, signal);
    if (!this.isStuck || signal.aborted) return;
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  }
}

/** Orders to some of its channels never end. */
class MuteBoard extends SimBoard {
  mute: readonly number[] = [];

  override async set(channel: number, on: boolean, signal: AbortSignal): Promise<void> {
    if (this.mute.includes(channel)) await new Promise(() => {});
    return super.set(channel, on, signal);
  }
}

const WAIT = { timeout: 30_000 };

let clock: StickingClock;
let supervisors: Supervisors;
let stop: AbortController;
beforeEach(() => {
  clock = new StickingClock();
  supervisors = new Supervisors(clock);
  stop = new AbortController();
});
afterEach(() => stop.abort());

async function pass(ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= 500) await clock.advance(500);
}

/** Who does not answer for itself. */
async function silent(): Promise<readonly string[]> {
  const asked = deviceProbes(supervisors.list()).map(async ({ name, answer }) => ({
    name,
    isWell: await answer(),
  }));
  return (await Promise.all(asked)).filter(({ isWell }) => !isWell).map(({ name }) => name);
}

describe('what gives signs and opens is asked whether it still answers', () => {
  let board: MuteBoard;
  let running: readonly RunningDevice[];
  let light: Signal | undefined;
  let barrier: Barrier | undefined;
  beforeEach(async () => {
    board = new MuteBoard({ deviceId: 'board-1', outputs: 8, inputs: 8 }, clock);
    const boards = new Map([['board-1', board]]);
    const time = new TimeKeeper({ clock, buildMs: 0, batteryClock: false, durable: null });
    const parts = { config: CONFIG, folder: '.', boards, supervisors, time };
    const outputs = openOutputs(() => true, parts);
    running = outputs.running;
    light = outputs.signals[0];
    barrier = outputs.barriers[0];
    void board.run(stop.signal);
    await settle();
  });

  const runAll = () => {
    for (const device of running) void device.run(stop.signal);
  };

  test('each of them by its name, and nothing that is simulated', () => {
    expect(supervisors.list().map(({ name }) => name)).toEqual([
      'barrier barrier-1',
      'signal light-1',
      'signal voice-1',
      'lamp lamp-1',
    ]);
    expect(running).toHaveLength(7);
  });

  test('all of them answer for as long as they run, whether their device is there or not', async () => {
    runAll();
    await pass(120_000);
    expect(await silent()).toEqual([]);
    board.unplug();
    await pass(120_000);
    expect(await silent()).toEqual([]);
  });

  test.each([
    ['barrier barrier-1', [1]],
    ['signal light-1', [2, 3]],
    ['lamp lamp-1', [4]],
  ])('%s, hanging in an order that never ends, is told, and nobody else', async (name, mute) => {
    runAll();
    await light?.show('go', stop.signal);
    await pass(1_000);
    board.mute = mute;
    // The barrier is to be held open; light and lamp are ordered again every 10 s anyway.
    board.setInput(1, true);
    await pass(21_000);
    expect(await silent()).toEqual([name]);
  });

  test('an order from the lane does not pass for a sign of who hangs', async () => {
    runAll();
    await pass(1_000);
    board.mute = [1];
    board.setInput(1, true);
    for (let second = 0; second < 11; second++) {
      void light?.show('go', stop.signal);
      void barrier?.open(stop.signal);
      await pass(1_000);
    }
    expect(await silent()).toEqual(['barrier barrier-1']);
  });

  test('a loudspeaker that hangs is told', async () => {
    runAll();
    await pass(60_000);
    clock.isStuck = true;
    await pass(11_000);
    expect(await silent()).toContain('signal voice-1');
  });
});

test('who looks after card readers is asked too, also while no card service is there', async () => {
  const readers = new Readers({
    ...{ clock, supervisors, random: () => 0.5 },
    ...{ emulated: new Map(), pcscSocket: '/nowhere/pcscd' },
  });
  readers.open({ id: 'sim-1', driver: 'sim' });
  expect(supervisors.list()).toEqual([]);
  const reader = readers.open({ id: 'reader-1', driver: 'pcsc' });
  expect(supervisors.list().map(({ name }) => name)).toEqual(['card readers']);
  void reader.events(stop.signal)[Symbol.asyncIterator]().next();
  await pass(60_000);
  // Its child is a real one, whose end or answer comes when it comes.
  await expect.poll(silent, WAIT).toEqual([]);
  clock.isStuck = true;
  const later = async () => {
    await pass(11_000);
    return silent();
  };
  await expect.poll(later, WAIT).toEqual(['card readers']);
  await readers.close();
});

test('boards of one line have one supervisor', () => {
  const config = parseConfig(
    `[station]\nid = "g"\nname = "Chốt"\n${[1, 2]
      .map(
        (unit) =>
          `[[board]]\nid = "b-${unit}"\ndriver = "modbus-rtu"\npath = "line"\nprofile = "modbus-coils"\nunit = ${unit}\n`,
      )
      .join('')}[[lane]]\nid = "lane-1"\nname = "Làn 1"\n`,
    'station.toml',
  );
  openBoards(config, { clock, supervisors, random: () => 0.5, folder: '.' });
  expect(supervisors.list().map(({ name }) => name)).toEqual(['board line line']);
});
