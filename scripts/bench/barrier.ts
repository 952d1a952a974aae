import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadBoardProfile } from '../../devices/relay/board-profile.ts';
import { OpenBoards } from '../../devices/relay/open-boards.ts';
import type { RelayBoard } from '../../devices/relay/relay-board.ts';
import { ModbusUnit } from '../../devices/relay/sim/modbus-unit.ts';
import { RtuSim } from '../../devices/relay/sim/rtu-sim.ts';
import { SimFaults } from '../../devices/relay/sim/sim-faults.ts';
import { SimRelays } from '../../devices/relay/sim/sim-relays.ts';
import { TcpSim } from '../../devices/relay/sim/tcp-sim.ts';
import { systemClock } from '../../src/station/system-clock.ts';

/**
 * From the order to the board's contact, and to the order's end (output read back), while inputs are looked at 20 times a second.
 * Not in it: the wire (8 bytes at 9600 baud take 8 ms each way) and the relay's own 10 ms.
 */
const ORDERS = 300;
const WARM_UP = 20;
const HOLD_MS = 100;
const REST_MS = 30;

const going = new AbortController().signal;
const profile = loadBoardProfile('waveshare-8-inputs');
const common = { deviceId: 'board', profile, urgent: [1], unit: 1 } as const;

console.table([await overRtu(), await overTcp()]);

async function overRtu() {
  const folder = mkdtempSync(join(tmpdir(), 'chot-bench-barrier-'));
  const relays = new SimRelays(8, 8, systemClock);
  const line = new RtuSim(
    join(folder, 'board'),
    [new ModbusUnit(1, relays, new SimFaults())],
    systemClock,
  );
  await line.plug();
  const row = await measure('modbus-rtu, pty', relays, {
    ...{ ...common, driver: 'modbus-rtu', path: line.path, baud: null },
  });
  await line.close();
  rmSync(folder, { recursive: true });
  return row;
}

async function overTcp() {
  const relays = new SimRelays(8, 8, systemClock);
  const server = new TcpSim(new ModbusUnit(1, relays, new SimFaults()), systemClock);
  await server.plug();
  const row = await measure('modbus-tcp, loopback', relays, {
    ...{ ...common, driver: 'modbus-tcp', host: '127.0.0.1', port: server.port },
  });
  await server.close();
  return row;
}

async function measure(
  way: string,
  relays: SimRelays,
  settings: Parameters<OpenBoards['open']>[0],
) {
  const board = new OpenBoards({ clock: systemClock, random: Math.random }).open(settings);
  const stop = new AbortController();
  const online = isOnline(board);
  const running = board.run(stop.signal);
  await online;
  const contact: number[] = [];
  const done: number[] = [];
  for (let order = 0; order < ORDERS + WARM_UP; order++) {
    const fromMs = performance.now();
    const closed = relays.until(1, true).then(() => performance.now() - fromMs);
    await board.pulse(1, HOLD_MS, going);
    const doneMs = performance.now() - fromMs;
    const closedMs = await closed;
    await relays.until(1, false);
    await systemClock.sleep(Math.random() * REST_MS, going);
    if (order < WARM_UP) continue;
    contact.push(closedMs);
    done.push(doneMs);
  }
  stop.abort();
  await running;
  const at = (values: readonly number[], part: number) =>
    Number([...values].sort((a, b) => a - b)[Math.floor(values.length * part)]?.toFixed(1));
  return {
    way,
    orders: ORDERS,
    'contact median ms': at(contact, 0.5),
    'contact p95 ms': at(contact, 0.95),
    'done median ms': at(done, 0.5),
    'done p95 ms': at(done, 0.95),
  };
}

function isOnline(board: RelayBoard): Promise<void> {
  return new Promise((resolve) => {
    board.onEvent(({ kind }) => {
      if (kind === 'online') resolve();
    });
  });
}
