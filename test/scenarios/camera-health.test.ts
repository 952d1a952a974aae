import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { sharp } from '../../devices/camera/native-sharp.ts';
import { startMjpegServer } from '../../devices/camera/sim/mjpeg-server.ts';
import { renderScene } from '../../fixtures/scenes/scene.ts';
import { CALM_SCENE } from '../../fixtures/scenes/spec.ts';
import { startDemoStation } from '../../src/demo/demo-station.ts';
import type { LaneView } from '../../src/station/http/lane-shape.ts';
import { systemClock } from '../../src/station/system-clock.ts';
import { guarded } from '../support/guarded.ts';

let folder: string;
let stop: AbortController;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'chot-health-'));
  stop = new AbortController();
});
afterEach(() => {
  stop.abort();
  rmSync(folder, { recursive: true, force: true });
});

const SIZE = { width: 640, height: 360 };

async function jpegOf(grey: Uint8Array): Promise<Uint8Array> {
  return sharp(grey, { raw: { ...SIZE, channels: 1 } })
    .jpeg()
    .toBuffer();
}

test('a running station tells a covered camera on its lane, and that it sees again', async () => {
  const gate = await jpegOf(
    renderScene({ ...CALM_SCENE, ...SIZE, seed: 'gate', payload: 'x', centre: [3, 3] }).data,
  );
  const hand = await jpegOf(new Uint8Array(SIZE.width * SIZE.height).fill(80));
  const server = await startMjpegServer(
    { pictures: [gate], framesPerS: 10, clock: systemClock },
    stop.signal,
  );
  const lines: unknown[] = [];
  const station = await startDemoStation(
    {
      folder,
      port: 0,
      camera: { driver: 'mjpeg', source: server.url },
      picture: { widthPx: SIZE.width, heightPx: SIZE.height, framesPerS: 10 },
      from: { kind: 'files', registers: {} },
      chips: null,
      ports: { scanner: null, board: null },
      clock: systemClock,
      random: () => 0.5,
      log: (line) => lines.push(line),
    },
    stop.signal,
  );
  const [lane] = station.lanes;
  if (lane === undefined) throw new Error('the demo has no lane');
  const camera = () => lane.view().devices.find(({ kind }) => kind === 'camera');
  const until = (what: string, holds: () => boolean) =>
    guarded(
      what,
      new Promise<void>((resolve) => {
        const look = (_view?: LaneView) => {
          if (!holds()) return;
          off();
          resolve();
        };
        const off = lane.onView(look);
        look();
      }),
    );

  await until('camera on line', () => camera()?.state === 'online');
  server.show([hand]);
  await until('covered', () => camera()?.warning === 'camera.covered');
  // It goes on being used: what covers it may be somebody's card.
  expect(camera()?.state).toBe('online');
  server.show([gate]);
  await until('sees again', () => camera()?.warning === null);
  expect(lines).toContainEqual({
    event: 'device-warning',
    device: 'camera',
    warning: 'camera.covered',
  });
  stop.abort();
  await station.ended;
});
