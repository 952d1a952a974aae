import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { dayFromIso } from '../kernel/calendar.ts';
import { buildSnapshot } from './build-snapshot.ts';
import { type ImportOutcome, type ImportRequest, importRegister } from './import-register.ts';
import type { SubjectKind } from './lookup.ts';
import { RegisterStore } from './register-store.ts';
import { Staging } from './staging.ts';

const SECRETS = {
  databaseKey: new Uint8Array(32).fill(1),
  region: { generation: 1, key: new Uint8Array(32).fill(2) },
};
const HEADER = 'number,status,from,until,source\n';
const AS_OF_MS = Date.UTC(2026, 10, 24);

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'chot-registers-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function importText(text: string | Uint8Array, over: Partial<ImportRequest> = {}) {
  return importRegister({
    input: chunksOf(typeof text === 'string' ? Buffer.from(text) : text),
    format: 'csv',
    register: 'f0',
    asOfMs: AS_OF_MS,
    nowMs: AS_OF_MS,
    defaultDays: 21,
    allowEmpty: false,
    allowOlder: false,
    folder,
    secrets: SECRETS,
    signal: new AbortController().signal,
    ...over,
  });
}

async function* chunksOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 1_000) yield bytes.subarray(at, at + 1_000);
}

function imported(outcome: ImportOutcome) {
  if (outcome.kind === 'imported') return outcome;
  throw new Error(`refused: ${JSON.stringify(outcome.badLines)}`);
}

function refused(outcome: ImportOutcome) {
  if (outcome.kind === 'refused') return outcome;
  throw new Error('expected the file to be refused');
}

function hitsOf(value: string, register = 'f0', kind: SubjectKind = 'number') {
  const store = new RegisterStore(folder, SECRETS);
  try {
    expect(store.condition(register).state).toBe('usable');
    return store.lookup(register, kind, value);
  } finally {
    store.close();
  }
}

function rowsOf(count: number): string {
  return Array.from({ length: count }, (_, index) => {
    const number = `001099${String(index).padStart(6, '0')}`;
    return `${number},active,2026-11-01,2026-11-21,CDC ${index % 7}\n`;
  }).join('');
}

test('what a file lists is found, and nothing else', async () => {
  const { meta, lines } = imported(await importText(HEADER + rowsOf(3_000)));
  expect(lines).toBe(3_000);
  expect(meta).toMatchObject({ version: 1, entries: 3_000, subjects: 3_000, asOfMs: AS_OF_MS });
  expect(hitsOf('001099002999')).toEqual([
    {
      register: 'f0',
      status: 'active',
      fromDay: dayFromIso('2026-11-01'),
      untilDay: dayFromIso('2026-11-21'),
      source: 'CDC 3',
    },
  ]);
  expect(hitsOf('001099003000')).toEqual([]);
});

test('a person is found by every number of before and by the QID too, each with the same status', async () => {
  const text =
    'number,status,from,until,source,oldNumbers,qid\n' +
    '001099000001,active,2026-11-01,2026-11-21,CDC,001099000002 001099000003,Q-1\n' +
    '001099000009,ended,2026-11-01,2026-11-21,CDC,,\n';
  const outcome = imported(await importText(text));
  expect(outcome).toMatchObject({ lines: 2, others: 3, meta: { entries: 5, subjects: 5 } });
  const own = hitsOf('001099000001');
  expect(own).toMatchObject([{ status: 'active', source: 'CDC' }]);
  for (const old of ['001099000002', '001099000003']) expect(hitsOf(old)).toEqual(own);
  expect(hitsOf('Q-1', 'f0', 'qid')).toEqual(own);
  expect([hitsOf('Q-1'), hitsOf('001099000002', 'f0', 'qid')]).toEqual([[], []]);
});

test('attributes are a hub’s: a list that is imported by hand has none', async () => {
  const text =
    'number,status,from,until,source,attribute\n' +
    '001099000001,active,2026-11-01,2026-11-21,CDC,7\n';
  const { badLines } = refused(await importText(text));
  expect(badLines).toMatchObject([{ line: 2, column: 'attribute' }]);
});

test('a byte order mark, mixed line ends, blank lines and quoted fields change nothing', async () => {
  const text =
    '\uFEFFnumber,status,from,until,source\r\n' +
    '001099000001,active,2026-11-01,2026-11-21,A\n\n' +
    '"001099000002","active","2026-11-01","","B, C"\r' +
    '001099000003,ended,2026-11-10,,A\r\n\r\n';
  const outcome = imported(await importText(text));
  expect(outcome).toMatchObject({ lines: 3, untilDefaulted: 2 });
  expect(hitsOf('001099000002')[0]).toMatchObject({
    source: 'B, C',
    untilDay: dayFromIso('2026-11-22'),
  });
});

