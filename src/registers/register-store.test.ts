import {
  copyFileSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { buildSnapshot } from './build-snapshot.ts';
import { type ImportRequest, importRegister } from './import-register.ts';
import { putInPlace } from './put-in-place.ts';
import { RegisterStore } from './register-store.ts';
import { readSeenVersions, writeSeenVersions } from './seen-versions.ts';

const SECRETS = {
  databaseKey: new Uint8Array(32).fill(1),
  region: { generation: 1, key: new Uint8Array(32).fill(2) },
};
const PAGE_BYTES = 4_096;
const LISTED = '001099000000';

let folder: string;
let store: RegisterStore | null = null;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'chot-registers-'));
});
afterEach(() => {
  store?.close();
  store = null;
  rmSync(folder, { recursive: true, force: true });
});

function openStore(secrets = SECRETS): RegisterStore {
  store?.close();
  store = new RegisterStore(folder, secrets);
  return store;
}

async function importRows(count: number, over: Partial<ImportRequest> = {}): Promise<void> {
  const rows = Array.from({ length: count }, (_, index) => {
    return `001099${String(index).padStart(6, '0')},active,2026-11-01,2026-11-21,A\n`;
  });
  const outcome = await importRegister({
    input: (async function* () {
      yield Buffer.from(`number,status,from,until,source\n${rows.join('')}`);
    })(),
    format: 'csv',
    register: 'f0',
    asOfMs: 1_000,
    nowMs: 2_000,
    defaultDays: null,
    allowEmpty: false,
    allowOlder: false,
    folder,
    secrets: SECRETS,
    signal: new AbortController().signal,
    ...over,
  });
  expect(outcome.kind).toBe('imported');
}

const file = (version: number) => join(folder, `f0.1.${version}.db`);

test('a register that was never imported is absent, not empty', () => {
  expect(openStore().condition('f0')).toEqual({ state: 'absent' });
  expect(openStore().lookup('f0', 'number', LISTED)).toEqual([]);
  expect(openStore().checkCanaries('f0')).toBe(false);
});

test('a new version is taken up by refresh, while the old one is read to the last', async () => {
  await importRows(1);
  const reader = openStore();
  await importRows(2);
  expect(reader.lookup('f0', 'number', '001099000001')).toEqual([]);
  expect(reader.condition('f0')).toEqual({ state: 'usable', asOfMs: 1_000, version: 1 });
  reader.refresh();
  expect(reader.lookup('f0', 'number', '001099000001')).toHaveLength(1);
  expect(reader.condition('f0')).toMatchObject({ version: 2 });
});

test('an older version put back is refused by a running station and by a new start', async () => {
  await importRows(2);
  copyFileSync(file(1), join(folder, 'kept'));
  const reader = openStore();
  await importRows(1);
  reader.refresh();
  rmSync(file(2));
  renameSync(join(folder, 'kept'), file(1));
  reader.refresh();
  expect(reader.condition('f0')).toMatchObject({ state: 'unusable', version: 2 });
  expect(reader.describe('f0').unusable).toBe('older');
  expect(openStore().condition('f0')).toEqual({ state: 'unusable', asOfMs: null, version: null });
});

test('an older file under the newer name does not open', async () => {
  await importRows(2);
  copyFileSync(file(1), join(folder, 'kept'));
  await importRows(1);
  renameSync(join(folder, 'kept'), file(2));
  expect(openStore().describe('f0')).toEqual({ meta: null, unusable: 'wrong-key' });
});

test('a page of an older version put into a newer file is noticed', async () => {
  await importRows(2_000);
  const older = readFileSync(file(1));
  await importRows(2_000);
  const newer = readFileSync(file(2));
  for (let page = 1; page < newer.length / PAGE_BYTES; page++) {
    const mixed = Buffer.from(newer);
    older.copy(mixed, page * PAGE_BYTES, page * PAGE_BYTES, (page + 1) * PAGE_BYTES);
    writeFileSync(file(2), mixed);
    expect(everyoneIsFound(2_000), `page ${page}`).toBe(false);
  }
});

test('a flipped bit anywhere is noticed by the look-up that meets it, and the register becomes unusable', async () => {
  await importRows(2_000);
  const whole = readFileSync(file(1));
  for (let flip = 0; flip < 40; flip++) {
    const bytes = Buffer.from(whole);
    const place = (flip * 7_919_191) % whole.length;
    bytes[place] = (bytes[place] ?? 0) ^ (1 << (flip % 8));
    writeFileSync(file(1), bytes);
    expect(everyoneIsFound(2_000), `byte ${place}`).toBe(false);
  }
});

/** True when all are found and the register is usable to the end; a miss in a usable register fails at once. */
function everyoneIsFound(count: number): boolean {
  const reader = openStore();
  for (let index = 0; index < count; index++) {
    const hits = reader.lookup('f0', 'number', `001099${String(index).padStart(6, '0')}`);
    if (hits.length !== 1) {
      expect(reader.condition('f0').state).toBe('unusable');
      return false;
    }
  }
  return true;
}

test('with the key of another region nobody would be found: the canaries say so', async () => {
  await importRows(5);
  const region = { generation: 1, key: new Uint8Array(32).fill(9) };
  const reader = openStore({ ...SECRETS, region });
  expect(reader.condition('f0')).toEqual({ state: 'unusable', asOfMs: 1_000, version: 1 });
  expect(reader.describe('f0').unusable).toBe('canary-missed');
  expect(reader.checkCanaries('f0')).toBe(false);
});

