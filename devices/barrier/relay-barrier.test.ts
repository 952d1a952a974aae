import { beforeEach, describe, expect, test } from 'vitest';
import type { BarrierEvent } from '../../src/ports/barrier.ts';
import { VirtualClock } from '../../test/support/virtual-clock.ts';
import { describeBarrier } from '../contract/barrier-contract.ts';
import { SimBoard } from '../relay/sim/sim-board.ts';
import { RelayBarrier, type RelayBarrierSettings } from './relay-barrier.ts';

const SETTINGS: RelayBarrierSettings = {
  deviceId: 'test-barrier',
  output: 1,
  pulseMs: 800,
  staysOpenMs: 5_000,
  travelMs: 3_000,
  safe: 'keep',
  inputs: {
    presence: { channel: 1, normallyClosed: false },
    closing: { channel: 2, normallyClosed: false },
    tamper: { channel: 5, normallyClosed: true },
    emergency: { channel: 6, normallyClosed: true },
  },
};
const LIMITS = {
  ...SETTINGS.inputs,
  limitOpen: { channel: 3, normallyClosed: false },
  limitClosed: { channel: 4, normallyClosed: false },
};
const CHANNELS = { presence: 1, closing: 2, tamper: 5, emergency: 6 } as const;
const NORMALLY_CLOSED = [5, 6];

function openBoard(clock: VirtualClock): SimBoard {
  const board = new SimBoard({ deviceId: 'test-board', outputs: 4, inputs: 8 }, clock);
  for (const channel of NORMALLY_CLOSED) board.setInput(channel, true);
  board.setInput(4, true);
  return board;
}

describeBarrier('RelayBarrier, without limits', () => {
  const clock = new VirtualClock();
  const board = openBoard(clock);
  return {
    barrier: new RelayBarrier(SETTINGS, { board, clock }),
    run: (signal) => board.run(signal),
    settle: () => clock.advance(500),
    waitUntilItCloses: () => clock.advance(10_000),
    loseNextOrder: () => board.loseOrders(1),
    setInput: (input, on) => {
      const channel = CHANNELS[input];
      board.setInput(channel, on !== NORMALLY_CLOSED.includes(channel));
    },
    lift: null,
    unplug: () => board.unplug(),
    plug: () => board.plug(),
  };
});