test('NDJSON says the same as CSV', async () => {
  const line = { status: 'active', from: '2026-11-01', until: '2026-11-21', source: 'A' };
  const text = ['001099000001', '001099000002']
    .map((number) => JSON.stringify({ number, ...line }))
    .join('\n');
  expect(imported(await importText(text, { format: 'ndjson' })).meta.subjects).toBe(2);
  expect(hitsOf('001099000001')).toHaveLength(1);
});

test('one bad line and nothing is imported: the version before stays in force', async () => {
  await importText(HEADER + rowsOf(10));
  const bad = refused(await importText(`${HEADER}${rowsOf(20)}001099,active,x,,\n`));
  expect(bad.badTotal).toBe(1);
  expect(bad.badLines.map(({ line, column }) => `${line} ${column}`)).toEqual([
    '22 number',
    '22 from',
    '22 source',
  ]);
  expect(hitsOf('001099000009')).toHaveLength(1);
  expect(hitsOf('001099000015')).toEqual([]);
  expect(readdirSync(folder).sort()).toEqual(['f0.1.1.db', 'import.db', 'versions.json']);
});

test('all bad lines are counted, the first thousand problems listed', async () => {
  const lines = Array.from({ length: 2_500 }, () => '1099000001,active,2026-11-01,,A\n').join('');
  const bad = refused(await importText(HEADER + lines));
  expect(bad.badTotal).toBe(2_500);
  expect(bad.badLines).toHaveLength(1_000);
  expect(bad.badLines[999]?.line).toBe(1_001);
});

test('a list saved again by a spreadsheet is refused line by line with the remedy', async () => {
  const text = `${HEADER}1099000001,active,2026-11-01,2026-11-21,A\n1.099E+09,active,01/11/2026,21/11/2026,A\n`;
  const problems = refused(await importText(text)).badLines.map(({ problem }) => problem);
  expect(problems.filter((problem) => /spreadsheet/.test(problem))).toHaveLength(2);
});

test('equal rows merge, different rows of one person are kept', async () => {
  const row = '001099000001,active,2026-11-01,2026-11-21,A\n';
  const text = `${HEADER}${row}${row}${row}${row.replace(',A', ',B')}${row.replace('active', 'ended')}`;
  const { meta, lines } = imported(await importText(text));
  expect(lines).toBe(5);
  expect(meta).toMatchObject({ entries: 3, subjects: 1 });
  expect(hitsOf('001099000001')).toHaveLength(3);
});

test('a number repeated 100,000 times takes one row', async () => {
  const text = HEADER + '001099000001,active,2026-11-01,2026-11-21,A\n'.repeat(100_000);
  expect(imported(await importText(text)).meta.entries).toBe(1);
});

test('canaries are added, in force, and not counted', async () => {
  expect(imported(await importText(HEADER + rowsOf(1))).meta.entries).toBe(1);
  expect(hitsOf('000000000001')).toMatchObject([{ status: 'active', source: 'canary' }]);
  expect(hitsOf('000000000002')).toMatchObject([{ status: 'ended', source: 'canary' }]);
});

test.each([
  ['', /empty/],
  ['\n', /the first line is none/],
  [HEADER, /no entries/],
  [HEADER.replace('source', 'source,name'), /unknown columns name/],
  [rowsOf(2), /the first line is none/],
  [Buffer.from(HEADER + rowsOf(2), 'utf16le'), /the first line is none/],
  [Buffer.from([...Buffer.from(HEADER), 0xff, 0xfe, 0x0a]), /line 2: expected UTF-8/],
])('the file %j is refused whole', async (text, message) => {
  await expect(importText(text)).rejects.toThrow(message);
  expect(readdirSync(folder)).toEqual(['import.db']);
});

test('an empty list is taken when the operator says so, and is not an absent one', async () => {
  expect(imported(await importText(HEADER, { allowEmpty: true })).meta.entries).toBe(0);
  expect(hitsOf('001099000001')).toEqual([]);
});

test('a list older than the one in place is refused unless the operator says so', async () => {
  await importText(HEADER + rowsOf(2));
  const older = { asOfMs: AS_OF_MS - 1 };
  await expect(importText(HEADER + rowsOf(1), older)).rejects.toThrow(/take the newer file/);
  const outcome = imported(await importText(HEADER + rowsOf(1), { ...older, allowOlder: true }));
  expect(outcome.meta).toMatchObject({ version: 2, previousVersion: 1 });
  expect(outcome.previous?.entries).toBe(2);
});

