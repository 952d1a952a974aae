import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ConfigError, DeviceFault } from '../../../src/kernel/errors.ts';
import {
  childrenRunning,
  convertStill,
  openTestFolder,
  writeBars,
} from '../../contract/camera-rig.ts';
import { startRtspServer } from './rtsp-server.ts';

test.each(['/etc/hostname', '/no/such/film.mp4'])(
  '%s is a DeviceFault that says what is played',
  async (file) => {
    const starting = startRtspServer({ file }, new AbortController().signal);
    await expect(starting).rejects.toBeInstanceOf(DeviceFault);
    await expect(starting).rejects.toThrow(/holds no H.264 video/);
  },
);

test('a port that is taken is said so, and told to stop it leaves no child', async () => {
  const folder = await openTestFolder();
  const bars = await writeBars(join(folder.path, 'bars.pgm'));
  const file = await convertStill(bars, join(folder.path, 'bars.mp4'), 1);
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const address = taken.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const starting = startRtspServer({ file, port }, new AbortController().signal);
  await expect(starting).rejects.toBeInstanceOf(ConfigError);
  await expect(starting).rejects.toThrow(`port ${port}`);
  taken.close();

  const stop = new AbortController();
  const server = await startRtspServer({ file }, stop.signal);
  expect(await childrenRunning('python3')).toEqual([server.pid]);
  stop.abort();
  await server.closed;
  expect(await childrenRunning('python3')).toEqual([]);
  await folder.close();
});
