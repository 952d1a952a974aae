import { mkdtempSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { dayOf, dayToIso, instantToIso } from '../kernel/calendar.ts';
import { systemClock } from '../station/system-clock.ts';
import { registerCommand } from './register.ts';

const HEADER = 'number,status,from,until,source\n';
const today = dayOf(systemClock.wallMs());
const [from, until] = [dayToIso(today - 3), dayToIso(today + 3)];
const LISTED = '001099000001';
const LIST = `${HEADER}${LISTED},active,${from},${until},CDC\n`;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'chot-register-cli-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function run(args: readonly string[], input = '') {
  const out: string[] = [];
  const told: string[] = [];
  let exit = 0;
  const command = registerCommand({
    stdin: Readable.from([Buffer.from(input)]),
    out: (line) => out.push(line),
    tell: (line) => told.push(line),
    env: { CHOT_DATA: join(folder, 'data') },
    signal: new AbortController().signal,
    exit: (code) => {
      exit = code;
    },
  });
  await command.exitOverride().parseAsync([...args], { from: 'user' });
  return { out, told, exit, json: () => out.map((line) => JSON.parse(line) as unknown) };
}

async function importList(text = LIST, ...more: string[]) {
  const file = join(folder, 'list.csv');
  writeFileSync(file, text);
  return await run(['import', file, '--register', 'f0', '--json', ...more]);
}

test('an import says what is in place now', async () => {
  const { exit, json } = await importList(`${LIST}${LISTED},active,${from},,CDC\n`);
  expect(exit).toBe(0);
  expect(json()).toMatchObject([
    {
      ...{ imported: true, register: 'f0', version: 1, generation: 1 },
      ...{ lines: 2, entries: 2, subjects: 1, untilDefaulted: 1, previous: null },
    },
  ]);
});

test('a list is as old as its file, or as the operator says', async () => {
  const file = join(folder, 'list.csv');
  writeFileSync(file, LIST);
  const changed = Math.floor(systemClock.wallMs() / 1_000) - 7_200;
  utimesSync(file, changed, changed);
  const aged = await run(['import', file, '--register', 'f0', '--json']);
  expect(aged.json()).toMatchObject([{ asOf: instantToIso(statSync(file).mtimeMs) }]);
  const asOf = instantToIso(systemClock.wallMs() - 3_600_000);
  const said = await run(['import', file, '--register', 'f0', '--json', '--as-of', asOf]);
  expect(said.json()).toMatchObject([{ asOf, version: 2 }]);
});

test('bad lines are listed by line and column, exit 4, and no number is shown', async () => {
  const text = `${LIST}1099000001,active,${from},,CDC\n${LISTED}9,gone,x,,\n`;
  const { exit, json, out } = await importList(text);
  expect(exit).toBe(4);
  expect(json()).toMatchObject([
    { line: 3, column: 'number' },
    { line: 4, column: 'number' },
    { line: 4, column: 'status' },
    { line: 4, column: 'from' },
    { line: 4, column: 'source' },
    { imported: false, badLines: 2 },
  ]);
  expect(out.join('\n')).not.toMatch(/99000001/);
});

test('for people, bad lines go to standard error', async () => {
  const file = join(folder, 'list.csv');
  writeFileSync(file, `${HEADER}1,active,${from},,CDC\n`);
  const { out, told, exit } = await run(['import', file, '--register', 'f0']);
  expect(out).toEqual([]);
  expect(told).toEqual([
    'line 2, number: expected exactly 12 digits, came 1',
    '1 bad line(s): nothing was imported',
  ]);
  expect(exit).toBe(4);
});

test('check answers one line a number in the order given, and a hit exits 3', async () => {
  await importList();
  const { exit, json } = await run(
    ['check', '--number', '-', '--json'],
    `079099000002\n${LISTED}\n`,
  );
  const registers = [{ register: 'f0', state: 'fresh', asOf: expect.stringMatching(/\+07:00$/) }];
  expect(json()).toEqual([
    { hits: [], registers },
    { hits: [{ register: 'f0', status: 'active', from, until, source: 'CDC' }], registers },
  ]);
  expect(exit).toBe(3);
});

test('check exits 0 when nobody is on a list that can be relied on', async () => {
  await importList();
  const { exit, out } = await run(['check', '--number', '-'], '079099000002');
  expect(exit).toBe(0);
  expect(out[0]).toBe('not on the list');
});

