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
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Entry, numberOf, Publisher } from '../../test/support/publisher.ts';
import { importRegister } from './import-register.ts';
import { type InstalledItem, installAll } from './install-all.ts';
import { installManifest } from './install-manifest.ts';
import { encodeDelta } from './published/delta.ts';
import type { Manifest, PublishedRegister } from './published/manifest.ts';
import { NOTICES_REGISTER } from './published/notices.ts';
import { RegisterStore } from './register-store.ts';
import { deriveRegisterKey, subjectKey } from './subject-key.ts';

const REGION = { generation: 1, key: new Uint8Array(32).fill(2) };
const SECRETS = { databaseKey: new Uint8Array(32).fill(1), region: REGION };

let folder: string;
let publisher: Publisher;
let store: RegisterStore;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'chot-install-'));
  publisher = new Publisher(REGION);
  store = new RegisterStore(folder, SECRETS);
});
afterEach(() => {
  store.close();
  rmSync(folder, { recursive: true, force: true });
});

async function install(
  manifest: Manifest,
  fetchFile = publisher.fetchFile,
  over: { readonly distrusted?: readonly string[]; readonly secrets?: typeof SECRETS } = {},
): Promise<readonly InstalledItem[]> {
  const task = { folder, secrets: SECRETS, manifest, nowMs: 9_000, distrusted: [], ...over };
  const { items } = await installAll(task, fetchFile);
  store.refresh();
  return items.filter(({ kind }) => kind !== 'unchanged');
}

const listed = (count: number, over: Partial<Entry> = {}): Entry[] =>
  Array.from({ length: count }, (_, index) => ({ number: numberOf(index), ...over }));

const publish = (entries: readonly Entry[], asOfMs = 1_000, rebase = false) =>
  publisher.publish('f0', asOfMs, publisher.rows('f0', entries), rebase);

const hits = (index: number) => store.lookup('f0', 'number', numberOf(index));
const files = () => readdirSync(folder).sort();

test('a register is installed whole from its base, in one chunk and in 256', async () => {
  expect(await install(publish(listed(3_000)))).toEqual([{ name: 'f0', kind: 'base' }]);
  expect(store.condition('f0')).toEqual({ state: 'usable', asOfMs: 1_000, version: 1 });
  publisher.chunks = 256;
  publisher.publish('f1', 1_000, publisher.rows('f1', listed(2_000)));
  await install(publisher.manifest());
  for (let index = 0; index < 3_001; index += 7) {
    expect(hits(index)).toHaveLength(index < 3_000 ? 1 : 0);
    expect(store.lookup('f1', 'number', numberOf(index))).toHaveLength(index < 2_000 ? 1 : 0);
  }
  expect(files()).toEqual(['f0.1.1.db', 'f1.1.1.db', 'fetch', 'import.db', 'versions.json']);
  expect(readdirSync(join(folder, 'fetch'))).toEqual([]);
});

test('a change lies over the base in a file of its own: added, changed and removed', async () => {
  await install(publish(listed(5_000)));
  const base = statSync(join(folder, 'f0.1.1.db'));
  const changed = [...listed(4_990), { number: numberOf(7_000), source: 3 }];
  changed[0] = { number: numberOf(0), untilDay: 20_799 };
  changed.push({ number: numberOf(1), status: 2, untilDay: 20_800 });
  expect(await install(publish(changed, 2_000))).toEqual([{ name: 'f0', kind: 'deltas' }]);
  expect(files()).toContain('f0.1.1.2.db');
  expect(statSync(join(folder, 'f0.1.1.db')).mtimeMs).toBe(base.mtimeMs);
  expect(store.condition('f0')).toEqual({ state: 'usable', asOfMs: 2_000, version: 2 });
  expect(hits(0)).toMatchObject([{ untilDay: 20_799 }]);
  expect(hits(1)).toHaveLength(2);
  expect(hits(4_995)).toEqual([]);
  expect(hits(7_000)).toMatchObject([{ source: 'CDC 3' }]);
  expect(hits(2_500)).toHaveLength(1);
  await install(publish(listed(5_000), 3_000));
  expect(files().filter((name) => name.startsWith('f0'))).toEqual(['f0.1.1.3.db', 'f0.1.1.db']);
  expect(hits(4_995)).toHaveLength(1);
  expect(hits(7_000)).toEqual([]);
});

test('changes that grow beyond their share become a base of their own', async () => {
  await install(publish(listed(5_000)));
  await install(publish(listed(6_500)));
  expect(files().filter((name) => name.startsWith('f0'))).toEqual(['f0.1.2.db']);
  expect([hits(6_499), hits(6_500)].map(({ length }) => length)).toEqual([1, 0]);
  expect(store.describe('f0').meta).toMatchObject({
    published: 2,
    entries: 6_500,
    subjects: 6_500,
  });
});

