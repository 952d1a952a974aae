// A published register: bytes on the wire, what the whole and a change cost a station, and what look-ups in the main thread see of it.
// `node dist/scripts/bench/registers-published.js 10000` (thousands of entries; the list is that of published-list.ts).
//
// Look-ups come 20 at a time with 2 ms between, in rest as beside an installation: the first after a pause finds the processor's
// caches used by others, which in-a-row figures hide. Linux tells how long a thread that could run waited for a core
// (/proc/<pid>/schedstat): on a machine with neighbours that wait is theirs, so figures are given with it and without.
import {
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
} from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { installManifest } from '../../src/registers/install-manifest.ts';
import type { Manifest } from '../../src/registers/published/manifest.ts';
import { RegisterStore } from '../../src/registers/register-store.ts';
import {
  CHANGES,
  ENTRIES,
  LISTED,
  makeParts,
  numberOf,
  publishBase,
  publishChange,
  published,
  SECRETS,
} from './published-list.ts';

const AT_ONCE = 20;
const PAUSE_MS = 2;
const REST_ROUNDS = 1_500;
/** A batch that waited longer for a core is none of the register's. */
const WAIT_US_MAX = 20;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;
const folder = mkdtempSync(join(tmpdir(), 'chot-bench-'));
// Without a thread's number it is the main thread's.
const schedstat = openSync(`/proc/${process.pid}/schedstat`, 'r');
const stat = Buffer.alloc(100);

/** How long the main thread could have run, and did not. */
function waitedUs(): number {
  const length = readSync(schedstat, stat, 0, stat.length, 0);
  return Number(stat.toString('latin1', 0, length).split(' ')[1]) / 1_000;
}

type Times = {
  readonly name: string;
  readonly all: number[];
  readonly unwaited: number[];
  /** Of these the first after each pause. */
  readonly first: number[];
  /** Milliseconds, with the wait for a core and without. */
  readonly refresh: { readonly ms: number; readonly ownMs: number }[];
};

const timesOf = (name: string): Times => ({ name, all: [], unwaited: [], first: [], refresh: [] });
let found = 0;

function lookUps(store: RegisterStore, times: Times, count: number): void {
  const us: number[] = [];
  const waited = waitedUs();
  for (let done = 0; done < count; done++) {
    const number = numberOf(Math.floor(Math.random() * LISTED * 2));
    const start = performance.now();
    const hits = store.lookup('f0', 'number', number).length;
    us.push((performance.now() - start) * 1_000);
    if (hits > 0) found++;
  }
  times.all.push(...us);
  if (waitedUs() - waited > WAIT_US_MAX) return;
  times.unwaited.push(...us);
  times.first.push(us[0] ?? 0);
}

function refresh(store: RegisterStore, times: Times): void {
  const waited = waitedUs();
  const start = performance.now();
  store.refresh();
  const ms = performance.now() - start;
  times.refresh.push({ ms, ownMs: ms - (waitedUs() - waited) / 1_000 });
}

/** As the daemon does, only more often. */
async function round(store: RegisterStore, times: Times, index: number): Promise<void> {
  if (index % 20 === 0) refresh(store, times);
  lookUps(store, times, AT_ONCE);
  await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
}

async function rest(store: RegisterStore, name: string): Promise<Times> {
  const times = timesOf(name);
  lookUps(store, timesOf('before the caches are warm'), 5_000);
  for (let index = 0; index < REST_ROUNDS; index++) await round(store, times, index);
  return times;
}

/** With `store`, look-ups run beside. */
async function install(
  name: string,
  manifest: Manifest,
  store: RegisterStore | null,
): Promise<Times> {
  const times = timesOf(`while installed: ${name}`);
  // What the making of the lists left behind is none of the station's.
  collect();
  const cpu = process.cpuUsage();
  const start = performance.now();
  let running = true;
  const installing = installManifest(
    { folder, secrets: SECRETS, manifest, nowMs: 1, distrusted: [] },
    (sha256) => Promise.resolve(readFileSync(join(published, sha256))),
    new AbortController().signal,
  ).finally(() => {
    running = false;
  });
  for (let index = 0; store !== null && running; index++) await round(store, times, index);
  const { items } = await installing;
  const wall = (performance.now() - start) / 1_000;
  const { user, system } = process.cpuUsage(cpu);
  if (store !== null) refresh(store, times);
  const kinds = items.map(({ kind }) => kind).filter((kind) => kind !== 'unchanged');
  const way = kinds.length > 0 ? kinds.join() : JSON.stringify(items);
  const beside = store === null ? 'nothing beside' : 'look-ups beside, their CPU included';
  console.log(
    `| ${name} (${way}), ${beside} | ${wall.toFixed(2)} s | ${((user + system) / 1e6).toFixed(2)} s |`,
  );
  return times;
}

function share(values: readonly number[], ...shares: readonly number[]): string {
  const sorted = values.toSorted((a, b) => a - b);
  return shares
    .map((at) => (sorted[Math.floor(at * (sorted.length - 1))] ?? 0).toFixed(1))
    .join(', ');
}

function print({ name, all, unwaited, first, refresh: refreshes }: Times): void {
  const longest = (of: readonly number[]) => Math.max(...of).toFixed(1);
  const cells = [
    `${name} (${all.length}, ${unwaited.length})`,
    share(all, 0.5, 0.99, 0.999),
    share(unwaited, 0.5, 0.99, 0.999),
    share(first, 0.5, 0.9),
    `${longest(refreshes.map(({ ms }) => ms))}, ${longest(refreshes.map(({ ownMs }) => ownMs))}`,
  ];
  console.log(`| ${cells.join(' | ')} |`);
}

try {
  const parts = makeParts();
  const encoding = process.cpuUsage();
  const one = publishBase(1, parts);
  const { user } = process.cpuUsage(encoding);
  console.log(
    `\n### ${ENTRIES / 1e6} million entries: ${(one.bytes / 1e6).toFixed(1)} MB in chunks, made in ${(user / 1e6).toFixed(1)} s of CPU`,
  );
  const two = publishChange(1, parts, one.base);
  const three = publishBase(3, parts);
  const four = publishChange(3, parts, three.base);
  console.log(
    `${CHANGES} changes: ${two.bytes} bytes; load ${loadavg()
      .map((load) => load.toFixed(1))
      .join(', ')}`,
  );
  console.log('\n| installed | wall | CPU |\n|---|---|---|');
  await install('whole', one.manifest, null);
  await install('changes', two.manifest, null);
  const store = new RegisterStore(folder, SECRETS);
  const measured = [await rest(store, 'in rest, the changes over the base')];
  measured.push(await install('whole', three.manifest, store));
  measured.push(await rest(store, 'in rest, one base'));
  measured.push(await install('changes', four.manifest, store));
  console.log(
    '\n| look-up, us (all, without a wait) | p50, p99, p99.9 | not waiting for a core | first after a pause, p50, p90 | longest refresh ms, its own |\n|---|---|---|---|---|',
  );
  for (const times of measured) print(times);
  console.log(
    `${found} look-ups found somebody; peak memory ${Math.round(process.resourceUsage().maxRSS / 1024)} MB, the lists made for this included; load ${loadavg()[0]?.toFixed(1)}`,
  );
  for (const name of readdirSync(folder).filter((file) => file.startsWith('f0'))) {
    console.log(`${name}: ${(statSync(join(folder, name)).size / 1e6).toFixed(1)} MB`);
  }
  store.close();
} finally {
  rmSync(folder, { recursive: true, force: true });
  rmSync(published, { recursive: true, force: true });
}
