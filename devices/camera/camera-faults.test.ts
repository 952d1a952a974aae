import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { FrameEvent, FrameSource } from '../../src/ports/frame-source.ts';
import { systemClock } from '../../src/station/system-clock.ts';
import { settle, VirtualClock } from '../../test/support/virtual-clock.ts';
import {
  childrenRunning,
  convertStill,
  openTestFolder,
  RIG_FRAMES_PER_S,
  RIG_SIZE,
  writeBars,
} from '../contract/camera-rig.ts';
import {
  type CameraDriver,
  type CameraPrograms,
  type CameraSettings,
  SYSTEM_PROGRAMS,
} from './camera-settings.ts';
import { openCamera } from './open-camera.ts';
import { type MjpegMode, startMjpegServer } from './sim/mjpeg-server.ts';
import { startRtspServer } from './sim/rtsp-server.ts';

/** With `random` at 0, every pause before a restart is the shortest one. */
const PAUSE_MS = 250;

let folder: Awaited<ReturnType<typeof openTestFolder>>;
let jpeg: Uint8Array;
let video: string;
let world: AbortController;

beforeAll(async () => {
  folder = await openTestFolder();
  const bars = await writeBars(join(folder.path, 'bars.pgm'));
  video = await convertStill(bars, join(folder.path, 'bars.mp4'), 2);
  jpeg = await readFile(await convertStill(bars, join(folder.path, 'bars.jpg')));
});
afterAll(() => folder.close());
beforeEach(() => {
  world = new AbortController();
});
afterEach(() => world.abort());

test.each<MjpegMode>(['stall', 'truncate', 'junk'])(
  'an MJPEG server that goes to "%s" is told as stalled, and comes back by itself',
  async (mode) => {
    const server = await mjpegServer();
    const watch = watchCamera(settings('mjpeg', server.url));
    await watch.until('frame');
    server.setMode(mode);
    expect(await watch.clockUntil('offline', 'camera.stalled')).toBeLessThan(4_000);
    server.setMode('ok');
    await watch.pauseOver();
    await watch.until('online');
    await watch.until('frame');
    await watch.stop();
  },
);

test('while frames come no camera is told as stalled, however fast the hours pass', async () => {
  const server = await mjpegServer();
  const watch = watchCamera(settings('mjpeg', server.url));
  await watch.until('frame');
  for (let i = 0; i < 20; i++) {
    await watch.until('frame');
    await watch.passTime(2_500);
  }
  await watch.stop();
  expect(watch.states()).toEqual(['online']);
});

test('a stream that changes its resolution goes on in frames of the size promised', async () => {
  const server = await mjpegServer();
  const watch = watchCamera(settings('mjpeg', server.url));
  await watch.until('frame');
  server.setMode('resize');
  for (let i = 0; i < 10; i++) await watch.until('frame');
  await watch.stop();
  expect(watch.states()).toEqual(['online']);
});

test('a server that is not there at the start is found once it is', async () => {
  const port = await freePort();
  const watch = watchCamera(settings('mjpeg', `http://127.0.0.1:${port}/stream`));
  await watch.until('offline', 'camera.unreachable');
  await mjpegServer({ port });
  await watch.pauseOver();
  await watch.until('online');
  await watch.stop();
});

test('a frozen RTSP server is told as stalled, and found again once it thaws', async () => {
  const server = await startRtspServer({ file: video }, world.signal);
  const watch = watchCamera(settings('rtsp', server.url));
  await watch.until('frame');
  process.kill(server.pid, 'SIGSTOP');
  await watch.clockUntil('offline', 'camera.stalled');
  process.kill(server.pid, 'SIGCONT');
  await watch.pauseOver();
  await watch.until('online');
  await watch.stop();
});

test('an RTSP server that is killed is lost, and found again once it is back', async () => {
  const port = await freePort();
  const server = await startRtspServer({ file: video, port }, world.signal);
  const watch = watchCamera(settings('rtsp', server.url));
  await watch.until('frame');
  process.kill(server.pid, 'SIGKILL');
  await watch.until('offline');
  await startRtspServer({ file: video, port }, world.signal);
  await watch.pauseOver();
  await watch.until('online');
  await watch.stop();
});

test('a server that takes the connection and never sends a picture is told as no picture', async () => {
  const server = await mjpegServer();
  server.setMode('stall');
  const watch = watchCamera(settings('mjpeg', server.url));
  await watch.clockUntil('offline', 'camera.no-picture');
  await watch.stop();
});

test('twenty restarts leave no child and no handle behind', async () => {
  const handlesBefore = (await readdir('/proc/self/fd')).length;
  const watch = watchCamera(settings('file', video));
  for (let i = 0; i < 20; i++) {
    await watch.until('frame');
    for (const pid of await childrenRunning('ffmpeg')) process.kill(pid, 'SIGKILL');
    await watch.until('offline', 'camera.lost');
    await watch.pauseOver();
  }
  await watch.until('online');
  await watch.stop();
  expect(await childrenRunning('ffmpeg')).toEqual([]);
  expect((await readdir('/proc/self/fd')).length).toBeLessThanOrEqual(handlesBefore);
});

test('a file without loop ends as camera.ended and stays silent until it is left', async () => {
  const watch = watchCamera({ ...settings('file', video), loop: false });
  await watch.until('offline', 'camera.ended');
  await watch.stop();
  expect(watch.states()).toEqual(['online', 'camera.ended']);
});

test('a recording is given whole, frame by frame, however slow its reader is', async () => {
  const watch = openCamera({ ...settings('file', video), loop: false, realtime: false }, realDeps);
  const sequences: number[] = [];
  for await (const event of watch.events(world.signal)) {
    if (event.kind === 'offline') break;
    if (event.kind === 'frame') sequences.push(event.frame.sequence);
    for (let i = 0; i < 5; i++) await settle();
  }
  expect(sequences).toEqual(Array.from({ length: 2 * RIG_FRAMES_PER_S }, (_, i) => i + 1));
});

