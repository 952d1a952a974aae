import { writeFileSync } from 'node:fs';
import { afterEach, expect, test } from 'vitest';
import { StationBench } from '../support/station-process.ts';

let bench: StationBench;
afterEach(() => bench.remove());

test('an address beyond loopback is refused at start with one sentence and exit 1', async () => {
  for (const host of ['0.0.0.0', '::', '192.0.2.1', 'gate.example']) {
    bench = await StationBench.make({
      config: `[http]\nhost = "${host}"\nport = 0\n[[lane]]\nid = "lane-1"\nname = "Làn 1"\n`,
    });
    const { code, stdout, stderr } = await bench.chot(['station', '--config', bench.configFile]);
    expect(code, host).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).toContain(
      `http.host: ${host} is reachable from outside, which needs TLS and sign-in that this version does not have`,
    );
    expect(stderr).not.toContain('started');
    await bench.remove();
  }
});

test('a broken configuration names its key and never repeats a secret', async () => {
  bench = await StationBench.make();
  writeFileSync(bench.configFile, '[station]\nid = "gate-1"\nname = "x"\npassword = "hunter2"\n');
  const { code, stderr } = await bench.chot(['station', '--config', bench.configFile]);
  expect(code).toBe(1);
  expect(stderr).toContain('station');
  expect(stderr).not.toContain('hunter2');
});
