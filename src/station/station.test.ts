import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { VirtualClock } from '../../test/support/virtual-clock.ts';
import { generateRecipient } from '../journal/recipient.ts';
import { ConfigError } from '../kernel/errors.ts';
import { parseConfig } from './config.ts';
import { openDataDirectory } from './data-directory.ts';
import { lockDataDirectory } from './data-lock.ts';
import { startStation } from './station.ts';

const { sealTo } = generateRecipient('test-1');

let folder: string;
let taken: Server;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'chot-start-'));
  taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
});
afterEach(async () => {
  await new Promise((resolve) => taken.close(resolve));
  rmSync(folder, { recursive: true });
});

describe('a start that fails says why and leaves the data directory free', () => {
  test('a port that another program has', () =>
    refused(`[http]\nport = ${portOf(taken)}\n`, /cannot listen on 127.0.0.1/));

  test("a camera's file that is not there", () =>
    refused(
      '[[camera]]\nid = "cam-1"\ndriver = "rtsp"\nsourceFile = "missing.url"\n',
      /camera cam-1.sourceFile: .* cannot be read \(ENOENT\)/,
    ));

  test('a camera file that others can read, behind a camera that is in order', () => {
    writeFileSync(join(folder, 'open.url'), 'rtsp://127.0.0.1/', { mode: 0o644 });
    const first = '[[camera]]\nid = "cam-1"\ndriver = "file"\nsource = "film.mp4"\n';
    const second = '[[camera]]\nid = "cam-2"\ndriver = "rtsp"\nsourceFile = "open.url"\n';
    return refused(`${first}${second}`, /cam-2.sourceFile: .* can be read by other users/);
  });

  test('a journal of another station', async () => {
    await started('', 'gate-2');
    await refused('', /the journal is that of station "gate-2"/);
  });

  test('the control: with nothing in the way it starts, keeps the directory, and gives it back', async () => {
    const stop = new AbortController();
    const station = await start('', 'gate-1', stop.signal);
    expect(() => lockDataDirectory(join(folder, 'data'))).toThrow(/another station runs/);
    stop.abort();
    await station.ended;
    lockDataDirectory(join(folder, 'data')).release();
  });
});

async function refused(config: string, message: RegExp): Promise<void> {
  const failed = start(config, 'gate-1', new AbortController().signal);
  await expect(failed).rejects.toThrow(message);
  await expect(failed).rejects.toBeInstanceOf(ConfigError);
  lockDataDirectory(join(folder, 'data')).release();
}

async function started(config: string, id: string): Promise<void> {
  const stop = new AbortController();
  const station = await start(config, id, stop.signal);
  stop.abort();
  await station.ended;
}

function start(config: string, id: string, signal: AbortSignal) {
  const http = config.includes('[http]') ? '' : '[http]\nport = 0\n';
  const text = `[station]\nid = "${id}"\nname = "Chốt"\n[journal]\nsealTo = "${sealTo}"\n${http}${config}[[lane]]\nid = "lane-1"\nname = "Làn 1"\n`;
  return startStation(
    {
      config: parseConfig(text, 'station.toml'),
      folder,
      data: openDataDirectory(join(folder, 'data')),
      build: { software: '0.1.0', builtMs: 0 },
      clock: new VirtualClock(),
      random: () => 0.5,
      log: () => undefined,
      readers: { emulated: new Map(), pcscSocket: null },
      demo: false,
      manager: null,
    },
    signal,
  );
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}
