import type { Clock } from '../../src/ports/clock.ts';
import type { Lamp } from '../../src/ports/lamp.ts';
import { systemClock } from '../../src/station/system-clock.ts';
import { VirtualClock } from '../../test/support/virtual-clock.ts';
import { describeLamp } from '../contract/lamp-contract.ts';
import { loadBoardProfile } from '../relay/board-profile.ts';
import { OpenBoards } from '../relay/open-boards.ts';
import type { RelayBoard } from '../relay/relay-board.ts';
import { ModbusUnit } from '../relay/sim/modbus-unit.ts';
import { SimBoard } from '../relay/sim/sim-board.ts';
import { SimFaults } from '../relay/sim/sim-faults.ts';
import { SimRelays } from '../relay/sim/sim-relays.ts';
import { TcpSim } from '../relay/sim/tcp-sim.ts';
import { BoardLamp } from './board-lamp.ts';
import { SimLamp } from './sim-lamp.ts';

for (const dims of [true, false]) {
  describeLamp(`SimLamp, ${dims ? 'dimmed' : 'switched'}`, async () => {
    const clock = new VirtualClock();
    const lamp = new SimLamp('lamp-1', dims, clock);
    return {
      lamp,
      level: () => lamp.level,
      unplug: async () => lamp.unplug(),
      plug: async () => lamp.plug(),
      pass: (ms) => clock.advance(ms),
      close: async () => {},
    };
  });
}

for (const dims of [true, false]) {
  describeLamp(`BoardLamp, ${dims ? 'dimmed' : 'switched'}`, async () => {
    const clock = new VirtualClock();
    const board = new SimBoard({ deviceId: 'board-1', outputs: 1, inputs: 0, dimmers: 1 }, clock);
    return {
      lamp: lampOn(board, dims, clock),
      level: () => (dims ? board.levelOf(1) : Number(board.isClosed(1))),
      unplug: async () => board.unplug(),
      plug: async () => board.plug(),
      pass: (ms) => clock.advance(ms),
      close: async () => {},
    };
  });
}

describeLamp('BoardLamp, dimmed by a Modbus/TCP board', async () => {
  const relays = new SimRelays(0, 0, systemClock, 8);
  const server = new TcpSim(new ModbusUnit(1, relays, new SimFaults()), systemClock);
  await server.plug();
  const board = new OpenBoards({ clock: systemClock, random: () => 0.5 }).open({
    ...{ deviceId: 'board-1', urgent: [], profile: loadBoardProfile('modbus-dimmer') },
    ...{ driver: 'modbus-tcp', host: '127.0.0.1', port: server.port, unit: null },
  });
  return {
    lamp: lampOn(board, true, systemClock),
    level: () => (relays.registers[0] ?? 0) / 10_000,
    unplug: () => server.unplug(),
    plug: () => server.plug(),
    pass: (ms) => systemClock.sleep(ms, new AbortController().signal),
    close: () => server.close(),
  };
});

/** A lamp whose board runs as long as it does, and a moment longer. */
function lampOn(board: RelayBoard, dims: boolean, clock: Clock): Lamp {
  const order = (level: number, signal: AbortSignal) =>
    dims ? board.dim(1, level, signal) : board.set(1, level > 0, signal);
  const lamp = new BoardLamp({ deviceId: 'lamp-1', dims, order }, { board, clock });
  return {
    ...{ deviceId: 'lamp-1', dims },
    shine: (level, signal) => lamp.shine(level, signal),
    onEvent: (listener) => lamp.onEvent(listener),
    run: async (signal) => {
      const stop = new AbortController();
      const running = board.run(stop.signal);
      await lamp.run(signal);
      stop.abort();
      await running;
    },
  };
}
