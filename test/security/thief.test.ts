import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { decodeSegment } from '../../src/journal/segment.ts';
import { deriveRegisterKey, subjectKey } from '../../src/registers/subject-key.ts';
import { disguises, tracesIn, tracesUnder } from '../support/find-traces.ts';
import { StationBench } from '../support/station-process.ts';

/** What docs/security.md says a thief gets of a station that was switched off, rebuilt from one. */
const F0 = '001200000314';
const CLEAN = '001200000271';
const RATE_NUMBERS = 100_000;

let bench: StationBench;
/** The stolen disk: a copy of the data directory. `bare` lacks its keys, which lie elsewhere only with a TPM. */
let stolen: string;
let bare: string;

beforeAll(async () => {
  bench = await StationBench.make();
  await bench.importRegister('f0', [`${F0},active,2026-01-01,2099-12-31,CDC`]);
  const station = await bench.start();
  const page = await station.enter();
  await page.act('confirm-time', null);
  await station.present(F0);
  const { current } = await page.until('the stop', (view) => view.current?.verdict === 'stop');
  await page.act('turn-back', current?.ordinal ?? null);
  await station.present(CLEAN);
  await page.until('the pass', (view) => view.current?.verdict === 'pass');
  expect(await station.stop()).toBe(0);
  const folder = mkdtempSync(join(tmpdir(), 'chot-thief-'));
  stolen = join(folder, 'whole');
  bare = join(folder, 'bare');
  for (const copy of [stolen, bare]) cpSync(bench.dataDir, copy, { recursive: true });
  rmSync(join(bare, 'keys'), { recursive: true });
});
afterAll(async () => {
  rmSync(join(stolen, '..'), { recursive: true });
  await bench.remove();
});

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    statSync(join(folder, name)).isFile(),
  );
}

test('disk without keys: databases of noise, names and versions of registers, when the station last lived', async () => {
  const readable = filesIn(bare).filter((name) => isText(readFileSync(join(bare, name))));
  expect(readable.sort()).toEqual([
    ...['registers/versions.json', 'run/kiosk.token', 'run/origin', 'station.lock', 'time.json'],
  ]);
  expect(Object.keys(JSON.parse(readFileSync(join(bare, 'time.json'), 'utf8')))).toEqual([
    ...['lastMs', 'uncertaintyMs', 'signedMs', 'wallErrorMs'],
  ]);
  const databases = filesIn(bare).filter((name) => name.endsWith('.db'));
  expect(databases.length).toBeGreaterThanOrEqual(2);
  for (const name of databases) {
    const head = readFileSync(join(bare, name)).subarray(0, 16).toString('latin1');
    expect(head, name).not.toBe('SQLite format 3\0');
  }
  expect(tracesUnder(bare, disguises({ F0, CLEAN }))).toEqual([]);

  // The product itself, with keys that it makes anew, opens nothing of it.
  const journal = await bench.chot(['journal', 'status', '--data', bare]);
  expect([journal.code, journal.stdout]).toEqual([1, '']);
  const check = ['register', 'check', '--number', '-', '--data', bare];
  expect((await bench.chot(check, `${F0}\n`)).stdout).not.toContain('active');
});

test('disk without keys: the kiosk’s token that was on it opens nothing after a restart', async () => {
  const token = readFileSync(join(bare, 'run', 'kiosk.token'), 'utf8').trimEnd();
  const station = await bench.start();
  const entered = await fetch(`${station.origin}/enter?token=${token}`, { redirect: 'manual' });
  expect(entered.headers.get('set-cookie')).toBe(null);
  expect(await station.stop()).toBe(0);
});

test('disk and key files: every number can be tested against the registers, fast', async () => {
  // Look-ups are recorded where there is a journal; a thief takes the lists and the keys alone.
  const lists = join(bench.folder, 'lists');
  for (const name of ['keys', 'registers']) {
    cpSync(join(stolen, name), join(lists, name), { recursive: true });
  }
  const check = ['register', 'check', '--number', '-', '--data', lists];
  const candidates = Array.from(
    { length: 1_000 },
    (_, at) => `001200${String(at).padStart(6, '0')}`,
  );
  const told = await bench.chot([...check, '--json'], `${candidates.join('\n')}\n`);
  const hits = told.stdout
    .split('\n')
    .flatMap((line, at) => (line.includes('"status":"active"') ? [candidates[at]] : []));
  expect(hits).toEqual([F0]);

  const region = readFileSync(join(stolen, 'keys', 'register-1.key'));
  const key = deriveRegisterKey(region, 'f0');
  const start = process.hrtime.bigint();
  for (let at = 0; at < RATE_NUMBERS; at++) {
    subjectKey(key, 'number', `001200${String(at).padStart(6, '0')}`);
  }
  const perSecond = RATE_NUMBERS / (Number(process.hrtime.bigint() - start) / 1e9);
  console.info(`numbers a second on one core, in Node: ${Math.round(perSecond)}`);
});

test('disk and key files: the journal tells how many records, and nothing of whom', async () => {
  const status = await bench.chot(['journal', 'status', '--json', '--data', stolen]);
  expect(Object.keys(JSON.parse(status.stdout) as object).sort()).toEqual([
    ...[
      'bytesFree',
      'bytesOnDisk',
      'daysLeftOfOneBusyLane',
      'epochs',
      'head',
      'oldest',
      'openSegments',
      'records',
    ],
    ...['segments', 'station', 'stored', 'unfinished', 'unsent', 'unsentRecords'],
  ]);
  const exported = await bench.chot(['journal', 'export', '-', '--data', stolen]);
  const segments = exported.stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const { segment } = JSON.parse(line) as { segment: string };
      return decodeSegment(Buffer.from(segment, 'base64'));
    });
  const sealed = segments.flatMap((segment) => segment.sealed);
  expect(sealed.length).toBeGreaterThanOrEqual(4);
  // A hit is as long as anything else.
  expect(new Set(sealed.map(({ length }) => length)).size).toBe(1);
  const needles = disguises({ F0, CLEAN });
  for (const bytes of sealed) expect(tracesIn(bytes, needles)).toEqual([]);
});

test('disk and key files: no key on the station opens a record, the health authority’s does', async () => {
  const keys = readdirSync(join(stolen, 'keys'));
  expect(keys).toContain('station.ed25519');
  for (const name of keys) {
    const opened = await bench.chot([
      ...['journal', 'export', '-', '--data', stolen],
      ...['--open', join(stolen, 'keys', name)],
    ]);
    expect([opened.code === 0, opened.stdout], name).toEqual([false, '']);
  }
  const authority = await bench.chot([
    ...['journal', 'export', '-', '--data', stolen, '--open', bench.recipientKeyFile],
  ]);
  expect(authority.stdout).toContain(F0);
  expect(existsSync(join(stolen, 'recipient.pem'))).toBe(false);
});

test('every file of a station is for its owner alone', () => {
  for (const name of readdirSync(bench.dataDir, { recursive: true, encoding: 'utf8' })) {
    expect(statSync(join(bench.dataDir, name)).mode & 0o077, name).toBe(0);
  }
});

function isText(bytes: Buffer): boolean {
  return bytes.every((byte) => byte === 10 || (byte >= 32 && byte < 127));
}
