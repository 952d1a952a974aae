import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ptyObstacle } from '../../devices/serial/sim/pty-cable.ts';
import { EMERGENCY, GATE_CONFIG, GateBoard, PRESENCE } from '../support/gate-board.ts';
import { StationBench } from '../support/station-process.ts';

const KILLS = process.env['CHOT_SOAK'] === '1' ? 50 : 2;

const CONFIG = `${GATE_CONFIG}
[[lane]]
id = "lane-1"
name = "Làn 1"
clear = "loop"
devices = ["barrier-1"]
`;

const obstacle = ptyObstacle();
let bench: StationBench;
let gate: GateBoard;
beforeEach(async () => {
  bench = await StationBench.make({ config: CONFIG });
  gate = await GateBoard.open(bench.folder);
});
afterEach(async () => {
  await gate.close();
  await bench.remove();
});

describe.skipIf(obstacle !== null)(
  `a daemon and a board on a serial line (${obstacle ?? 'socat'})`,
  () => {
    test(`killed ${KILLS} times right after its order: the board opens the contact, and no order was without its record`, async () => {
      for (let round = 1; round <= KILLS; round++) {
        const station = await bench.start();
        const page = await station.enter();
        await page.until('the barrier', ({ devices }) =>
          devices.some(({ kind, state }) => kind === 'barrier' && state === 'online'),
        );
        const subject = String(round).padStart(6, '0');
        expect((await station.present(`001200${subject}`)).status).toBe(202);
        const { current } = await page.until('the passage', (view) => view.current !== null);
        const letGo = page.act('let-pass', current?.ordinal ?? 0).catch(() => 0);
        await gate.contact(true);
        await station.kill();
        await letGo;
        await gate.contact(false);
        expect(gate.openings).toBe(round);
      }
      const records = await bench.openJournal();
      const passages = records
        .filter(({ type }) => type === 'passage')
        .map(({ sequence }) => sequence);
      const letGo = records.flatMap((record) =>
        record.type === 'action' && record.action === 'let-pass' ? [record.passage] : [],
      );
      expect(letGo).toEqual(passages);
      expect(passages).toHaveLength(KILLS);
      expect((await bench.chot(['journal', 'verify'])).code).toBe(0);
    });

    test('its button opens and holds, is recorded and shown; leaving the loop clears the screen; a pulled cable is told', async () => {
      const station = await bench.start();
      const page = await station.enter();
      // Somebody stands there, long before anything is shown.
      gate.relays.setInput(PRESENCE, true);
      gate.relays.setInput(EMERGENCY, false);
      await gate.contact(true);
      await page.until('the button', ({ barrier }) => barrier.emergency);
      gate.relays.setInput(EMERGENCY, true);
      await gate.contact(false);
      await page.until('the button let go', ({ barrier }) => !barrier.emergency);

      await station.present('001200000009');
      const { current } = await page.until('the passage', (view) => view.current !== null);
      await page.act('let-pass', current?.ordinal ?? 0);
      await gate.contact(true);
      gate.relays.setInput(PRESENCE, false);
      const { recent } = await page.until('an empty screen', (view) => view.recent.length > 0);
      expect(recent[0]?.crossed).toBe('yes');

      await gate.unplug();
      await page.until('the cable', ({ devices }) =>
        devices.some(({ reason }) => reason === 'board.unplugged'),
      );
      await gate.plug();
      await page.until('the cable', ({ devices }) =>
        devices.every(({ state }) => state === 'online'),
      );
      expect(await station.stop()).toBe(0);
      const actions = (await bench.openJournal()).flatMap((record) =>
        record.type === 'action' ? [`${record.action} ${record.reason}`] : [],
      );
      expect(actions).toEqual([
        'emergency-button pressed',
        'emergency-button released',
        'let-pass tested',
      ]);
    });
  },
);
