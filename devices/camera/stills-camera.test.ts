import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemClock } from '../../src/station/system-clock.ts';
import { openTestFolder, writeBars } from '../contract/camera-rig.ts';
import type { CameraSettings } from './camera-settings.ts';
import { openCamera } from './open-camera.ts';

let folder: Awaited<ReturnType<typeof openTestFolder>>;

beforeAll(async () => {
  folder = await openTestFolder();
});
afterAll(() => folder.close());

const settings = (source: string): CameraSettings => ({
  ...{ id: 'test-stills', driver: 'stills', source, framesPerS: 50, realtime: false },
  ...{ widthPx: 300, heightPx: 100 },
});

async function toldOf(camera: CameraSettings): Promise<readonly string[]> {
  const told: string[] = [];
  const source = openCamera(camera, { clock: systemClock, random: () => 0 });
  for await (const event of source.events(new AbortController().signal)) {
    if (event.kind === 'offline') told.push([event.reason, ...event.detail].join(' '));
    else told.push(event.kind === 'frame' ? `frame ${event.frame.data[50 * 300 + 10]}` : 'online');
    if (event.kind === 'offline' && event.reason === 'camera.ended') break;
  }
  return told;
}

test('pictures come in the order of their names, each once, then the camera has ended', async () => {
  const path = join(folder.path, 'order');
  await mkdir(path);
  for (const [name, value] of [
    ['b', 20],
    ['a', 10],
    ['c', 30],
  ] as const) {
    const pixels = new Uint8Array(300 * 100).fill(value);
    const head = Buffer.from('P5 300 100 255\n');
    await writeFile(join(path, `${name}.pgm`), Buffer.concat([head, pixels]));
  }
  await writeFile(join(path, 'notes.txt'), 'no picture');
  const told = await toldOf(settings(path));
  expect(told).toEqual(['online', 'frame 10', 'frame 20', 'frame 30', 'camera.ended']);
});

test('a picture that cannot be read is named, and the next one brings the camera back', async () => {
  const path = join(folder.path, 'broken');
  await mkdir(path);
  await writeFile(join(path, '1.png'), 'no picture');
  await writeBars(join(path, '2.pgm'), 300, 100);
  const told = await toldOf(settings(path));
  expect(told[0]).toMatch(/^camera.bad-picture 1.png: expected a picture/);
  expect(told.slice(1)).toEqual(['online', 'frame 0', 'camera.ended']);
});

test('a picture of another shape stands between black bars, its proportions kept', async () => {
  const path = await writeBars(join(folder.path, 'square.pgm'), 90, 90);
  const source = openCamera(settings(path), { clock: systemClock, random: () => 0 });
  for await (const event of source.events(new AbortController().signal)) {
    if (event.kind !== 'frame') continue;
    const row = event.frame.data.subarray(50 * 300, 51 * 300);
    expect([row[50], row[150], row[195], row[250]]).toEqual([0, 128, 255, 0]);
    break;
  }
});
