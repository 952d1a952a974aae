import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { VirtualClock } from '../../../test/support/virtual-clock.ts';
import { generateRecipient } from '../../journal/recipient.ts';
import { parseConfig } from '../config.ts';
import { openDataDirectory } from '../data-directory.ts';
import type { HealthView } from '../http/shapes.ts';
import { startStation } from '../station.ts';
import type { LogLine } from '../telemetry.ts';

const { sealTo } = generateRecipient('test-1');

test('a station whose decoding worker is none starts, is not ready, and says why in log, readiness and health', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'chot-self-test-'));
  const stop = new AbortController();
  const clock = new VirtualClock();
  const log: LogLine[] = [];
  const text = `[station]\nid = "gate-1"\nname = "Chốt"\n[journal]\nsealTo = "${sealTo}"\n[http]\nport = 0\n[[lane]]\nid = "lane-1"\nname = "Làn 1"\n`;
  const station = await startStation(
    {
      ...{ config: parseConfig(text, 'station.toml'), folder, clock, random: () => 0.5 },
      data: openDataDirectory(join(folder, 'data')),
      build: { software: '0.1.0', builtMs: 0 },
      log: (line) => log.push(line),
      readers: { emulated: new Map(), pcscSocket: null },
      demo: false,
      manager: null,
      // A worker that ends as soon as it has begun.
      decoder: new URL('data:text/javascript,'),
    },
    stop.signal,
  );
  onTestFinished(async () => {
    stop.abort();
    await station.ended;
    rmSync(folder, { recursive: true });
  });
  const token = readFileSync(join(folder, 'data', 'keys', 'monitor.token'), 'utf8').trimEnd();
  const ask = (path: string) =>
    fetch(`${station.origin}${path}`, { headers: { authorization: `Bearer ${token}` } });

  expect(((await (await ask('/api/v1/health')).json()) as HealthView).selfTest.state).toBe(
    'running',
  );
  await clock.advance(15_000);

  const code = 'self-test.no-decoder';
  expect(log).toContainEqual(expect.objectContaining({ event: 'self-test', passed: false, code }));
  const ready = await ask('/readyz');
  expect(ready.status).toBe(503);
  expect(((await ready.json()) as { problems: string[] }).problems).toContain(code);
  const health = (await (await ask('/api/v1/health')).json()) as HealthView;
  expect(health.selfTest).toMatchObject({ state: 'failed', code });
  expect(await (await ask('/metrics')).text()).toContain('chot_self_test_passed 0');
});
