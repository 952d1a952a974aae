import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadBoardProfile } from '../../devices/relay/board-profile.ts';
import { OpenBoards } from '../../devices/relay/open-boards.ts';
import type { RelayBoard } from '../../devices/relay/relay-board.ts';
import { SimBoard } from '../../devices/relay/sim/sim-board.ts';
import { PtyCable, ptyObstacle } from '../../devices/serial/sim/pty-cable.ts';
import { RelaySignal } from '../../devices/signal/relay-signal.ts';
import type { Clock } from '../../src/ports/clock.ts';
import { systemClock } from '../../src/station/system-clock.ts';
import { LaneRig, person } from '../scenarios/lane-rig.ts';
import { VirtualClock } from '../support/virtual-clock.ts';

const AN = person(1);
const BINH = person(2);
const GREEN = 1;
const RED = 2;
const BUZZER = 3;
const obstacle = ptyObstacle();
const ACTIONS = ['let-pass', 'turn-back', 'set-aside'] as const;

function towerOn(board: RelayBoard, clock: Clock): RelaySignal {
  const lights = {
    green: { channel: GREEN, burnsAtRest: false },
    red: { channel: RED, burnsAtRest: false },
  };
  return new RelaySignal(
    { deviceId: 'light-1', lights, buzzer: BUZZER, atStop: 'red' },
    { board, clock },
  );
}

describe('lights and buzzer of a check and of a stop (security A4)', () => {
  test('do the same at the same moment', async () => {
    for (const action of ACTIONS) {
      const traces = [];
      for (const register of ['f0', 'f1']) {
        const clock = new VirtualClock();
        const board = new SimBoard({ deviceId: 'board-1', outputs: 3, inputs: 0 }, clock);
        const tower = towerOn(board, clock);
        const stop = new AbortController();
        const running = [board.run(stop.signal), tower.run(stop.signal)];
        const rig = new LaneRig({ clock, registers: ['f0', 'f1'], signals: [tower] });
        rig.list(AN.number, register);
        await rig.pass(1_000);
        rig.scan(AN.card);
        await rig.pass(5_000);
        rig.scan(BINH.card);
        await rig.pass(5_000);
        rig.tap(action);
        await rig.pass(30_000);
        traces.push(board.trace);
        stop.abort();
        await Promise.all(running);
      }
      expect(traces[0]).toEqual(traces[1]);
      expect(traces[0]?.filter(({ channel }) => channel === BUZZER).length).toBeGreaterThanOrEqual(
        6,
      );
    }
  });

  test.skipIf(obstacle !== null)(
    `send the same bytes down a serial line (${obstacle ?? 'socat'})`,
    async () => {
      const check = await bytesOf('f1');
      const stop = await bytesOf('f0');
      expect(stop).toBe(check);
      // Red after green is dark, and three sounds.
      expect(check).toContain('a00100a1 a00201a3');
      expect(check.match(/a00301a4/g)).toHaveLength(3);
    },
  );
});

/** What a person in that register makes go down the line of an LCUS board that answers nothing, until it is quiet. */
async function bytesOf(register: string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'chot-wire-'));
  const path = join(folder, 'board');
  let wire = '';
  let heard = () => {};
  const cable = new PtyCable(path, (bytes) => {
    wire += Buffer.from(bytes).toString('hex');
    heard();
  });
  const until = async (isSo: () => boolean) => {
    while (!isSo()) {
      await new Promise<void>((resolve) => {
        heard = resolve;
      });
    }
  };
  await cable.plug();
  const profile = { ...loadBoardProfile('lcus-4'), answersStatus: false };
  const board = new OpenBoards({ clock: systemClock, random: () => 0.5 }).open({
    ...{ deviceId: 'board-1', urgent: [], driver: 'lcus', path, baud: null, profile },
  });
  const tower = towerOn(board, systemClock);
  const stop = new AbortController();
  const online = new Promise<void>((resolve) => {
    tower.onEvent(() => resolve());
  });
  const boardRunning = board.run(stop.signal);
  const running = tower.run(stop.signal);
  await online;
  const rig = new LaneRig({ registers: ['f0', 'f1'], signals: [tower] });
  rig.list(AN.number, register);
  rig.scan(AN.card);
  await until(() => soundsEnded(wire) === 3);
  stop.abort();
  await Promise.all([running, boardRunning]);
  await cable.unplug();
  rmSync(folder, { recursive: true });
  const orders = ordersSince(wire);
  return orders.slice(0, 8).join(' ');
}

/** From the first order to a light on; before that the tower only made sure that nothing sounds. */
function ordersSince(wire: string): readonly string[] {
  const orders: readonly string[] = wire.match(/.{8}/g) ?? [];
  const first = orders.indexOf('a00100a1');
  return first === -1 ? [] : orders.slice(first);
}

function soundsEnded(wire: string): number {
  return ordersSince(wire).filter((order) => order === 'a00300a3').length;
}
