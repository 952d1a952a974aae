import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { StationBench, type StationProcess } from '../support/station-process.ts';
import { KioskScreen, kioskObstacle, type Picture } from './kiosk-screen.ts';

const LISTED = '001200000001';
/** `--stop` of every theme in web/shared/tokens.css. */
const STOP_COLOURS = ['b3123f', 'ff5d85', 'c24a68'];
/** Of the screen, at least, when somebody is held. */
const STOP_SHARE = 0.02;
/** The button that opens a stop's details, on a screen of 1024x768; the details are blank there. */
const DETAILS = { xPx: 490, yPx: 528 } as const;
const AROUND_PX = 32;

const obstacle = kioskObstacle();
if (obstacle !== null) process.stderr.write(`SKIPPED: the kiosk: ${obstacle}\n`);

/** cage and Chromium as the service starts them, for a daemon that runs; systemd and a panel are not in it. */
describe.skipIf(obstacle !== null)('the kiosk', () => {
  let bench: StationBench;
  let station: StationProcess;
  let tree = '';
  let screen: KioskScreen;
  beforeAll(async () => {
    tree = mkdtempSync(join(tmpdir(), 'chot-kiosk-'));
    bench = await StationBench.make();
    await bench.importRegister('f0', [`${LISTED},active,2026-01-01,2099-12-31,CDC`]);
    station = await bench.start();
    screen = await KioskScreen.open(tree, bench.dataDir);
    screen.start();
  });
  afterAll(async () => {
    await screen?.close();
    await bench?.remove();
    rmSync(tree, { recursive: true, force: true });
  });

  test('shows the staff screen, the whole screen; a stop is seen on it', async () => {
    const before = await screen.until('the staff screen', isFilled);
    expect(stopShare(before)).toBeLessThan(STOP_SHARE / 2);
    await station.present(LISTED);
    const stopped = await screen.until('the stop', isStop);
    expect([stopped.widthPx, stopped.heightPx]).toEqual([1_024, 768]);
  });

  test('is used without a cursor', async () => {
    const before = await screen.until('the stop', isStop);
    await screen.click(DETAILS.xPx, DETAILS.yPx);
    await screen.until('the details', (picture) => changed(before, picture) > 0.1);
    // Nothing is written where the button was.
    await screen.until('nothing at the pointer', (picture) => coloursAtPointer(picture) === 1);
  });

  test('its token is in no command line', () => {
    const lines = screen.commandLines();
    expect(lines.some((line) => line.includes('--kiosk'))).toBe(true);
    expect(lines.filter((line) => line.includes(station.token('kiosk')))).toEqual([]);
  });

  test('its browser killed, it ends, for systemd to start it again; and shows the same again', async () => {
    await screen.killBrowser();
    screen.start();
    await screen.until('the stop', isStop);
  });
});

function stopShare({ bytes }: Picture): number {
  let count = 0;
  for (let at = 0; at < bytes.length; at += 3) {
    if (STOP_COLOURS.includes(bytes.toString('hex', at, at + 3))) count += 1;
  }
  return count / (bytes.length / 3);
}

function isStop(picture: Picture): boolean {
  return stopShare(picture) > STOP_SHARE;
}

/** Share of the bytes that differ. */
function changed(before: Picture, after: Picture): number {
  let count = 0;
  for (let at = 0; at < before.bytes.length; at++) {
    if (before.bytes[at] !== after.bytes[at]) count += 1;
  }
  return count / before.bytes.length;
}

function coloursAtPointer({ bytes, widthPx }: Picture): number {
  const colours = new Set<number>();
  for (let yPx = DETAILS.yPx - AROUND_PX; yPx < DETAILS.yPx + AROUND_PX; yPx++) {
    for (let xPx = DETAILS.xPx - AROUND_PX; xPx < DETAILS.xPx + AROUND_PX; xPx++) {
      colours.add(bytes.readUIntBE((yPx * widthPx + xPx) * 3, 3));
    }
  }
  return colours.size;
}

/** In every corner something is drawn, where an empty screen is black. */
function isFilled({ bytes, widthPx, heightPx }: Picture): boolean {
  const at = (x: number, y: number) => bytes.readUIntBE((y * widthPx + x) * 3, 3);
  return [at(2, 2), at(widthPx - 3, 2), at(2, heightPx - 3), at(widthPx - 3, heightPx - 3)].every(
    (colour) => colour !== 0,
  );
}
