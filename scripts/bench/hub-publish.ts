// What publishing costs at the hub: a first list, a batch of changes, its withdrawal; and how long nothing else is served.
// `node dist/scripts/bench/hub-publish.js [entries] [changes]`
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { foundRegion } from '../../src/hub/authority/role-lists.ts';
import { openDesks } from '../../src/hub/desks.ts';
import { HubDirectory } from '../../src/hub/hub-directory.ts';
import { inOwnProcess } from '../../src/hub/registers/register-process.ts';
import { SqliteHubStore } from '../../src/hub/store/sqlite-hub-store.ts';
import { systemClock } from '../../src/station/system-clock.ts';

const ENTRIES = Number(process.argv[2] ?? 1_000_000);
const CHANGES = Number(process.argv[3] ?? 42_000);
const PART_LINES = 1_000;
const REGION = 'hcm';

const GUARD = { shareMax: 1, rowsMax: 20_000_000, rowsFree: 0 };

const stop = new AbortController();
const folder = mkdtempSync(join(tmpdir(), 'chot-bench-publish-'));
const directory = new HubDirectory(join(folder, 'hub'));
directory.make();
const store = new SqliteHubStore(directory.databaseFile, directory.databaseKey());
const root = generateKeyPairSync('ed25519').privateKey;
await foundRegion({ store, directory }, REGION, root, systemClock.wallMs());
const { registerDesk } = await openDesks({
  ...{ directory, store, clock: systemClock, defaultDays: {}, raise: () => {} },
  guard: GUARD,
  elsewhere: inOwnProcess(directory.path, GUARD, stop.signal),
  ...{ published: async () => {}, revoked: () => {} },
});

/** Numbers of nobody: prefix 000, which no province has. */
async function* file(from: number, count: number): AsyncGenerator<Uint8Array> {
  yield Buffer.from('number,status,from,until,source\n');
  for (let at = from; at < from + count; at += PART_LINES) {
    const lines = Array.from({ length: Math.min(PART_LINES, from + count - at) }, (_, index) => {
      const number = String(1_000 + at + index).padStart(12, '0');
      return `${number},active,2026-01-01,2026-12-31,CDC\n`;
    });
    yield Buffer.from(lines.join(''));
    await new Promise((resolve) => setImmediate(resolve));
  }
}

async function measure<T>(what: string, work: () => Promise<T>): Promise<T> {
  const delay = monitorEventLoopDelay({ resolution: 5 });
  delay.enable();
  const beganMs = systemClock.monoMs();
  const done = await work();
  await new Promise((resolve) => setTimeout(resolve, 20));
  const tookS = (systemClock.monoMs() - beganMs) / 1_000;
  const heldMs = Math.round(delay.max / 1e6);
  const mb = Math.round(process.memoryUsage().rss / 1_048_576);
  console.log(`| ${what} | ${tookS.toFixed(2)} | ${heldMs} | ${mb} |`);
  return done;
}

async function importing(from: number, count: number): Promise<number> {
  const outcome = await registerDesk.import(
    {
      ...{ region: REGION, register: 'f0', mode: 'add', format: 'csv', operator: 'bench' },
      ...{ asOfMs: systemClock.wallMs(), input: file(from, count) },
    },
    new AbortController().signal,
  );
  if (outcome.kind !== 'preview') throw new Error('bad lines');
  return outcome.preview.batch;
}

console.log('| what | s | nothing else served, ms | resident MB |\n|---|---|---|---|');
const first = await measure(`import ${ENTRIES}`, () => importing(0, ENTRIES));
await measure('publish', () => registerDesk.publish(first, 'bench'));
const second = await measure(`import ${CHANGES}`, () => importing(ENTRIES, CHANGES));
await measure('publish', () => registerDesk.publish(second, 'bench'));
await measure('withdraw', () => registerDesk.withdraw(second));
await store.close();
rmSync(folder, { recursive: true, force: true });
