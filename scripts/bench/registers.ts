// Look-ups, imports and swaps of a register: `npm run bench registers`, or with sizes in thousands of entries:
// `node dist/scripts/bench/registers.js 1000 10000`. The peer is better-sqlite3 with a plain file of the same rows.
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Database, Sqlite } from '../../src/kernel/native-sqlite.ts';
import { BlockFile } from '../../src/registers/block-file.ts';
import { importRegister } from '../../src/registers/import-register.ts';
import { RegisterStore } from '../../src/registers/register-store.ts';
import { ROW_BYTES, readFields } from '../../src/registers/row.ts';
import { type SnapshotId, snapshotFile, snapshotKey } from '../../src/registers/snapshot-name.ts';
import { deriveRegisterKey, subjectKey } from '../../src/registers/subject-key.ts';

const SIZES = process.argv.slice(2).map((text) => Number(text) * 1_000);
const LOOKUPS = 50_000;
const SECRETS = {
  databaseKey: createHash('sha256').update('bench database').digest(),
  region: { generation: 1, key: createHash('sha256').update('bench region').digest() },
};
const REGISTER_KEY = deriveRegisterKey(SECRETS.region.key, 'f0');

/** An ordinary table of the same rows. */
const PEER_TABLE = `CREATE TABLE entry (
  key INTEGER, status INTEGER, from_day INTEGER, until_day INTEGER, source INTEGER, count INTEGER,
  PRIMARY KEY (key, status, from_day, until_day, source)) STRICT, WITHOUT ROWID`;

type Timing = { readonly p50: number; readonly p99: number; readonly max: number };

for (const size of SIZES.length > 0 ? SIZES : [1_000_000, 10_000_000]) await benchmark(size);

async function benchmark(size: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'chot-bench-'));
  try {
    const importS = await timedImport(folder, size);
    const first: SnapshotId = { register: 'f0', generation: 1, version: 1, base: null };
    const sizeMb = statSync(join(folder, snapshotFile(first))).size / 1e6;
    const plain = copyPlain(folder, first);
    const store = new RegisterStore(folder, SECRETS);
    const select = plain.prepare<[bigint]>(
      'SELECT status, from_day, until_day, source FROM entry WHERE key = ?',
    );
    const ours = (number: string) => store.lookup('f0', 'number', number).length;
    const peer = (number: string) =>
      select.all(BigInt.asIntN(64, subjectKey(REGISTER_KEY, 'number', number))).length;
    console.log(
      `\n### ${size / 1e6} million entries: file ${sizeMb.toFixed(0)} MB, CSV import ${importS.toFixed(1)} s = ${Math.round(size / importS)} rows/s, peak memory ${Math.round(process.resourceUsage().maxRSS / 1024)} MB`,
    );
    console.log('| look-up, us | p50 | p99 | max |\n|---|---|---|---|');
    // Both by turns, hits and misses alike, so that a busy machine hurts both.
    for (const [name, find] of [
      ['chot, first touch', ours],
      ['plain better-sqlite3, first touch', peer],
      ['chot, warm', ours],
      ['plain better-sqlite3, warm', peer],
      ['chot, warm again', ours],
      ['plain better-sqlite3, warm again', peer],
    ] as const) {
      print(name, timeLookups(size, find));
    }
    plain.close();
    await benchSwap(folder, size, store, ours);
    store.close();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function timedImport(folder: string, size: number): Promise<number> {
  const start = performance.now();
  const outcome = await importRegister({
    input: csv(size),
    format: 'csv',
    register: 'f0',
    asOfMs: 1,
    nowMs: 1,
    defaultDays: 21,
    allowEmpty: false,
    allowOlder: false,
    folder,
    secrets: SECRETS,
    signal: new AbortController().signal,
  });
  if (outcome.kind !== 'imported') throw new Error('the benchmark made a bad file');
  return (performance.now() - start) / 1_000;
}

/** Another version is imported in this process by turns with look-ups, then taken up: how long a lane could wait. */
async function benchSwap(
  folder: string,
  size: number,
  store: RegisterStore,
  find: (number: string) => number,
): Promise<void> {
  const swapsMs: number[] = [];
  for (const entries of [Math.min(size, 1_000_000), size / 1_000, size / 1_000, size / 1_000]) {
    await timedImport(folder, entries);
    const start = performance.now();
    store.refresh();
    swapsMs.push(performance.now() - start);
  }
  const idle = performance.now();
  for (let round = 0; round < 1_000; round++) store.refresh();
  const idleUs = performance.now() - idle;
  if (find(numberOf(1)) !== 1) throw new Error('the new version does not find its first row');
  console.log(
    `refresh that swaps, the first one lets the large file go: ${swapsMs.map((ms) => ms.toFixed(1)).join(', ')} ms; refresh with nothing new: ${idleUs.toFixed(0)} us`,
  );
}

function copyPlain(folder: string, id: SnapshotId): Database {
  const path = join(folder, 'plain.sqlite');
  if (existsSync(path)) rmSync(path);
  const source = BlockFile.open(
    join(folder, snapshotFile(id)),
    snapshotKey(SECRETS.databaseKey, id),
  );
  const plain = new Sqlite(path);
  plain.pragma('journal_mode = MEMORY');
  plain.exec(PEER_TABLE);
  const insert = plain.prepare('INSERT INTO entry VALUES (?, ?, ?, ?, ?, ?)');
  plain.transaction(() => {
    for (const rows of source.blocks()) {
      for (let at = 0; at < rows.length; at += ROW_BYTES) {
        const { status, fromDay, untilDay, source: name, count } = readFields(rows, at);
        insert.run(rows.readBigInt64BE(at), status, fromDay, untilDay, name, count);
      }
    }
  })();
  source.close();
  plain.close();
  return new Sqlite(path, { readonly: true });
}

function timeLookups(size: number, find: (number: string) => number): Timing {
  const times = new Float64Array(LOOKUPS);
  let hits = 0;
  for (let lookup = 0; lookup < LOOKUPS; lookup++) {
    // A fixed walk through the numbers: every other one is listed.
    const index = (lookup * 7_919_191) % (2 * size);
    const number = numberOf(index / 2);
    const start = performance.now();
    hits += find(number);
    times[lookup] = (performance.now() - start) * 1_000;
  }
  if (hits < LOOKUPS / 3) throw new Error(`only ${hits} of ${LOOKUPS} look-ups hit`);
  const sorted = times.sort();
  const at = (share: number) => sorted[Math.floor(share * (LOOKUPS - 1))] ?? 0;
  return { p50: at(0.5), p99: at(0.99), max: at(1) };
}

function print(name: string, { p50, p99, max }: Timing): void {
  console.log(`| ${name} | ${p50.toFixed(1)} | ${p99.toFixed(1)} | ${max.toFixed(0)} |`);
}

/** Whole indices are listed, halves are not. */
function numberOf(index: number): string {
  const whole = Math.floor(index);
  return `${index === whole ? '001' : '079'}${String(whole).padStart(9, '0')}`;
}

async function* csv(size: number): AsyncGenerator<Uint8Array> {
  let lines = ['number,status,from,until,source'];
  for (let index = 0; index < size; index++) {
    const day = String(1 + (index % 28)).padStart(2, '0');
    lines.push(`${numberOf(index)},active,2026-11-${day},2026-12-20,batch ${index % 200}`);
    if (lines.length < 4_000) continue;
    yield Buffer.from(`${lines.join('\n')}\n`);
    lines = [];
  }
  yield Buffer.from(`${lines.join('\n')}\n`);
}
