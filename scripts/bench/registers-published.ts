// A published register: bytes on the wire, how long a station takes for the whole and for a change, and what look-ups in the
// main thread see of it. `node dist/scripts/bench/registers-published.js 10000` (thousands of entries).
//
// The list: 200 sources of equal size, each of one week; from-days at most 5 days before the source's (50, 25, 13, 7, 3, 2 %); 85 % for
// 21 days, 10 % for 14, 3 % for 28, 2 % others; 5 % ended; 2 % came twice. Every hundredth person has a number that is looked up.
import { createHash } from 'node:crypto';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { canaryNumber, STATUS_IDS, STATUSES } from '../../src/registers/canaries.ts';
import { installManifest } from '../../src/registers/install-manifest.ts';
import { chunksOf, fileName, type PublishedFile } from '../../src/registers/published/chunk.ts';
import { encodeDelta } from '../../src/registers/published/delta.ts';
import { diffRows } from '../../src/registers/published/diff-rows.ts';
import type {
  Manifest,
  PublishedDelta,
  PublishedRegister,
} from '../../src/registers/published/manifest.ts';
import { RegisterStore } from '../../src/registers/register-store.ts';
import { compareRows, ROW_BYTES, writeRow } from '../../src/registers/row.ts';
import { RowChecksum } from '../../src/registers/row-checksum.ts';
import { deriveRegisterKey, subjectDigest } from '../../src/registers/subject-key.ts';

const ENTRIES = Number(process.argv[2] ?? 1_000) * 1_000;
const CHANGES = 42_000;
const RANGES = 256;
const REGION = { generation: 1, key: createHash('sha256').update('bench region').digest() };
const SECRETS = {
  databaseKey: createHash('sha256').update('bench database').digest(),
  region: REGION,
};
const REGISTER_KEY = deriveRegisterKey(REGION.key, 'f0');
const LISTED = Math.floor(ENTRIES / 100);

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

let seed = 7;
function random(): number {
  seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
  return seed / 2 ** 32;
}

function pick(shares: readonly (readonly [number, number])[]): number {
  let left = random();
  for (const [value, share] of shares) {
    left -= share;
    if (left < 0) return value;
  }
  return shares[0]?.[0] ?? 0;
}

const numberOf = (index: number) => `001${String(index).padStart(9, '0')}`;

function someRow(key: Uint8Array): Buffer {
  const source = 1 + Math.floor(random() * 200);
  const fromDay =
    20_500 +
    source -
    pick([
      [0, 0.5],
      [1, 0.25],
      [2, 0.13],
      [3, 0.07],
      [4, 0.03],
      [5, 0.02],
    ]);
  const days = pick([
    [21, 0.85],
    [14, 0.1],
    [28, 0.03],
    [10, 0.01],
    [45, 0.01],
  ]);
  const row = Buffer.alloc(ROW_BYTES);
  const status = random() < 0.05 ? STATUS_IDS.ended : STATUS_IDS.active;
  const fields = { status, fromDay, untilDay: fromDay + days, source, attribute: 0 };
  writeRow(row, 0, key, { ...fields, count: random() < 0.02 ? 2 : 1 });
  return row;
}

/** Sorted, one part a first byte. */
function makeParts(): Buffer[] {
  const parts: Buffer[][] = Array.from({ length: RANGES }, () => []);
  const add = (row: Buffer) => parts[row[0] ?? 0]?.push(row);
  for (const status of STATUSES) {
    const row = Buffer.alloc(ROW_BYTES);
    const fields = { status: STATUS_IDS[status], fromDay: 0, untilDay: 157_053, source: 0 };
    const key = subjectDigest(REGISTER_KEY, 'number', canaryNumber(status));
    writeRow(row, 0, key, { ...fields, attribute: 0, count: 1 });
    add(row);
  }
  for (let index = 0; index < LISTED; index++) {
    add(someRow(subjectDigest(REGISTER_KEY, 'number', numberOf(index))));
  }
  const key = Buffer.alloc(8);
  for (let index = LISTED; index < ENTRIES; index++) {
    for (let at = 0; at < 8; at++) key[at] = random() * 256;
    add(someRow(key));
  }
  return parts.map((rows) => Buffer.concat(rows.sort((a, b) => compareRows(a, 0, b, 0))));
}

/** Half of the changes removed, half added, everywhere. */
function changedParts(parts: readonly Buffer[]): Buffer[] {
  const each = Math.round(CHANGES / 2 / RANGES);
  return parts.map((part, first) => {
    const rows = Array.from({ length: part.length / ROW_BYTES }, (_, at) =>
      part.subarray(at * ROW_BYTES, (at + 1) * ROW_BYTES),
    );
    rows.splice(Math.floor(rows.length / 3), each);
    for (let added = 0; added < each; added++) {
      const key = Buffer.alloc(8);
      key[0] = first;
      for (let at = 1; at < 8; at++) key[at] = random() * 256;
      rows.push(someRow(key));
    }
    return Buffer.concat(rows.sort((a, b) => compareRows(a, 0, b, 0)));
  });
}

const published = mkdtempSync(join(tmpdir(), 'chot-bench-published-'));
const folder = mkdtempSync(join(tmpdir(), 'chot-bench-'));
mkdirSync(folder, { recursive: true });

function save(content: Uint8Array): string {
  const sha256 = fileName(content);
  writeFileSync(join(published, sha256), content);
  return sha256;
}

