import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { OutwardSignal } from '../../src/ports/signal.ts';
import { VirtualClock } from '../../test/support/virtual-clock.ts';
import { describeSignal } from '../contract/signal-contract.ts';
import { SimBoard } from '../relay/sim/sim-board.ts';
import { RelaySignal, type RelaySignalSettings } from './relay-signal.ts';

const GREEN = 1;
const RED = 2;
const AMBER = 3;
const BUZZER = 4;
const going = () => new AbortController().signal;

const TOWER: RelaySignalSettings = {
  deviceId: 'light-1',
  lights: {
    green: { channel: GREEN, burnsAtRest: false },
    amber: { channel: AMBER, burnsAtRest: false },
    red: { channel: RED, burnsAtRest: false },
  },
  buzzer: BUZZER,
  atStop: 'red',
};

function openTower(settings: Partial<RelaySignalSettings> = {}) {
  const clock = new VirtualClock();
  const board = new SimBoard({ deviceId: 'board-1', outputs: 4, inputs: 0 }, clock);
  const signal = new RelaySignal({ ...TOWER, ...settings }, { board, clock });
  const stop = new AbortController();
  const boardStop = new AbortController();
  const boardRunning = board.run(boardStop.signal);
  return {
    ...{ clock, board, signal },
    run: () => signal.run(stop.signal),
    closed: () => [GREEN, AMBER, RED, BUZZER].filter((channel) => board.isClosed(channel)),
    end: async (running: Promise<void>) => {
      stop.abort();
      await running;
      boardStop.abort();
      await boardRunning;
    },
  };
}

describeSignal('RelaySignal', async () => {
  const clock = new VirtualClock();
  const board = new SimBoard({ deviceId: 'board-1', outputs: 4, inputs: 0 }, clock);
  const signal = new RelaySignal(TOWER, { board, clock });
  const stop = new AbortController();
  let running: Promise<void> = Promise.resolve();
  return {
    signal: {
      deviceId: signal.deviceId,
      show: (state, given) => signal.show(state, given),
      onEvent: (listener) => signal.onEvent(listener),
      run: (given) => {
        running = board.run(stop.signal);
        return signal.run(given);
      },
    },
    recorded: async () => Buffer.from(JSON.stringify(board.trace)),
    unplug: async () => board.unplug(),
    plug: async () => board.plug(),
    pass: (ms) => clock.advance(ms),
    close: async () => {
      stop.abort();
      await running;
    },
  };
});

describe('a tower on a relay board', () => {
  let tower: ReturnType<typeof openTower>;
  let running: Promise<void>;
  beforeEach(() => {
    tower = openTower();
    running = tower.run();
  });
  afterEach(() => tower.end(running));
  const show = (state: OutwardSignal) => tower.signal.show(state, going());

  test('shows one light a state, and never two at once', async () => {
    const lights: Readonly<Record<OutwardSignal, number>> = {
      ...{ idle: AMBER, go: GREEN, wait: RED, closed: RED },
    };
    for (const [state, light] of Object.entries(lights)) {
      await show(state as OutwardSignal);
      await tower.clock.advance(2_000);
      expect(tower.closed()).toEqual([light]);
    }
    let lit = 0;
    for (const { channel, what } of tower.board.trace) {
      if (channel === BUZZER) continue;
      lit += what === 'closed' ? 1 : -1;
      expect(lit).toBeLessThanOrEqual(1);
    }
  });

  test('sounds the rhythm of its state by pulses, so that nothing can leave it sounding', async () => {
    await show('wait');
    await tower.clock.advance(2_000);
    const sounds = tower.board.trace.filter(({ channel }) => channel === BUZZER);
    expect(sounds.map(({ atMonoMs }) => atMonoMs)).toEqual([0, 200, 300, 500, 600, 800]);
  });

  test('a new state cancels the rhythm of the one before', async () => {
    await show('wait');
    await tower.clock.advance(50);
    await show('closed');
    await tower.clock.advance(2_000);
    const sounds = tower.board.trace.filter(({ channel }) => channel === BUZZER);
    expect(sounds.map(({ what, atMonoMs }) => `${what} ${atMonoMs}`)).toEqual([
      'closed 0',
      'released 200',
    ]);
  });

  test('a board that was without power is lit again within ten seconds, silently', async () => {
    await show('wait');
    await tower.clock.advance(1_000);
    await tower.board.set(RED, false, going());
    await tower.clock.advance(10_000);
    expect(tower.closed()).toEqual([RED]);
    expect(tower.board.trace.filter(({ channel }) => channel === BUZZER)).toHaveLength(6);
  });

  test('back after an outage it shows what holds by now, not what held before', async () => {
    await show('go');
    await tower.clock.advance(1_000);
    tower.board.unplug();
    await expect(show('wait')).rejects.toThrow('is not there');
    tower.board.plug();
    await tower.clock.advance(0);
    expect(tower.closed()).toEqual([RED]);
    await tower.clock.advance(3_000);
    expect(tower.board.trace.filter(({ channel }) => channel === BUZZER)).toHaveLength(2);
  });

  test('an order the board lost is given again by itself', async () => {
    await show('go');
    await tower.clock.advance(1_000);
    tower.board.loseOrders(2);
    await expect(show('wait')).rejects.toThrow('did not answer');
    await tower.clock.advance(1_000);
    expect(tower.closed()).toEqual([RED]);
  });

  test('a buzzer that a crash left on is ended as soon as the board is there', async () => {
    await tower.board.set(BUZZER, true, going());
    tower.board.unplug();
    tower.board.plug();
    await tower.clock.advance(0);
    expect(tower.closed()).toEqual([]);
  });

  test('ends at red, and silent', async () => {
    await show('wait');
    await tower.clock.advance(100);
    const ended = tower.end(running);
    await tower.clock.advance(500);
    await ended;
    expect(tower.closed()).toEqual([RED]);
  });
});

test('ends dark where that is wanted', async () => {
  const tower = openTower({ atStop: 'dark' });
  const running = tower.run();
  await tower.signal.show('go', going());
  await tower.clock.advance(1_000);
  await tower.end(running);
  expect(tower.closed()).toEqual([]);
});

test('a red light on the closed contact burns while the relay is at rest', async () => {
  const tower = openTower({
    lights: {
      green: { channel: GREEN, burnsAtRest: false },
      red: { channel: RED, burnsAtRest: true },
    },
    buzzer: null,
  });
  const running = tower.run();
  await tower.signal.show('wait', going());
  expect(tower.closed()).toEqual([]);
  await tower.signal.show('go', going());
  expect(tower.closed()).toEqual([GREEN, RED]);
  await tower.end(running);
  expect(tower.closed()).toEqual([]);
});

test('a board that takes no order at the end does not keep the station from ending', async () => {
  const tower = openTower();
  const running = tower.run();
  await tower.signal.show('go', going());
  await tower.clock.advance(1_000);
  tower.board.loseOrders(100);
  await tower.end(running);
  expect(tower.closed()).toEqual([GREEN]);
});