test('whoever missed versions takes only the deltas it lacks; whoever is out of the chain the base and all', async () => {
  const taken = (manifest: Manifest) => {
    const fetched: string[] = [];
    const spy = (sha256: string) => {
      fetched.push(sha256);
      return publisher.fetchFile(sha256);
    };
    return install(manifest, spy).then(() => fetched.length);
  };
  publish(listed(3_000));
  publish(listed(3_001));
  expect(await taken(publisher.manifest())).toBe(2);
  publish(listed(3_002));
  publish(listed(3_003));
  expect(await taken(publisher.manifest())).toBe(2);
  expect(hits(3_002)).toHaveLength(1);
  publish(listed(3_004), 1_000, true);
  expect(await taken(publish(listed(3_005)))).toBe(2);
  expect([hits(3_004), hits(3_005)].map(({ length }) => length)).toEqual([1, 0]);
});

test('after any history of changes everybody is found as published, with or without the versions between', async () => {
  const history = fc.array(
    fc.record({
      entries: fc.uniqueArray(
        fc.record({
          number: fc.integer({ min: 0, max: 60 }).map(numberOf),
          source: fc.integer({ min: 0, max: 3 }),
          status: fc.constantFrom(1, 2),
        }),
        {
          maxLength: 50,
          selector: ({ number, source, status }) => `${number} ${source} ${status}`,
        },
      ),
      taken: fc.boolean(),
    }),
    { minLength: 1, maxLength: 8 },
  );
  let round = 0;
  await fc.assert(
    fc.asyncProperty(history, async (steps) => {
      publisher = new Publisher(REGION);
      const base = folder;
      folder = join(base, `round-${round++}`);
      mkdirSync(folder);
      store.close();
      store = new RegisterStore(folder, SECRETS);
      try {
        for (const { entries, taken } of [...steps, { entries: [], taken: true }]) {
          const manifest = publish(entries);
          if (!taken) continue;
          const items = await install(manifest);
          expect(items.filter(({ kind }) => kind === 'failed')).toEqual([]);
          for (let index = 0; index <= 60; index++) {
            const wanted = entries.filter(({ number }) => number === numberOf(index));
            expect(hits(index)).toHaveLength(wanted.length);
          }
        }
      } finally {
        folder = base;
      }
    }),
    { numRuns: process.env['CHOT_SOAK'] === '1' ? 1_000 : 12 },
  );
}, 120_000);

test('a list that was only confirmed is of its new date, and no file is written', async () => {
  await install(publish(listed(10)));
  const before = files();
  expect(await install(publisher.confirm('f0', 5_000))).toEqual([{ name: 'f0', kind: 'renewed' }]);
  expect(files()).toEqual(before);
  expect(store.condition('f0')).toEqual({ state: 'usable', asOfMs: 5_000, version: 1 });
  expect(await install(publisher.manifest())).toEqual([]);
  store.close();
  store = new RegisterStore(folder, SECRETS);
  expect(store.condition('f0')).toMatchObject({ asOfMs: 5_000 });
});

test('what was fetched when the line broke is not fetched again, and lies sealed meanwhile', async () => {
  publisher.chunks = 256;
  const manifest = publish(listed(3_000));
  const total = publisher.files.size;
  let left = 100;
  const breaking = (sha256: string) =>
    left-- > 0 ? publisher.fetchFile(sha256) : Promise.reject(new Error('line cut'));
  expect(await install(manifest, breaking)).toMatchObject([{ kind: 'failed', code: 'fetch' }]);
  expect(store.condition('f0')).toEqual({ state: 'absent' });
  const kept = readdirSync(join(folder, 'fetch'));
  expect(kept).toHaveLength(100);
  for (const name of kept) {
    const sealed = readFileSync(join(folder, 'fetch', name));
    const plain = Buffer.from(publisher.files.get(name) ?? []);
    expect(sealed.includes(plain.subarray(0, 40))).toBe(false);
  }
  writeFileSync(join(folder, 'fetch', kept[0] ?? ''), 'torn');
  let fetched = 0;
  const counting = (sha256: string) => {
    fetched++;
    return publisher.fetchFile(sha256);
  };
  expect(await install(manifest, counting)).toEqual([{ name: 'f0', kind: 'base' }]);
  expect(fetched).toBe(total - 99);
  expect(readdirSync(join(folder, 'fetch'))).toEqual([]);
});