test('the database key of another station opens nothing', async () => {
  await importRows(5);
  const reader = openStore({ ...SECRETS, databaseKey: new Uint8Array(32).fill(9) });
  expect(reader.condition('f0')).toEqual({ state: 'unusable', asOfMs: null, version: null });
});

test('the file of another register does not open under this name', async () => {
  await importRows(5);
  await importRows(5, { register: 'f1' });
  renameSync(join(folder, 'f1.1.1.db'), file(1));
  expect(openStore().describe('f0').unusable).toBe('wrong-key');
  expect(openStore().describe('f1').unusable).toBe('older');
});

test('a snapshot without canaries is not put in place; one that lost them is not taken up, and the one before gives its hits', async () => {
  await importRows(1);
  const reader = openStore();
  const id = { register: 'f0', generation: 1, version: 2 };
  const meta = { ...id, previousVersion: 1, published: null, asOfMs: 1_500, madeMs: 2_000 };
  const content = { meta, sources: ['canary'], parts: [] };
  const counts = buildSnapshot(folder, SECRETS.databaseKey, content);
  expect(() => putInPlace(folder, SECRETS, { ...meta, ...counts, base: null })).toThrow(/canaries/);
  reader.refresh();
  expect(reader.condition('f0')).toEqual({ state: 'usable', asOfMs: 1_000, version: 1 });
  const held = { generation: 1, version: 2, base: null, asOfMs: 1_500, removed: false };
  const seen = { registers: new Map([['f0', held]]), lists: new Map() };
  writeSeenVersions(folder, SECRETS.databaseKey, seen);
  reader.refresh();
  expect(reader.condition('f0')).toEqual({ state: 'unusable', asOfMs: 1_000, version: 1 });
  expect(reader.describe('f0').unusable).toBe('canary-missed');
  expect(reader.lookup('f0', 'number', LISTED)).toHaveLength(1);
});

test('what is on the disk and not remembered is not believed', async () => {
  await importRows(1);
  rmSync(join(folder, 'versions.json'));
  expect(openStore().describe('f0').unusable).toBe('older');
});

test('a good import mends an unusable register', async () => {
  await importRows(1);
  writeFileSync(file(1), 'rubbish');
  const reader = openStore();
  expect(reader.condition('f0')).toEqual({ state: 'unusable', asOfMs: null, version: null });
  await importRows(1);
  reader.refresh();
  expect(reader.condition('f0')).toEqual({ state: 'usable', asOfMs: 1_000, version: 2 });
});

test('a changed memory of versions makes every register unusable until an import writes it anew', async () => {
  await importRows(1);
  const reader = openStore();
  writeFileSync(join(folder, 'versions.json'), '{"seen":{"registers":{},"lists":{}},"mac":"00"}');
  reader.refresh();
  expect(reader.describe('f0').unusable).toBe('damaged');
  await importRows(1);
  reader.refresh();
  expect(reader.condition('f0')).toMatchObject({ state: 'usable', version: 2 });
});

test('a station that starts with a changed memory of versions relies on nothing', async () => {
  await importRows(1);
  writeFileSync(join(folder, 'versions.json'), '{');
  expect(openStore().condition('f0')).toEqual({ state: 'unusable', asOfMs: null, version: null });
});

test('a folder that cannot be read makes registers unusable, not absent, and heals', async () => {
  await importRows(1);
  const reader = openStore();
  renameSync(folder, `${folder}-away`);
  reader.refresh();
  expect(reader.condition('f0').state).toBe('unusable');
  expect(reader.lookup('f0', 'number', LISTED)).toHaveLength(1);
  renameSync(`${folder}-away`, folder);
  reader.refresh();
  expect(reader.checkCanaries('f0')).toBe(true);
  expect(reader.condition('f0').state).toBe('usable');
});

test('the key of a new generation finds no file of the old one usable', async () => {
  await importRows(1);
  const region = { generation: 2, key: new Uint8Array(32).fill(3) };
  expect(openStore({ ...SECRETS, region }).condition('f0').state).toBe('unusable');
});

test('two stations may read one folder, and a lock of a reader never stops an import', async () => {
  await importRows(1);
  const reader = openStore();
  const other = new RegisterStore(folder, SECRETS);
  expect(other.lookup('f0', 'number', LISTED)).toHaveLength(1);
  await importRows(2);
  other.refresh();
  reader.refresh();
  expect(other.condition('f0')).toEqual(reader.condition('f0'));
  other.close();
});

test('the memory of versions is read as written, and not under another key', () => {
  const held = { generation: 1, base: null, asOfMs: 7, removed: false };
  const list = { sha256: 'ab'.repeat(32), generation: 1, published: 9 };
  const versions = {
    registers: new Map([
      ['f1', { ...held, version: 3 }],
      ['f0', { ...held, version: 42 }],
    ]),
    lists: new Map([['notices', list]]),
  };
  writeSeenVersions(folder, SECRETS.databaseKey, versions);
  expect(readSeenVersions(folder, SECRETS.databaseKey)).toEqual(versions);
  expect(() => readSeenVersions(folder, new Uint8Array(32))).toThrow(/was changed/);
  const path = join(folder, 'versions.json');
  const text = readFileSync(path, 'utf8');
  for (const changed of [
    text.replace('42', '41'),
    text.replace('f1', 'f2'),
    text.replace('"removed":false', '"removed":true'),
    text.replace('abab', 'abac'),
    text.replace('"asOfMs":7', '"asOfMs":8'),
    '[]',
    'null',
    '{}',
  ]) {
    writeFileSync(path, changed);
    expect(() => readSeenVersions(folder, SECRETS.databaseKey), changed).toThrow(/was changed/);
  }
});
