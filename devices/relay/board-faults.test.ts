import { mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/station/system-clock.ts';
import { BoardWatch } from '../contract/device-watch.ts';
import { SerialLine } from '../serial/serial-line.ts';
import { ptyObstacle } from '../serial/sim/pty-cable.ts';
import { loadBoardProfile } from './board-profile.ts';
import { OpenBoards } from './open-boards.ts';
import type { RelayBoard } from './relay-board.ts';
import { ModbusUnit } from './sim/modbus-unit.ts';
import { RtuSim } from './sim/rtu-sim.ts';
import { SimFaults } from './sim/sim-faults.ts';
import { SimRelays } from './sim/sim-relays.ts';
import { TcpSim } from './sim/tcp-sim.ts';

const UNPLUGS = process.env['CHOT_SOAK'] === '1' ? 1_000 : 20;
/** The event loop's own wake-ups come and go. */
const HANDLES_SPARE = 2;
const HOLD_MS = 400;
const PROFILE = loadBoardProfile('waveshare-8-inputs');
const LINE = { baudRate: 9_600, dataBits: 8, parity: 'none', stopBits: 1 } as const;

const obstacle = ptyObstacle();
const going = () => new AbortController().signal;
const COMMON = { profile: PROFILE, urgent: [1] } as const;

function openUnit(unit: number): ModbusUnit {
  return new ModbusUnit(unit, new SimRelays(8, 8, systemClock), new SimFaults());
}

describe.skipIf(obstacle !== null)(`boards on a serial line (${obstacle ?? 'socat'})`, () => {
  let folder: string;
  let units: readonly [ModbusUnit, ModbusUnit];
  let line: RtuSim;
  let opening: OpenBoards;
  let watches: BoardWatch[];
  const open = (unit = 1): RelayBoard =>
    opening.open({
      ...COMMON,
      ...{ deviceId: `board-${unit}`, driver: 'modbus-rtu', path: line.path, baud: null, unit },
    });
  const watched = (board: RelayBoard): BoardWatch => {
    const watch = new BoardWatch(board);
    watches.push(watch);
    return watch;
  };
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'chot-board-'));
    units = [openUnit(1), openUnit(2)];
    line = new RtuSim(join(folder, 'board'), units, systemClock);
    opening = new OpenBoards({ clock: systemClock, random: () => 0.5 });
    watches = [];
    await line.plug();
  });
  afterEach(async () => {
    for (const watch of watches) await watch.stop();
    await line.close();
    rmSync(folder, { recursive: true });
  });

  test('an order whose answer comes late is given again, and the late answer is nobody’s', async () => {
    const board = open();
    const watch = watched(board);
    await watch.next('online');
    const [{ faults, relays }] = units;
    // The next request is answered while the one after it is out.
    faults.set({ kind: 'late', delayMs: 600 }, 1);
    await board.pulse(1, HOLD_MS, going());
    await board.set(2, true, going());
    expect(relays.isClosed(2)).toBe(true);
    expect(watch.words.filter((word) => word.startsWith('offline'))).toEqual([]);
  });

  test.each([
    [{ kind: 'silent', what: 'all' }, 'board.no-answer'],
    [{ kind: 'other-unit', unit: 9 }, 'board.wrong-unit'],
    [{ kind: 'garbled' }, 'board.noise'],
    [{ kind: 'exception', code: 4 }, 'board.refused'],
  ] as const)('a board that is %j is told, and back once it is mended', async (fault, reason) => {
    const board = open();
    const watch = watched(board);
    await watch.next('online');
    units[0].faults.set(fault);
    expect((await watch.next('offline')).reason).toBe(reason);
    await expect(board.pulse(1, HOLD_MS, going())).rejects.toMatchObject({ reason });
    units[0].faults.mend();
    await watch.next('online');
    await board.set(2, true, going());
  });

  test('a board that takes an order and does nothing is found out by reading back', async () => {
    const board = open();
    await watched(board).next('online');
    units[0].faults.set({ kind: 'deaf' });
    await expect(board.pulse(1, HOLD_MS, going())).rejects.toMatchObject({
      reason: 'board.not-done',
    });
  });

  test('an adapter that echoes is understood', async () => {
    line.echoes = true;
    const board = open();
    await watched(board).next('online');
    await board.pulse(1, HOLD_MS, going());
    await units[0].relays.until(1, false);
    expect(units[0].relays.closings(1)).toBe(1);
  });

  test('two boards share a line; one that is dead does not take the other along', async () => {
    const [one, two] = [open(1), open(2)];
    const [first, second] = [watched(one), watched(two)];
    await Promise.all([first.next('online'), second.next('online')]);
    await Promise.all([one.set(3, true, going()), two.set(4, true, going())]);
    expect(units.map(({ relays }) => [relays.isClosed(3), relays.isClosed(4)])).toEqual([
      [true, false],
      [false, true],
    ]);
    units[0].faults.set({ kind: 'silent', what: 'all' });
    await first.next('offline');
    await two.pulse(1, HOLD_MS, going());
    expect(units[1].relays.closings(1)).toBe(1);
    expect(second.words.filter((word) => word.startsWith('offline'))).toEqual([]);
  });

  test('noise on the line costs at most an order’s second try', async () => {
    const board = open();
    await watched(board).next('online');
    const order = board.pulse(1, HOLD_MS, going());
    line.noise(Buffer.from('00ff13', 'hex'));
    await order;
    expect(units[0].relays.closings(1)).toBe(1);
  });

  test('an input that bounces is told once, when it is still', async () => {
    const watch = watched(open());
    await watch.next('input', ({ channel, closed }) => channel === 1 && !closed);
    const stop = new AbortController();
    const { relays } = units[0];
    // Faster than anybody looks, for half a second.
    for (let i = 0; i < 100; i++) {
      relays.setInput(1, i % 2 === 0);
      await systemClock.sleep(5, stop.signal);
    }
    relays.setInput(1, true);
    await watch.next('input', ({ channel, closed }) => channel === 1 && closed);
  });

  test('a port that another program has is named, and taken when it is free', async () => {
    const other = await SerialLine.open({ ...LINE, path: line.path }, () => {});
    if (!(other instanceof SerialLine)) throw new Error(other.detail);
    const watch = watched(open());
    expect((await watch.next('offline')).reason).toBe('board.busy');
    await other.close();
    await watch.next('online');
  });

  test('what is no serial port is a fault, and nothing crashes', async () => {
    await line.unplug();
    symlinkSync('/dev/null', line.path);
    const watch = watched(open());
    expect((await watch.next('offline')).reason).toBe('board.fault');
  });

  test(`${UNPLUGS} times unplugged: each told and healed, no handle left`, async () => {
    const watch = watched(open());
    await watch.next('online');
    const before = openFiles();
    let worstMs = 0;
    for (let round = 0; round < UNPLUGS; round++) {
      worstMs = Math.max(worstMs, await taken(line.unplug(), watch.next('offline')));
      worstMs = Math.max(worstMs, await taken(line.plug(), watch.next('online')));
    }
    expect(openFiles()).toBeLessThanOrEqual(before + HANDLES_SPARE);
    console.log(`${UNPLUGS} times unplugged: told after ${Math.round(worstMs)} ms at most`);
  }, 3_600_000);
});

