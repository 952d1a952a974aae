import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { getPriority, tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { numberOf, Publisher } from '../../test/support/publisher.ts';
import { installManifest } from './install-manifest.ts';

const REGION = { generation: 1, key: new Uint8Array(32).fill(2) };
const SECRETS = { databaseKey: new Uint8Array(32).fill(1), region: REGION };
const NICENESS_FIELD = 16;

/** How many threads of this process have lower priority than the thread that serves the gate. */
function lowThreads(): number {
  const nicenesses = readdirSync('/proc/self/task').map((thread) => {
    const stat = readFileSync(`/proc/self/task/${thread}/stat`, 'latin1');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[NICENESS_FIELD]);
  });
  return nicenesses.filter((niceness) => niceness > getPriority(process.pid)).length;
}

test.runIf(process.platform === 'linux')(
  'the thread that installs, and no other, steps back behind the gate, until it has ended',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'chot-install-'));
    const publisher = new Publisher(REGION);
    const rows = publisher.rows('f0', [{ number: numberOf(1) }]);
    const manifest = publisher.publish('f0', 1_000, rows);
    const task = { folder, secrets: SECRETS, manifest, nowMs: 1, distrusted: [] };
    const before = lowThreads();
    let meanwhile = 0;
    const fetchFile = (sha256: string) => {
      meanwhile = lowThreads();
      return publisher.fetchFile(sha256);
    };
    await installManifest(task, fetchFile, new AbortController().signal);
    rmSync(folder, { recursive: true, force: true });
    expect(meanwhile - before).toBe(1);
    expect(lowThreads()).toBe(before);
  },
  30_000,
);
