import { afterEach, beforeEach, expect, test } from 'vitest';
import { StationBench } from '../support/station-process.ts';

let bench: StationBench;
beforeEach(async () => {
  bench = await StationBench.make();
});
afterEach(() => bench.remove());

test('a second daemon on one data directory is refused, and the first does not notice', async () => {
  const first = await bench.start();
  const page = await first.enter();

  const second = await bench.chot(['station', '--config', bench.configFile]);
  expect(second.code).toBe(1);
  expect(second.stderr).toMatch(/^chot: another station runs on .*systemctl stop chot/);
  expect(second.stderr.trimEnd().split('\n')).toHaveLength(1);

  // Its kiosk's token is still the one on disk, and it still records.
  expect((await (await first.enter()).get('/api/v1/lanes')).status).toBe(200);
  expect((await first.present('001200000009')).status).toBe(202);
  const shown = await page.until('the passage', ({ current }) => current !== null);
  expect(shown.current?.recorded).toBe(true);
  expect(await first.stop()).toBe(0);
  expect((await bench.chot(['journal', 'verify'])).code).toBe(0);
});

test('a killed daemon leaves the directory free, and commands run beside a living one', async () => {
  await (await bench.start()).kill();
  const station = await bench.start();
  expect((await bench.chot(['journal', 'status'])).code).toBe(0);
  expect((await bench.importRegister('f0', ['001200000001,active,2026-01-01,,CDC'])).code).toBe(0);
  expect(await station.stop()).toBe(0);
});
