import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/station/system-clock.ts';
import { BoardWatch } from '../contract/device-watch.ts';
import { ModbusRtuServer, modbusRtuServerObstacle } from '../contract/modbus-rtu-server.ts';
import { describeRelayBoard } from '../contract/relay-board-contract.ts';
import { SerialLine } from '../serial/serial-line.ts';
import { loadBoardProfile } from './board-profile.ts';
import { OpenBoards } from './open-boards.ts';
import type { RelayBoard } from './relay-board.ts';

const PROFILE = loadBoardProfile('modbus-coils');
const LINE = { baudRate: 9_600, dataBits: 8, parity: 'none', stopBits: 1 } as const;
/** An order is sent twice before it is given up. */
const TRIES = 2;

const obstacle = modbusRtuServerObstacle();
if (obstacle !== null) process.stderr.write(`SKIPPED: another project's RTU server: ${obstacle}\n`);
const going = () => new AbortController().signal;

const folder = mkdtempSync(join(tmpdir(), 'chot-board-'));
const server = new ModbusRtuServer(folder, systemClock);
beforeAll(async () => {
  if (obstacle === null) await server.start();
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

function opener(): (unit: 1 | 2) => RelayBoard {
  const opening = new OpenBoards({ clock: systemClock, random: () => 0.5 });
  return (unit) =>
    opening.open({
      ...{ deviceId: `board-${unit}`, driver: 'modbus-rtu', path: server.path, baud: null },
      ...{ unit, profile: PROFILE, urgent: [1] },
    });
}

describeRelayBoard(
  "modbus-rtu, another project's server, no timer",
  async () => {
    await server.reset();
    await server.plug();
    return {
      board: opener()(1),
      contact: (channel, closed) => server.boards[0].until(channel, closed),
      closings: (channel) => server.boards[0].closings(channel),
      setInput: (channel, closed) => server.setInput(channel, closed),
      loseNextOrder: () => server.setFault({ kind: 'silent', orders: true, requests: TRIES }),
      unplug: () => server.unplug(),
      plug: () => server.plug(),
      close: async () => {
        await server.unplug();
        // Every frame of ours had the sum that others reckon.
        expect(server.refused).toEqual([]);
      },
    };
  },
  obstacle,
);

describe.skipIf(obstacle !== null)(
  `two boards of another project on a serial line (${obstacle ?? 'pymodbus'})`,
  () => {
    let open: (unit: 1 | 2) => RelayBoard;
    let watches: BoardWatch[];
    const watched = (board: RelayBoard): BoardWatch => {
      const watch = new BoardWatch(board);
      watches.push(watch);
      return watch;
    };
    beforeEach(async () => {
      open = opener();
      watches = [];
      await server.reset();
      await server.plug();
    });
    afterEach(async () => {
      for (const watch of watches) await watch.stop();
      await server.unplug();
    });

    test.each([
      { kind: 'wrong-sum' },
      { kind: 'other-unit', unit: 2 },
      { kind: 'late', delayMs: 600 },
    ] as const)(
      'an order whose answer is $kind is given again, and what comes late is nobody’s',
      async (fault) => {
        const board = open(1);
        const watch = watched(board);
        await watch.next('online');
        await server.setFault({ ...fault, orders: true, requests: 1 });
        await board.set(1, true, going());
        await board.set(2, true, going());
        await server.boards[0].until(1, true);
        await server.boards[0].until(2, true);
        expect(watch.words.filter((word) => word.startsWith('offline'))).toEqual([]);
        expect(server.refused).toEqual([]);
      },
    );

    test('a board whose every answer is another’s is told, and back once it is mended', async () => {
      const watch = watched(open(1));
      await watch.next('online');
      const requests = Number.MAX_SAFE_INTEGER;
      await server.setFault({ kind: 'other-unit', unit: 2, orders: false, requests });
      expect((await watch.next('offline')).reason).toBe('board.wrong-unit');
      await server.setFault(null);
      await watch.next('online');
    });

    test('an output that the profile has and the board has not is refused in the board’s own words', async () => {
      const board = open(1);
      await watched(board).next('online');
      await expect(board.set(9, true, going())).rejects.toMatchObject({
        reason: 'board.refused',
        message: expect.stringContaining('illegal data address'),
      });
    });

    test('two units on one line each do what they are told, and no other', async () => {
      const [one, two] = [open(1), open(2)];
      const both = [watched(one), watched(two)];
      await Promise.all(both.map((watch) => watch.next('online')));
      await Promise.all([one.set(3, true, going()), two.set(4, true, going())]);
      await server.boards[0].until(3, true);
      await server.boards[1].until(4, true);
      expect(server.boards.map((board) => [board.closings(3), board.closings(4)])).toEqual([
        [1, 0],
        [0, 1],
      ]);
    });

    test('this server does look at sums: a frame with a wrong one is refused, and a right one answered', async () => {
      let heard = Buffer.alloc(0);
      let wake = () => {};
      const line = await SerialLine.open({ ...LINE, path: server.path }, (bytes) => {
        heard = Buffer.concat([heard, bytes]);
        wake();
      });
      if (!(line instanceof SerialLine)) throw new Error(line.detail);
      line.write(Buffer.from('0101000000083dcd', 'hex'));
      await server.untilRefused(1);
      line.write(Buffer.from('0101000000083dcc', 'hex'));
      while (heard.length < 6) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      await line.close();
      expect(heard.toString('hex')).toBe('010101005188');
      expect(server.refused).toEqual(['0101000000083dcd']);
    });
  },
);