test('a list cannot be of a later time than now', async () => {
  const later = importText(HEADER + rowsOf(1), { asOfMs: AS_OF_MS + 1 });
  await expect(later).rejects.toThrow(/check the clock/);
});

test('the version grows over imports and generations, and only the newest file stays', async () => {
  await importText(HEADER + rowsOf(1));
  await importText(HEADER + rowsOf(2));
  const next = { ...SECRETS, region: { generation: 2, key: new Uint8Array(32).fill(3) } };
  await importText(HEADER + rowsOf(3), { secrets: next });
  await importText(HEADER + rowsOf(1), { register: 'f1' });
  const snapshots = readdirSync(folder).filter((name) => name.startsWith('f'));
  expect(snapshots.sort()).toEqual(['f0.2.3.db', 'f1.1.1.db']);
});

test('more than 255 sources are refused', async () => {
  const rows = Array.from(
    { length: 256 },
    (_, index) => `001099000001,active,2026-11-01,2026-11-21,S${index}\n`,
  );
  await expect(importText(HEADER + rows.join(''))).rejects.toThrow(/255 different sources/);
  const fitting = imported(await importText(HEADER + rows.slice(1).join('')));
  expect(fitting.meta.entries).toBe(255);
});

test('more than 256 entries about one number are refused', async () => {
  const rows = Array.from({ length: 257 }, (_, index) => {
    const day = `20${String(10 + Math.floor(index / 28)).padStart(2, '0')}-01-${String(1 + (index % 28)).padStart(2, '0')}`;
    return `001099000001,active,${day},,A\n`;
  });
  await expect(importText(HEADER + rows.join(''))).rejects.toThrow(/more than 256 different/);
  expect(existsSync(join(folder, 'f0.1.1.db'))).toBe(false);
});

test('two imports at once: the second is told to wait', async () => {
  let release: () => void = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  let started: () => void = () => {};
  const running = new Promise<void>((resolve) => {
    started = resolve;
  });
  const slow = (async function* () {
    yield Buffer.from(HEADER);
    started();
    await released;
    yield Buffer.from(rowsOf(1));
  })();
  const first = importText('', { input: slow });
  await running;
  await expect(importText(HEADER + rowsOf(2))).rejects.toThrow(/another import is running/);
  release();
  expect(imported(await first).meta.version).toBe(1);
});

test('an import that is stopped leaves the version before and no draft', async () => {
  await importText(HEADER + rowsOf(1));
  const stop = new AbortController();
  const text = (async function* () {
    yield Buffer.from(HEADER + rowsOf(5));
    stop.abort();
    yield Buffer.from(rowsOf(5));
  })();
  await expect(importText('', { input: text, signal: stop.signal })).rejects.toThrow(/abort/);
  expect(hitsOf('001099000004')).toEqual([]);
});

test('drafts of an import that was killed are swept by the next', async () => {
  writeFileSync(join(folder, 'f0.1.1.db.new'), 'half');
  await importText(HEADER + rowsOf(1));
  expect(readdirSync(folder).sort()).toEqual(['f0.1.1.db', 'import.db', 'versions.json']);
});

test('a register name that could leave the folder is refused', async () => {
  for (const register of ['', '../f0', 'F0', 'f0.1', 'a'.repeat(17)]) {
    await expect(importText(HEADER + rowsOf(1), { register })).rejects.toThrow(/register name/);
  }
});

test('two numbers under one key make the generation unusable, and nothing is published', () => {
  const staging = new Staging(folder, SECRETS.databaseKey);
  const fields = { status: 1, fromDay: 1, untilDay: 2, source: 0, attribute: 0 };
  const digest = Buffer.alloc(32, 0x33);
  staging.add(digest, fields);
  digest[15] = 0x34;
  staging.add(digest, fields);
  const meta = {
    register: 'f0',
    generation: 1,
    version: 1,
    previousVersion: null,
    published: null,
  };
  const content = {
    meta: { ...meta, asOfMs: 0, madeMs: 0 },
    sources: ['canary'],
    parts: staging.sorted(),
  };
  expect(() => buildSnapshot(folder, SECRETS.databaseKey, content)).toThrow(/same key/);
  staging.close();
  expect(readdirSync(folder)).toEqual(['import.db']);
});