test('a file of other content fails its register alone, with the one in place going on', async () => {
  await install(publish(listed(2_000)));
  publish(listed(2_001), 2_000, true);
  const manifest = publisher.publish('f1', 1_000, publisher.rows('f1', listed(5)));
  const lying = (sha256: string) =>
    publisher.fetchFile(sha256).then((content) => {
      if (content.length > 2_000) content[50] = (content[50] ?? 0) ^ 1;
      return content;
    });
  const items = await install(manifest, lying);
  expect(items).toMatchObject([
    { name: 'f1', kind: 'base' },
    { name: 'f0', kind: 'failed', code: 'content', message: /expected its own/ },
  ]);
  expect(store.condition('f0')).toEqual({ state: 'usable', asOfMs: 1_000, version: 1 });
  expect(hits(1_999)).toHaveLength(1);
  expect(await install(manifest)).toEqual([{ name: 'f0', kind: 'base' }]);
});

test('a delta that does not fit what is here is left for the base', async () => {
  await install(publish(listed(3_000)));
  const manifest = publish(listed(3_001));
  const [f0] = manifest.registers;
  const [delta] = f0?.deltas ?? [];
  if (f0 === undefined || delta === undefined) throw new Error('expected a delta');
  const totals = { rows: 3_002, checksum: '00'.repeat(8) };
  const wrong = encodeDelta({
    ...{ register: 'f0', generation: 1, from: 1, to: 2, before: totals, after: totals },
    ...{ removed: new Uint32Array(0), added: Buffer.alloc(0) },
  });
  const renamed = { ...delta, sha256: publisher.add(wrong), bytes: wrong.length };
  const [item] = await install(withF0(manifest, { ...f0, deltas: [renamed] }));
  // The base and the same delta: no better, so what is in place stays.
  expect(item).toMatchObject({ name: 'f0', kind: 'failed', code: 'content' });
  expect(hits(2_999)).toHaveLength(1);
  const rebased = publish(listed(3_001), 1_000, true);
  expect(await install(rebased)).toEqual([{ name: 'f0', kind: 'base' }]);
});

const withF0 = (manifest: Manifest, f0: PublishedRegister): Manifest => ({
  ...manifest,
  registers: [f0],
});

test.each<[string, (f0: PublishedRegister) => PublishedRegister, RegExp]>([
  [
    'another checksum',
    (f0) => ({ ...f0, totals: { ...f0.totals, checksum: '00'.repeat(8) } }),
    /its manifest counts/,
  ],
  ['another number of subjects', (f0) => ({ ...f0, subjects: 9 }), /its manifest counts/],
  ['a status unknown here', (f0) => ({ ...f0, statuses: [{ id: 3, name: 'gone' }] }), /statuses/],
  [
    'a chunk with fewer rows',
    (f0) => ({
      ...f0,
      base: {
        ...f0.base,
        chunks: f0.base.chunks.map((chunk) => (chunk === null ? null : { ...chunk, rows: 7 })),
      },
    }),
    /7 rows/,
  ],
])('a register with %s is not put in place', async (_, wrong, message) => {
  const manifest = publish(listed(10));
  const [f0] = manifest.registers;
  if (f0 === undefined) throw new Error('expected a register');
  expect(await install(withF0(manifest, wrong(f0)))).toMatchObject([{ kind: 'failed', message }]);
  expect(store.condition('f0')).toEqual({ state: 'absent' });
});

test('a register without its canaries is not put in place', async () => {
  await install(publish(listed(10)));
  const blind = publisher.publish('f0', 2_000, publisher.rows('f0', listed(12), true));
  expect(await install(blind)).toMatchObject([{ kind: 'failed', message: /canaries/ }]);
  expect(store.condition('f0')).toMatchObject({ state: 'usable', version: 1 });
  expect(hits(9)).toHaveLength(1);
});

test('a damaged register is installed anew from its base', async () => {
  await install(publish(listed(3_000)));
  const path = join(folder, 'f0.1.1.db');
  const bytes = readFileSync(path);
  bytes.fill(0, 40_000, 60_000);
  writeFileSync(path, bytes);
  for (let index = 0; index < 3_000; index++) hits(index);
  expect(store.condition('f0').state).toBe('unusable');
  const again = await install(publisher.manifest(), publisher.fetchFile, { distrusted: ['f0'] });
  expect(again).toEqual([{ name: 'f0', kind: 'base' }]);
  expect(store.condition('f0').state).toBe('usable');
});

