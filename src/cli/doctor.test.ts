import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { StationBench } from '../../test/support/station-process.ts';
import type { Finding } from '../doctor/finding.ts';

let here: StationBench;
beforeAll(async () => {
  here = await StationBench.make({ config: DEVICES });
});
afterAll(() => here.remove());

const DEVICES = `
[[camera]]
id = "cam-1"
driver = "v4l2"
source = "/dev/v4l/by-id/usb-none-video-index0"

[[scanner]]
id = "scan-1"
driver = "serial"
path = "/dev/serial/by-id/usb-none"

[[lane]]
id = "lane-1"
name = "Làn 1"
devices = ["cam-1", "scan-1"]
`;

function findingsOf(stdout: string): Finding[] {
  const lines = stdout.trimEnd().split('\n');
  return lines.slice(0, -1).map((line) => JSON.parse(line) as Finding);
}

test('a bare machine tells a stranger what to plug in, and ends with 1', async () => {
  const { code, stdout, stderr } = await here.chot(['doctor']);
  expect(stderr).toBe('');
  expect(code).toBe(1);
  expect(stdout.split('\n')[0]).toMatch(/^\d+ faults?.*This machine is no station yet\.$/);
  for (const word of ['chot demo', '/dev/v4l/by-id', '/dev/serial/by-id', 'chot card list']) {
    expect(stdout).toContain(word);
  }
  expect(stdout).toContain('[[lane]]');
  // No colours, whoever reads.
  expect(stdout).not.toContain('\u001b');
});

test('a running station is asked for its devices, its lists and its self-test; looking changes nothing in its directory', async () => {
  const station = await here.start();
  await station.logged(({ event, device }) => event === 'device-offline' && device === 'scan-1');
  await station.logged(({ event }) => event === 'self-test');
  const before = entries(here.dataDir);
  const { code, stdout } = await here.chot(['doctor', '--config', here.configFile, '--json']);
  expect(code).toBe(1);
  expect(JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '')).toMatchObject({ verdict: 'fault' });
  const found = findingsOf(stdout);
  const scanner = found.find(({ subject }) => subject === 'scanner scan-1');
  expect(scanner).toMatchObject({ state: 'fault', code: 'scanner.not-found' });
  expect(scanner?.sinceMs).toBeGreaterThan(0);
  expect(found.find(({ subject }) => subject === 'self-test')).toMatchObject({ state: 'good' });
  expect(found.find(({ subject }) => subject === 'register f0')).toMatchObject({ state: 'fault' });
  expect(found.find(({ check }) => check === 'data')?.found).toContain(`process ${station.pid}`);
  expect(entries(here.dataDir)).toEqual(before);
  expect(await station.stop()).toBe(0);
});

test('a mistyped option is wrong usage', async () => {
  expect((await here.chot(['doctor', '--jsno'])).code).toBe(2);
});

function entries(folder: string): string {
  return spawnSync('find', [folder, '-printf', '%P %m %U\n'], { encoding: 'utf8' })
    .stdout.split('\n')
    .filter((line) => !/-(wal|shm)|time\.json/.test(line))
    .sort()
    .join('\n');
}