describe('an arm with both limits', () => {
  let clock: VirtualClock;
  let board: SimBoard;
  let events: BarrierEvent[];
  const going = () => new AbortController().signal;
  const states = () => events.flatMap((event) => (event.kind === 'state' ? [event.state] : []));
  const open = (settings: Partial<RelayBarrierSettings> = {}) => {
    const barrier = new RelayBarrier(
      { ...SETTINGS, inputs: LIMITS, ...settings },
      { board, clock },
    );
    barrier.onEvent((event) => events.push(event));
    return barrier;
  };
  beforeEach(() => {
    clock = new VirtualClock();
    board = openBoard(clock);
    events = [];
  });
  const started = async (barrier: RelayBarrier, stop = new AbortController()) => {
    const running = Promise.all([board.run(going()), barrier.run(stop.signal)]);
    void running;
    await clock.advance(300);
    return stop;
  };

  test('is moving between its limits, and both at once are unknown', async () => {
    const barrier = open();
    await started(barrier);
    expect(barrier.state()).toBe('closed');
    await barrier.open(going());
    board.setInput(4, false);
    expect(barrier.state()).toBe('moving');
    board.setInput(3, true);
    expect(barrier.state()).toBe('open');
    board.setInput(4, true);
    expect(barrier.state()).toBe('unknown');
    expect(states()).toEqual(['closed', 'moving', 'open', 'unknown']);
  });

  test('that does not reach the upper one in time is told stuck, once', async () => {
    const barrier = open();
    await started(barrier);
    await barrier.open(going());
    await clock.advance(10_000);
    expect(events.filter(({ kind }) => kind === 'stuck')).toHaveLength(1);
  });

  test('that reaches it in time is not', async () => {
    const barrier = open();
    await started(barrier);
    await barrier.open(going());
    await clock.advance(2_900);
    board.setInput(3, true);
    await clock.advance(10_000);
    expect(events.filter(({ kind }) => kind === 'stuck')).toEqual([]);
  });

  test('that moves again before its time after an order is not told moved; later it is', async () => {
    const barrier = open();
    await started(barrier);
    await barrier.open(going());
    board.setInput(4, false);
    board.setInput(4, true);
    board.setInput(4, false);
    expect(events.filter(({ kind }) => kind === 'moved')).toEqual([]);
    board.setInput(4, true);
    await clock.advance(6_000);
    board.setInput(4, false);
    expect(events.filter(({ kind }) => kind === 'moved')).toHaveLength(1);
  });

  const closings = () => board.trace.filter(({ what }) => what === 'closed').length;

  test.each([0, 300, 799, 800, 900])(
    'an order %i ms after another is a closing of its own',
    async (later) => {
      const barrier = open();
      await started(barrier);
      const orders = [barrier.open(going())];
      await clock.advance(later);
      orders.push(barrier.open(going()));
      await clock.advance(200);
      await Promise.all(orders);
      expect(closings()).toBe(2);
      const [first, second] = board.trace.filter(({ what }) => what === 'released');
      const again = board.trace.filter(({ what }) => what === 'closed')[1];
      expect((again?.atMonoMs ?? 0) - (first?.atMonoMs ?? 0)).toBeGreaterThanOrEqual(200);
      expect(second).toBeUndefined();
    },
  );

  test('an order after the pause is given at once, with nothing before it', async () => {
    const barrier = open();
    await started(barrier);
    await barrier.open(going());
    await clock.advance(1_000);
    const { length } = board.trace;
    await barrier.open(going());
    expect(board.trace.slice(length).map(({ what }) => what)).toEqual(['closed']);
  });

  test('the button pressed while an order waits for its pause holds the contact, and the order does not end it', async () => {
    const barrier = open();
    await started(barrier);
    await barrier.open(going());
    const second = barrier.open(going());
    await clock.advance(100);
    board.setInput(6, false);
    await clock.advance(300);
    await second;
    await clock.advance(10_000);
    expect(board.isClosed(1)).toBe(true);
  });

  test('an order given up in its pause closes nothing more', async () => {
    const barrier = open();
    await started(barrier);
    await barrier.open(going());
    const stop = new AbortController();
    const second = barrier.open(stop.signal);
    stop.abort();
    await expect(second).rejects.toThrow();
    await clock.advance(1_000);
    expect(closings()).toBe(1);
  });

  test('a contact that a crash left closed is released when the station starts again', async () => {
    const stop = new AbortController();
    void board.run(going());
    await board.set(1, true, going());
    const barrier = open();
    board.unplug();
    board.plug();
    void barrier.run(stop.signal);
    await clock.advance(300);
    expect(board.isClosed(1)).toBe(false);
  });

  test.each([
    ['open', true],
    ['closed', false],
    ['keep', false],
  ] as const)(
    'with safe = %s a station that ends leaves the contact closed: %s',
    async (safe, held) => {
      const barrier = open({ safe });
      const stop = await started(barrier);
      stop.abort();
      await clock.advance(2_000);
      expect(board.isClosed(1)).toBe(held);
    },
  );

  test('a button pressed while the board was away holds once it is back', async () => {
    const barrier = open();
    await started(barrier);
    board.unplug();
    board.setInput(6, false);
    await clock.advance(300);
    expect(board.isClosed(1)).toBe(false);
    board.plug();
    await clock.advance(300);
    expect(board.isClosed(1)).toBe(true);
  });

  test('a board that loses the order for the button gets it again until it has taken it', async () => {
    const barrier = open();
    await started(barrier);
    board.loseOrders(3);
    board.setInput(6, false);
    await clock.advance(300);
    expect(board.isClosed(1)).toBe(false);
    await clock.advance(3_000);
    expect(board.isClosed(1)).toBe(true);
  });
});