test('a register that the manifest does not name is absent, and not empty; what was imported by hand stays', async () => {
  publish(listed(10));
  await install(publisher.publish('f1', 1_000, publisher.rows('f1', listed(5))));
  await importRegister({
    ...{
      register: 'own',
      asOfMs: 1,
      nowMs: 1,
      defaultDays: 21,
      allowEmpty: false,
      allowOlder: false,
    },
    ...{ format: 'csv', folder, secrets: SECRETS, signal: new AbortController().signal },
    input: (async function* () {
      yield Buffer.from('number,status,from,until,source\n001099000001,active,2026-11-01,,A\n');
    })(),
  });
  expect(await install(publisher.withdraw('f1'))).toEqual([{ name: 'f1', kind: 'removed' }]);
  expect(store.condition('f1')).toEqual({ state: 'absent' });
  expect(store.condition('own')).toMatchObject({ state: 'usable' });
  expect(files().filter((name) => name.startsWith('f1'))).toEqual([]);
  expect(await install(publisher.publish('f1', 1_000, publisher.rows('f1', listed(6))))).toEqual([
    { name: 'f1', kind: 'base' },
  ]);
  expect(store.condition('f1')).toMatchObject({ state: 'usable' });
});

test('a new generation replaces the old one, which is read until then', async () => {
  await install(publish(listed(10)));
  const region = { generation: 2, key: new Uint8Array(32).fill(3) };
  const second = new Publisher(region);
  second.version = 5;
  const manifest = second.publish('f0', 2_000, second.rows('f0', listed(11)));
  await expect(install(manifest, second.fetchFile)).rejects.toThrow(/region key first/);
  store.addRegion(region);
  expect(hits(9)).toHaveLength(1);
  const secrets = { ...SECRETS, region };
  expect(await install(manifest, second.fetchFile, { secrets })).toEqual([
    { name: 'f0', kind: 'base' },
  ]);
  expect(store.condition('f0')).toMatchObject({ state: 'usable', version: 6 });
  expect([hits(10), hits(11)].map(({ length }) => length)).toEqual([1, 0]);
  expect(files().filter((name) => name.startsWith('f0'))).toEqual(['f0.2.2.db']);
});

test('notices and officers are installed, replaced and taken away', async () => {
  const key = subjectKey(deriveRegisterKey(REGION.key, NOTICES_REGISTER), 'number', numberOf(1));
  const notice = { key: key.toString(16).padStart(16, '0'), code: 'transfer', untilMinutes: 100 };
  const pin = `scrypt$15$${'s'.repeat(22)}$${'k'.repeat(43)}`;
  const officer = { id: 'lan', name: 'Lan', role: 'officer', pin, untilDay: 20_800 };
  expect(store.officers()).toBeNull();
  publisher.publishNotices([notice]);
  expect(await install(publisher.publishOfficers([officer]))).toEqual([
    { name: 'notices', kind: 'list' },
    { name: 'officers', kind: 'list' },
  ]);
  expect(store.notices('number', numberOf(1))).toEqual([{ code: 'transfer', endMs: 6_000_000 }]);
  expect(store.notices('number', numberOf(2))).toEqual([]);
  expect(store.officers()).toEqual([officer]);
  expect(await install(publisher.publishNotices([]))).toEqual([{ name: 'notices', kind: 'list' }]);
  expect(store.notices('number', numberOf(1))).toEqual([]);
  expect(files().filter((name) => name.endsWith('.list'))).toHaveLength(2);
  const without = {
    ...publisher.manifest(),
    lists: { notices: null, attributes: null, officers: null },
  };
  expect(await install(without)).toHaveLength(2);
  expect(store.officers()).toBeNull();
  expect(files().filter((name) => name.endsWith('.list'))).toEqual([]);
});

test('a thread of its own installs it, asking for files; another one at the same time is told to wait', async () => {
  const manifest = publish(listed(3_000));
  const task = { folder, secrets: SECRETS, manifest, nowMs: 9_000, distrusted: [] };
  const { signal } = new AbortController();
  let second: Promise<unknown> = Promise.resolve();
  const fetchFile = async (sha256: string) => {
    second = installManifest(task, publisher.fetchFile, signal);
    await expect(second).rejects.toThrow(/another import is running/);
    return publisher.fetchFile(sha256);
  };
  const outcome = await installManifest(task, fetchFile, signal);
  expect(outcome.items.at(-1)).toEqual({ name: 'f0', kind: 'base' });
  expect(outcome.fetchedBytes).toBe([...publisher.files.values()][0]?.length);
  store.refresh();
  expect(hits(2_999)).toHaveLength(1);
}, 30_000);

test('stopped while it waits for the line, it ends, and nothing is in place', async () => {
  const task = {
    folder,
    secrets: SECRETS,
    manifest: publish(listed(10)),
    nowMs: 1,
    distrusted: [],
  };
  const stop = new AbortController();
  const silent = () => {
    stop.abort();
    return new Promise<Uint8Array>(() => {});
  };
  await expect(installManifest(task, silent, stop.signal)).rejects.toThrow(/abort/);
  store.refresh();
  expect(store.condition('f0')).toEqual({ state: 'absent' });
}, 30_000);