describe('a board on the network', () => {
  let server: TcpSim;
  let unit: ModbusUnit;
  let board: RelayBoard;
  let watch: BoardWatch;
  beforeEach(async () => {
    unit = openUnit(1);
    server = new TcpSim(unit, systemClock);
    await server.plug();
    board = new OpenBoards({ clock: systemClock, random: () => 0.5 }).open({
      ...COMMON,
      ...{ deviceId: 'board-1', driver: 'modbus-tcp', host: '127.0.0.1', port: server.port },
      unit: 1,
    });
    watch = new BoardWatch(board);
    await watch.next('online');
  });
  afterEach(async () => {
    await watch.stop();
    await server.close();
  });

  test('a late answer is passed over by its number', async () => {
    unit.faults.set({ kind: 'late', delayMs: 700 }, 1);
    await board.pulse(1, HOLD_MS, going());
    await board.set(2, true, going());
    expect(unit.relays.isClosed(2)).toBe(true);
  });

  test.each([
    [{ kind: 'other-unit', unit: 9 }, 'board.wrong-unit'],
    [{ kind: 'garbled' }, 'board.noise'],
    [{ kind: 'exception', code: 2 }, 'board.refused'],
  ] as const)('one that is %j is told, and back once it is mended', async (fault, reason) => {
    unit.faults.set(fault);
    expect((await watch.next('offline')).reason).toBe(reason);
    unit.faults.mend();
    await watch.next('online');
  });

  test('a pulled network cable, of which the connection hears nothing, is told and healed', async () => {
    for (let round = 0; round < UNPLUGS / 20; round++) {
      server.freeze(true);
      expect((await watch.next('offline')).reason).toBe('board.no-answer');
      server.freeze(false);
      await watch.next('online');
    }
    await board.set(2, true, going());
  }, 3_600_000);

  test(`${UNPLUGS} times without power: each told and healed, no handle left`, async () => {
    const before = openFiles();
    let worstMs = 0;
    for (let round = 0; round < UNPLUGS; round++) {
      worstMs = Math.max(worstMs, await taken(server.unplug(), watch.next('offline')));
      worstMs = Math.max(worstMs, await taken(server.plug(), watch.next('online')));
    }
    expect(openFiles()).toBeLessThanOrEqual(before + HANDLES_SPARE);
    console.log(`${UNPLUGS} times without power: told after ${Math.round(worstMs)} ms at most`);
  }, 3_600_000);
});

/** How long `told` comes after `done`. */
async function taken(done: Promise<void>, told: Promise<unknown>): Promise<number> {
  await done;
  const startedMs = systemClock.monoMs();
  await told;
  return systemClock.monoMs() - startedMs;
}

function openFiles(): number {
  return readdirSync('/proc/self/fd').length;
}