function register(
  version: number,
  parts: readonly Buffer[],
  base: PublishedRegister['base'],
  deltas: readonly PublishedDelta[],
): Manifest {
  const checksum = new RowChecksum();
  for (const part of parts) checksum.add(part);
  const rows = parts.reduce((sum, part) => sum + part.length / ROW_BYTES, 0);
  const entries = rows - STATUSES.length;
  const f0: PublishedRegister = {
    ...{ name: 'f0', contentVersion: version, asOfMs: version, entries, subjects: entries },
    totals: { rows, checksum: checksum.hex },
    statuses: STATUSES.map((name) => ({ id: STATUS_IDS[name], name })),
    sources: ['canary', ...Array.from({ length: 200 }, (_, at) => `batch ${at}`)],
    ...{ base, deltas },
  };
  const lists = { notices: null, attributes: null, officers: null };
  const head = { region: 'bench', generation: 1, version, previous: '0'.repeat(64) };
  return { ...head, issuedMs: 0, notAfterMs: 1, registers: [f0], lists };
}

function publishBase(
  version: number,
  parts: readonly Buffer[],
): { manifest: Manifest; bytes: number } {
  const chunks = new Array<PublishedFile | null>(RANGES).fill(null);
  let bytes = 0;
  for (const { number, content, ...file } of chunksOf(parts, 256)) {
    save(content);
    chunks[number] = { sha256: file.sha256, bytes: file.bytes, rows: file.rows };
    bytes += file.bytes;
  }
  return { manifest: register(version, parts, { version, chunks }, []), bytes };
}

type Times = { readonly name: string; readonly us: number[] };

function lookUps(store: RegisterStore, times: Times, count: number): void {
  for (let done = 0; done < count; done++) {
    const index = Math.floor(Math.random() * LISTED * 2);
    const number = numberOf(index);
    const start = performance.now();
    const hits = store.lookup('f0', 'number', number).length;
    times.us.push((performance.now() - start) * 1_000);
    if (hits > 0) found++;
  }
}

let found = 0;

async function timed(
  name: string,
  manifest: Manifest,
  store: RegisterStore,
  times: Times | null,
): Promise<void> {
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
  let stallMs = 0;
  const refresh = () => {
    const before = performance.now();
    store.refresh();
    stallMs = Math.max(stallMs, performance.now() - before);
  };
  // As the daemon does, only more often.
  for (let round = 0; running; round++) {
    if (round % 20 === 0) refresh();
    if (times !== null) lookUps(store, times, 20);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  const { items } = await installing;
  refresh();
  const wall = (performance.now() - start) / 1_000;
  const { user, system } = process.cpuUsage(cpu);
  const kinds = items.map(({ kind }) => kind).filter((kind) => kind !== 'unchanged');
  const way = kinds.length > 0 ? kinds.join() : JSON.stringify(items);
  console.log(
    `${name} (${way}): ${wall.toFixed(1)} s, ${((user + system) / 1e6).toFixed(1)} s of CPU with what runs beside; longest refresh ${stallMs.toFixed(1)} ms`,
  );
}

function print({ name, us }: Times): void {
  const sorted = us.sort((a, b) => a - b);
  const at = (share: number) => (sorted[Math.floor(share * (sorted.length - 1))] ?? 0).toFixed(1);
  console.log(
    `| ${name} (${sorted.length}) | ${at(0.5)} | ${at(0.99)} | ${at(0.999)} | ${at(1)} |`,
  );
}

try {
  const parts = makeParts();
  const encoding = process.cpuUsage();
  const one = publishBase(1, parts);
  const { user } = process.cpuUsage(encoding);
  console.log(
    `\n### ${ENTRIES / 1e6} million entries: ${(one.bytes / 1e6).toFixed(1)} MB in chunks, made in ${(user / 1e6).toFixed(1)} s of CPU`,
  );
  const store = new RegisterStore(folder, SECRETS);
  await timed('whole, nothing beside', one.manifest, store, null);
  const meanwhile = { name: 'while the whole is installed again', us: [] };
  const after = { name: 'afterwards', us: [] };
  const changing = { name: 'while the change is installed', us: [] };
  const changed = { name: 'with the change over it', us: [] };
  lookUps(store, after, 50_000);
  const now = changedParts(parts);
  const difference = diffRows(parts, now);
  if (difference === null) throw new Error('expected a change that fits a delta');
  const bytes = encodeDelta({ register: 'f0', generation: 1, from: 1, to: 2, ...difference });
  const delta = { from: 1, to: 2, sha256: save(bytes), bytes: bytes.length };
  const base = one.manifest.registers[0]?.base;
  if (base === undefined) throw new Error('expected a base');
  await timed(
    `${CHANGES} changes, ${bytes.length} bytes`,
    register(2, now, base, [delta]),
    store,
    changing,
  );
  lookUps(store, changed, 50_000);
  const three = publishBase(3, parts);
  await timed('whole, look-ups beside', three.manifest, store, meanwhile);
  console.log('\n| look-up, us | p50 | p99 | p99.9 | max |\n|---|---|---|---|---|');
  for (const times of [after, changing, changed, meanwhile]) print(times);
  console.log(
    `${found} of the look-ups found somebody; peak memory ${Math.round(process.resourceUsage().maxRSS / 1024)} MB, the lists made for this included`,
  );
  for (const name of readdirSync(folder).filter((file) => file.startsWith('f0'))) {
    console.log(`${name}: ${(statSync(join(folder, name)).size / 1e6).toFixed(1)} MB`);
  }
  store.close();
} finally {
  rmSync(folder, { recursive: true, force: true });
  rmSync(published, { recursive: true, force: true });
}
