import { copyFile, mkdir, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { systemClock } from '../../src/station/system-clock.ts';
import {
  barPixels,
  childrenRunning,
  convertStill,
  openTestFolder,
  RIG_FRAMES_PER_S,
  RIG_SIZE,
  writeBars,
} from '../contract/camera-rig.ts';
import { describeFrameSource, type FrameSourceRig } from '../contract/frame-source-contract.ts';
import type { CameraDriver, CameraSettings } from './camera-settings.ts';
import { openCamera } from './open-camera.ts';
import { startMjpegServer } from './sim/mjpeg-server.ts';
import { startRtspServer } from './sim/rtsp-server.ts';
import { SimCamera } from './sim/sim-camera.ts';

const frameSize = { width: RIG_SIZE.widthPx, height: RIG_SIZE.heightPx };
const deps = { clock: systemClock, random: () => 0 };
let folder: Awaited<ReturnType<typeof openTestFolder>>;
let bars: string;
let video: string;

beforeAll(async () => {
  folder = await openTestFolder();
  bars = await writeBars(join(folder.path, 'bars.pgm'));
  video = await convertStill(bars, join(folder.path, 'bars.mp4'), 2);
});
afterAll(() => folder.close());

const settings = (driver: CameraDriver, source: string): CameraSettings => ({
  ...RIG_SIZE,
  id: `test-${driver}`,
  driver,
  source,
  framesPerS: RIG_FRAMES_PER_S,
  loop: true,
});

const killFfmpeg = async () => {
  for (const pid of await childrenRunning('ffmpeg')) process.kill(pid, 'SIGKILL');
};

describeFrameSource('SimCamera', async (): Promise<FrameSourceRig> => {
  const camera = new SimCamera('test-sim', systemClock);
  const stop = new AbortController();
  const data = barPixels(frameSize.width, frameSize.height);
  let out = false;
  const script = function* () {
    for (;;) {
      const what = out ? { fault: 'camera.lost' as const } : { picture: { ...frameSize, data } };
      yield { afterMs: 10, ...what };
    }
  };
  const playing = camera.play(script(), stop.signal);
  return {
    source: camera,
    ...frameSize,
    fault: async () => {
      out = true;
    },
    mend: async () => {
      out = false;
    },
    close: async () => {
      stop.abort();
      await playing;
    },
  };
});

describeFrameSource('video file', async () => ({
  source: openCamera(settings('file', video), deps),
  ...frameSize,
  fault: killFfmpeg,
  mend: async () => {},
  close: async () => {},
}));

describeFrameSource('folder of stills', async () => {
  const stills = join(folder.path, 'stills');
  await mkdir(stills);
  for (const name of ['1.pgm', '2.pgm', '3.pgm']) await copyFile(bars, join(stills, name));
  return {
    source: openCamera(settings('stills', stills), deps),
    ...frameSize,
    fault: () => rename(stills, `${stills}-away`),
    mend: () => rename(`${stills}-away`, stills),
    close: async () => {},
  };
});

describeFrameSource('HTTP MJPEG', async () => {
  const stop = new AbortController();
  const jpeg = await readFile(await convertStill(bars, join(folder.path, 'bars.jpg')));
  const server = await startMjpegServer(
    { pictures: [jpeg], framesPerS: RIG_FRAMES_PER_S, clock: systemClock },
    stop.signal,
  );
  return {
    source: openCamera(settings('mjpeg', server.url), deps),
    ...frameSize,
    fault: async () => server.setMode('refuse'),
    mend: async () => server.setMode('ok'),
    close: async () => {
      stop.abort();
      await server.closed;
    },
  };
});

describeFrameSource('RTSP', async () => {
  const stop = new AbortController();
  const server = await startRtspServer({ file: video }, stop.signal);
  return {
    source: openCamera(settings('rtsp', server.url), deps),
    ...frameSize,
    fault: killFfmpeg,
    mend: async () => {},
    close: async () => {
      stop.abort();
      await server.closed;
    },
  };
});