test('a wrong password is told as denied, and stands nowhere in what is told', async () => {
  const server = await mjpegServer({ credentials: 'gate:right-one' });
  const url = (password: string) => server.url.replace('//', `//gate:${password}@`);
  const wrong = watchCamera(settings('mjpeg', `${url('wrong%2Done')}?token=s3cret`));
  const event = await wrong.until('offline', 'camera.denied');
  await wrong.stop();
  expect(JSON.stringify(event)).toContain('127.0.0.1');
  expect(JSON.stringify(event)).not.toMatch(/wrong|one|s3cret|gate/);
  const right = watchCamera(settings('mjpeg', url('right-one')));
  await right.until('frame');
  await right.stop();
});

test('without ffmpeg the operator is told what to install', async () => {
  const programs = { ffmpeg: 'no-such-ffmpeg', v4l2Ctl: 'no-such-v4l2-ctl' };
  const watch = watchCamera(settings('file', video), programs);
  const event = await watch.until('offline', 'camera.no-ffmpeg');
  expect(event).toMatchObject({ detail: [expect.stringContaining('apt install ffmpeg')] });
  await watch.stop();
});

test.each<[CameraDriver, string, string, RegExp]>([
  ['v4l2', '/dev/no-such-video', 'camera.no-device', /plug the camera in/],
  ['file', '/no/such/video.mp4', 'camera.no-source', /mend source/],
  ['file', '/etc/hostname', 'camera.bad-picture', /Invalid data/],
  ['stills', '/no/such/folder', 'camera.no-source', /mend source/],
  ['stills', '/etc/hostname', 'camera.bad-picture', /expected a picture/],
])('%s from %s is %s, and says what to do', async (driver, source, reason, advice) => {
  const watch = watchCamera({ ...settings(driver, source), controls: { focus_auto: 0 } });
  const event = await watch.until('offline', reason);
  expect(JSON.stringify(event)).toMatch(advice);
  await watch.stop();
});

test('left while its server hangs, a camera leaves no child', async () => {
  const server = await mjpegServer();
  const watch = watchCamera(settings('mjpeg', server.url));
  await watch.until('frame');
  server.setMode('stall');
  await watch.stop();
  expect(await childrenRunning('ffmpeg')).toEqual([]);
});

const realDeps = { clock: systemClock, random: () => 0 };

function settings(driver: CameraDriver, source: string): CameraSettings {
  const framesPerS = RIG_FRAMES_PER_S;
  return { ...RIG_SIZE, id: 'test-camera', driver, source, framesPerS, loop: true };
}

function mjpegServer(options: { port?: number; credentials?: string } = {}) {
  const pictures = [jpeg];
  const framesPerS = RIG_FRAMES_PER_S;
  return startMjpegServer({ pictures, framesPerS, clock: systemClock, ...options }, world.signal);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

function watchCamera(camera: CameraSettings, programs: CameraPrograms = SYSTEM_PROGRAMS) {
  return new CameraWatch(camera, programs);
}

/** A camera on a virtual clock, watched: children are real, deadlines and pauses pass when the test says so. */
class CameraWatch {
  readonly #clock = new PausingClock();
  readonly #stop = new AbortController();
  readonly #states: string[] = [];
  readonly #reading: Promise<void>;
  #saw: (event: FrameEvent) => void = () => {};

  constructor(camera: CameraSettings, programs: CameraPrograms) {
    const deps = { clock: this.#clock, random: () => 0, programs };
    this.#reading = this.#read(openCamera(camera, deps));
  }

  states(): readonly string[] {
    return this.#states;
  }

  /** The next event of this kind. */
  until(kind: FrameEvent['kind'], reason?: string): Promise<FrameEvent> {
    return new Promise((resolve) => {
      this.#saw = (event) => {
        if (event.kind === kind && (reason === undefined || stateOf(event) === reason))
          resolve(event);
      };
    });
  }

  passTime(ms: number): Promise<void> {
    return this.#clock.advance(ms);
  }

  /** Lets time pass until it happens, and returns how much it took. */
  async clockUntil(kind: FrameEvent['kind'], reason: string): Promise<number> {
    const startMs = this.#clock.monoMs();
    let happened = false;
    void this.until(kind, reason).then(() => {
      happened = true;
    });
    while (!happened) await this.#clock.advance(100);
    return this.#clock.monoMs() - startMs;
  }

  /** Waits until the camera pauses before a restart, and lets that pause pass. */
  async pauseOver(): Promise<void> {
    await this.#clock.untilPausing();
    await this.#clock.advance(PAUSE_MS);
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#reading;
  }

  async #read(source: FrameSource): Promise<void> {
    for await (const event of source.events(this.#stop.signal)) {
      if (event.kind !== 'frame') this.#states.push(stateOf(event));
      this.#saw(event);
    }
  }
}

function stateOf(event: FrameEvent): string {
  return event.kind === 'offline' ? event.reason : event.kind;
}

/** Tells when somebody begins a pause of `PAUSE_MS`. */
class PausingClock extends VirtualClock {
  #pausing = false;
  #wake = () => {};

  override sleep(ms: number, signal: AbortSignal): Promise<void> {
    const slept = super.sleep(ms, signal);
    if (ms !== PAUSE_MS) return slept;
    this.#pausing = true;
    this.#wake();
    return slept.then(() => {
      this.#pausing = false;
    });
  }

  async untilPausing(): Promise<void> {
    if (this.#pausing) return;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
  }
}
