import { VirtualClock } from '../../test/support/virtual-clock.ts';
import { describeRelayBoard } from '../contract/relay-board-contract.ts';
import { SimBoard } from './sim/sim-board.ts';

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