test('a status that is over, ended or not yet begun is no hit', async () => {
  const rows = [
    `001099000001,active,${dayToIso(today - 9)},${dayToIso(today - 1)},CDC`,
    `001099000002,active,${dayToIso(today + 1)},${dayToIso(today + 9)},CDC`,
    `001099000003,active,${from},${until},CDC`,
    `001099000003,ended,${dayToIso(today - 1)},,CDC`,
    `001099000004,ended,${from},,CDC`,
    `001099000004,active,${dayToIso(today)},${until},CDC`,
  ];
  await importList(`${HEADER}${rows.join('\n')}`);
  const numbers = [1, 2, 3, 4].map((last) => `00109900000${last}`).join('\n');
  const { json } = await run(['check', '--number', '-', '--json'], numbers);
  expect(json().map((line) => (line as { hits: unknown[] }).hits.length)).toEqual([0, 0, 0, 1]);
});

test('without a list, or with an expired one, nobody is cleared: exit 3', async () => {
  await importList(LIST, '--as-of', instantToIso(systemClock.wallMs() - 200 * 3_600_000));
  const expired = await run(['check', '--number', '-', '--json'], '079099000002');
  expect(expired.json()).toMatchObject([{ hits: [], registers: [{ state: 'expired' }] }]);
  expect(expired.exit).toBe(3);
  rmSync(join(folder, 'data', 'registers'), { recursive: true });
  await expect(run(['check', '--number', '-'], LISTED)).rejects.toThrow(/no registers/);
  const f1 = join(folder, 'f1.csv');
  writeFileSync(f1, LIST);
  await run(['import', f1, '--register', 'f1']);
  const absent = await run(['check', '--number', '-', '--json'], '079099000002');
  expect(absent.json()).toMatchObject([
    { registers: [{ register: 'f0', state: 'absent', asOf: null }, { register: 'f1' }] },
  ]);
  expect(absent.exit).toBe(3);
});

test.each([
  ['', /expected numbers/],
  ['1099000001', /line 1: expected exactly 12 digits, came “9999999999”/],
  [`${LISTED}\n ${LISTED}`, /line 2/],
])('the numbers %j are refused whole', async (input, message) => {
  await importList();
  await expect(run(['check', '--number', '-'], input)).rejects.toThrow(message);
});

test('a number in the command line is refused and not repeated', async () => {
  await importList();
  const wrong = run(['check', '--number', LISTED]);
  await expect(wrong).rejects.toThrow(/takes only '-'/);
  await expect(wrong).rejects.not.toThrow(LISTED);
});

test('status tells age, version and size, and exits 3 for what cannot be relied on', async () => {
  await importList();
  const good = await run(['status', '--json']);
  expect(good.json()).toMatchObject([
    { register: 'f0', state: 'fresh', version: 1, generation: 1, entries: 1, unusable: null },
  ]);
  expect(good.exit).toBe(0);
  writeFileSync(join(folder, 'data', 'registers', 'f0.1.1.db'), 'rubbish');
  const bad = await run(['status', '--json']);
  expect(bad.json()).toMatchObject([{ register: 'f0', state: 'unusable', unusable: 'wrong-key' }]);
  expect(bad.exit).toBe(3);
});

test('standard input and NDJSON are taken too', async () => {
  const entry = { number: LISTED, status: 'active', from, until, source: 'CDC' };
  const options = ['--register', 'f0', '--json'];
  const csv = await run(['import', '-', ...options], LIST);
  const ndjson = await run(
    ['import', '-', ...options, '--format', 'ndjson'],
    JSON.stringify(entry),
  );
  expect([csv.exit, ndjson.exit]).toEqual([0, 0]);
  expect(ndjson.json()).toMatchObject([{ version: 2, entries: 1 }]);
});

test.each([
  [['import', '/nowhere.csv', '--register', 'f0'], /cannot be read \(ENOENT\)/],
  [['import', '/', '--register', 'f0', '--format', 'csv'], /is a folder/],
  [['import', '/etc/hostname', '--register', 'f0'], /--format csv or --format ndjson/],
  [['import', '-', '--register', 'f0', '--as-of', 'yesterday'], /expected an instant/],
  [['import', '-', '--register', 'F0'], /register name/],
  [['import', '-'], /required option/],
  [['status', '--config', '/nowhere.toml'], /cannot be read/],
])('%j says what to do', async (args, message) => {
  await expect(run(args)).rejects.toThrow(message);
});
