import { VirtualClock } from '../../test/support/virtual-clock.ts';
import { describeLamp } from '../contract/lamp-contract.ts';
import { SimBoard } from '../relay/sim/sim-board.ts';
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

describeLamp('BoardLamp, switched', async () => {
  const clock = new VirtualClock();
  const board = new SimBoard({ deviceId: 'board-1', outputs: 1, inputs: 0 }, clock);
  const order = (level: number, signal: AbortSignal) => board.set(1, level > 0, signal);
  const lamp = new BoardLamp({ deviceId: 'lamp-1', dims: false, order }, { board, clock });
  const stop = new AbortController();
  let running = Promise.resolve();
  return {
    lamp: {
      ...{ deviceId: 'lamp-1', dims: false },
      shine: (level, signal) => lamp.shine(level, signal),
      onEvent: (listener) => lamp.onEvent(listener),
      run: (signal) => {
        running = board.run(stop.signal);
        return lamp.run(signal);
      },
    },
    level: () => (board.isClosed(1) ? 1 : 0),
    unplug: async () => board.unplug(),
    plug: async () => board.plug(),
    pass: (ms) => clock.advance(ms),
    close: async () => {
      stop.abort();
      await running;
    },
  };
});
