import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../src/station/system-clock.ts';
import { VirtualClock } from '../../test/support/virtual-clock.ts';
import { ModbusServer } from '../contract/modbus-server.ts';
import { describeRelayBoard, type RelayBoardRig } from '../contract/relay-board-contract.ts';
import { ptyObstacle } from '../serial/sim/pty-cable.ts';
import { loadBoardProfile } from './board-profile.ts';
import { type BoardSettings, OpenBoards } from './open-boards.ts';
import { LcusSim } from './sim/lcus-sim.ts';
import { ModbusUnit } from './sim/modbus-unit.ts';
import { RtuSim } from './sim/rtu-sim.ts';
import { SimBoard } from './sim/sim-board.ts';
import { SimFaults } from './sim/sim-faults.ts';
import { SimRelays } from './sim/sim-relays.ts';
import { TcpSim } from './sim/tcp-sim.ts';

const obstacle = ptyObstacle();
const DEVICE = { deviceId: 'test-board', urgent: [1] } as const;
/** An order is sent twice before it is given up. */
const TRIES = 2;

describeRelayBoard('SimBoard', async () => {
  const clock = new VirtualClock();
  const board = new SimBoard({ deviceId: 'test-board', outputs: 4, inputs: 4 }, clock);
  return {
    board,
    contact: async (channel, closed) => {
      while (board.isClosed(channel) !== closed) await clock.advance(50);
    },
    closings: (channel) =>
      board.trace.filter((event) => event.channel === channel && event.what === 'closed').length,
    setInput: (channel, closed) => board.setInput(channel, closed),
    loseNextOrder: () => board.loseOrders(1),
    unplug: async () => board.unplug(),
    plug: async () => board.plug(),
    close: async () => {},
  };
});

describeRelayBoard('lcus, with status', () => lcusRig('lcus-4'), obstacle);
describeRelayBoard('lcus, without an answer to anything', () => lcusRig('lcus-mute'), obstacle);

describeRelayBoard(
  'modbus-rtu, own timer and inputs',
  async () => {
    const { unit, ...rig } = openUnit(8, 8);
    const folder = mkdtempSync(join(tmpdir(), 'chot-board-'));
    const line = new RtuSim(join(folder, 'board'), [unit], systemClock);
    await line.plug();
    return {
      ...rig,
      board: open({ ...rtu(line.path), profile: loadBoardProfile('waveshare-8-inputs') }),
      unplug: () => line.unplug(),
      plug: () => line.plug(),
      close: async () => {
        await line.close();
        rmSync(folder, { recursive: true });
      },
    };
  },
  obstacle,
);

describeRelayBoard('modbus-tcp, own timer and inputs', async () => {
  const { unit, ...rig } = openUnit(8, 8);
  const server = new TcpSim(unit, systemClock);
  await server.plug();
  return {
    ...rig,
    board: open({ ...tcp(server.port), profile: loadBoardProfile('waveshare-8-inputs') }),
    unplug: () => server.unplug(),
    plug: () => server.plug(),
    close: () => server.close(),
  };
});

describeRelayBoard("modbus-tcp, another project's server, no timer", async () => {
  const relays = new SimRelays(16, 16, systemClock);
  const server = new ModbusServer(relays);
  await server.plug();
  return {
    ...far(relays),
    board: open({ ...tcp(server.port), profile: loadBoardProfile('modbus-coils') }),
    loseNextOrder: () => server.loseOrders(TRIES),
    unplug: () => server.unplug(),
    plug: () => server.plug(),
    close: () => server.unplug(),
  };
});

async function lcusRig(name: 'lcus-4' | 'lcus-mute'): Promise<RelayBoardRig> {
  const answersStatus = name === 'lcus-4';
  const relays = new SimRelays(4, 0, systemClock);
  const faults = new SimFaults();
  const folder = mkdtempSync(join(tmpdir(), 'chot-board-'));
  const path = join(folder, 'board');
  const cable = new LcusSim(path, relays, faults, answersStatus);
  await cable.plug();
  const profile = { ...loadBoardProfile('lcus-4'), answersStatus };
  return {
    ...far(relays),
    board: open({ ...DEVICE, driver: 'lcus', path, baud: null, profile }),
    setInput: null,
    loseNextOrder: answersStatus
      ? () => faults.set({ kind: 'silent', what: 'orders' }, TRIES)
      : null,
    unplug: () => cable.unplug(),
    plug: () => cable.plug(),
    close: async () => {
      await cable.unplug();
      rmSync(folder, { recursive: true });
    },
  };
}

function openUnit(outputs: number, inputs: number) {
  const relays = new SimRelays(outputs, inputs, systemClock);
  const faults = new SimFaults();
  return {
    ...far(relays),
    unit: new ModbusUnit(1, relays, faults),
    loseNextOrder: () => faults.set({ kind: 'silent', what: 'orders' }, TRIES),
  };
}

function far(relays: SimRelays): Pick<RelayBoardRig, 'contact' | 'closings' | 'setInput'> {
  return {
    contact: (channel, closed) => relays.until(channel, closed),
    closings: (channel) => relays.closings(channel),
    setInput: (channel, closed) => relays.setInput(channel, closed),
  };
}

function open(settings: BoardSettings) {
  return new OpenBoards({ clock: systemClock, random: () => 0.5 }).open(settings);
}

function rtu(path: string) {
  return { ...DEVICE, driver: 'modbus-rtu', path, baud: null, unit: null } as const;
}

function tcp(port: number) {
  return { ...DEVICE, driver: 'modbus-tcp', host: '127.0.0.1', port, unit: null } as const;
}
