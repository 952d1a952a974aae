import { chmodSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { HubBench } from '../../test/support/hub-process.ts';
import { runHubCommand } from '../../test/support/run-hub-command.ts';

/** Against the process of a real hub. */
const SET_UP_MS = 60_000;
const HEADER = 'number,status,from,until,source';

let hub: HubBench;
beforeAll(async () => {
  hub = await HubBench.make();
  await hub.operator('binh', 'publisher');
  await hub.operator('chi', 'publisher');
  await hub.operator('vi', 'viewer');
  await hub.start();
}, SET_UP_MS);
afterAll(() => hub.remove(), SET_UP_MS);

/** A file of so many made-up people, the `first` one of the numbers. */
function list(name: string, first: number, count: number): string {
  const rows = Array.from(
    { length: count },
    (_, index) =>
      `0010990${String(first + index).padStart(5, '0')},active,2026-01-01,2030-12-31,cdc`,
  );
  return file(name, [HEADER, ...rows].join('\n'));
}
function file(name: string, text: string): string {
  const path = join(hub.folder, name);
  writeFileSync(path, text);
  return path;
}
const chot = (...args: string[]) => runHubCommand([...args, '--data', hub.dataDir]);
const register = (who: string, ...args: string[]) =>
  chot('register', ...args, '--hub', hub.origin, '--token-file', hub.tokenFile(who));
const importing = async (path: string, name: string, ...args: string[]) => {
  const where = ['--register', name, '--region', 'hcm', '--json'];
  const done = await register('binh', 'import', path, ...where, ...args);
  expect([done.code, done.stderr]).toEqual([0, '']);
  return JSON.parse(done.stdout) as { batch: number };
};

test('a list is looked at, published, listed and withdrawn', async () => {
  const none = await register('vi', 'list', '--region', 'hcm');
  expect(none.stdout).toBe('hcm: nothing was published yet\n');
  const path = list('f0.csv', 0, 3);
  const seen = await register('binh', 'import', path, '--register', 'f0', '--region', 'hcm');
  expect(seen.stdout).toMatch(/^batch 1: 3 rows, a preview until .*added +3\n +removed +0\n/s);
  expect(seen.stdout).toContain(
    'Not published. When it is as you expect: chot hub register publish 1',
  );
  const published = await register('binh', 'publish', '1');
  expect([published.code, published.stdout]).toEqual([
    ...[0, 'batch 1 is in force: f0 of hcm, version 1, 3 added, 0 removed\n'],
  ]);
  const listed = await register('vi', 'list', '--region', 'hcm');
  expect(listed.stdout).toMatch(/^hcm: version 1 of /);
  expect(listed.stdout).toMatch(/\nf0 +1 +3 +3 +\d{4}-/);
  expect(listed.stdout).toMatch(/\n +1 +f0 +add +in-force +3 +\d{4}-\S+ +binh +binh +1\n/);
  const withdrawn = await register('binh', 'withdraw', '1');
  expect(withdrawn.stdout).toBe(
    'batch 1 is withdrawn: f0 of hcm, version 2, 3 removed, 0 back in force\n',
  );
  const twice = await register('binh', 'withdraw', '1');
  expect([twice.code, twice.stderr]).toEqual([4, expect.stringContaining('it is withdrawn')]);
  const common = { region: 'hcm', register: 'f0', batch: 1, operator: 'binh' };
  expect(hub.log).toContainEqual(
    expect.objectContaining({ event: 'register-published', ...common, added: 3, version: 1 }),
  );
  expect(hub.log).toContainEqual(
    expect.objectContaining({ event: 'register-withdrawn', ...common, removed: 3, version: 2 }),
  );
});

test('over the threshold the first operator is told what the second one must run', async () => {
  const { batch } = await importing(list('large.csv', 0, 1_001), 'f1');
  const first = await register('binh', 'publish', `${batch}`);
  expect(first.code).toBe(3);
  expect(first.stdout).toContain('NOT published yet');
  expect(first.stdout).toContain(
    `Another one than binh runs, with a token of their own:\n  chot hub register show ${batch}\n  chot hub register publish ${batch}\n`,
  );
  const again = await register('binh', 'publish', `${batch}`);
  expect([again.code, again.stderr]).toEqual([4, expect.stringContaining('another operator')]);
  const shown = await register('chi', 'show', `${batch}`);
  expect(shown.stdout).toMatch(/waiting.*added +1001\n.*another publisher than binh/s);
  const second = await register('chi', 'publish', `${batch}`);
  expect([second.code, second.stdout]).toEqual([0, expect.stringContaining('1001 added')]);
  const events = hub.log.filter((line) => line['batch'] === batch);
  expect(events.map(({ event, operator }) => [event, operator])).toEqual([
    ['register-waiting', 'binh'],
    ['register-published', 'chi'],
  ]);
});

test('bad lines are named by number and reason, and no number of a person is repeated', async () => {
  const path = file(
    'bad.csv',
    `${HEADER}\n001099000001,active,2026-01-01,2026-02-01,cdc\n00109900000x,ill,x,,cdc\n`,
  );
  const done = await register('binh', 'import', path, '--register', 'f2', '--region', 'hcm');
  expect([done.code, done.stdout]).toEqual([4, '']);
  expect(done.stderr).toMatch(/^line 3, number: .*line 3, status: .*1 bad line\(s\): nothing/s);
  expect(done.stderr).not.toContain('001099');
});

test('a file that is refused long before its end is refused in words', async () => {
  const path = file('foreign.csv', `Ho ten;So\n${'x;y\n'.repeat(4_000_000)}`);
  const where = ['--register', 'f2', '--region', 'hcm'];
  const foreign = await register('binh', 'import', path, ...where);
  expect([foreign.code, foreign.stderr]).toEqual([
    4,
    expect.stringContaining('expected the header'),
  ]);
  const viewer = await register('vi', 'import', path, ...where);
  expect([viewer.code, viewer.stderr]).toEqual([1, expect.stringContaining('publisher or above')]);
});

test('what is confirmed gets a new date, what is discarded is gone', async () => {
  const { batch } = await importing(list('f3.csv', 0, 2), 'f3', '--as-of', '2026-01-01T00:00:00Z');
  await register('binh', 'publish', `${batch}`);
  const where = ['--register', 'f3', '--region', 'hcm'];
  const confirmed = await register('binh', 'confirm', ...where, '--as-of', '2026-01-02T00:00:00Z');
  expect([confirmed.code, confirmed.stdout]).toEqual([0, expect.stringContaining('is confirmed')]);
  const listed = await register('vi', 'list', '--region', 'hcm');
  expect(listed.stdout).toMatch(/\nf3 .*2026-01-02T07:00:00\+07:00/);
  const preview = (await importing(list('f3.csv', 0, 1), 'f3', '--mode', 'replace')).batch;
  expect((await register('binh', 'discard', `${preview}`)).code).toBe(0);
  const gone = await register('binh', 'publish', `${preview}`);
  expect([gone.code, gone.stderr]).toEqual([4, expect.stringContaining('it is discarded')]);
});

const PIN = `scrypt$15$${'a'.repeat(22)}$${'b'.repeat(43)}`;
const publishing = (who: string, list: string, rows: unknown, ...args: readonly string[]) => {
  const path = file(`${list}.json`, typeof rows === 'string' ? rows : JSON.stringify(rows));
  const where = ['--region', 'hcm', '--hub', hub.origin, '--token-file', hub.tokenFile(who)];
  return chot('list', 'publish', list, path, ...where, ...args);
};

test('officers, notices and attribute tables are published whole, with dates as people write them', async () => {
  const officer = { id: 'mau', name: 'Nguyễn Văn Mẫu', role: 'officer', pin: PIN };
  const officers = await publishing('binh', 'officers', [{ ...officer, until: '2026-12-31' }]);
  expect([officers.code, officers.stderr]).toEqual([0, '']);
  expect(officers.stdout).toMatch(/^officers of hcm are in force: version \d+, 1 row\(s\)\n$/);
  const until = '2026-11-24T06:00:00+07:00';
  const notices = [{ number: '001099000001', code: 'transfer', until }];
  expect(await publishing('binh', 'notices', notices)).toMatchObject({ code: 0 });
  const attributes = [{ id: 1, type: 'dose', doses: 2, day: '2026-11-01' }];
  const json = await publishing('binh', 'attributes', attributes, '--json');
  expect(JSON.parse(json.stdout)).toEqual({
    ...{ region: 'hcm', list: 'attributes', version: expect.any(Number), rows: 1 },
  });
  const taken = await publishing('binh', 'officers', []);
  expect(taken.stdout).toMatch(/are taken away: version \d+; the stations' own files/);
  const published = hub.log.filter(({ event }) => event === 'list-published');
  expect(published.map(({ list, operator }) => [list, operator])).toEqual([
    ...[['officers', 'binh'] as const, ['notices', 'binh'] as const],
    ...[['attributes', 'binh'] as const, ['officers', 'binh'] as const],
  ]);
  expect(JSON.stringify(hub.log)).not.toMatch(/001099|Mẫu|scrypt/);
});

test('every row of a list that is wrong is named at once, and what stands there is not', async () => {
  const wrong = await publishing('binh', 'officers', [
    { id: 'mau', name: 'Mẫu', role: 'officer', pin: '482917', untilday: 1 },
    ['mau'],
    { id: 'mau', name: 'Mẫu', role: 'officer', pin: PIN, until: '31/12/2026' },
  ]);
  expect([wrong.code, wrong.stdout]).toEqual([4, '']);
  expect(wrong.stderr.split('\n  ').slice(1)).toEqual([
    'row 1: missing until, a day as "2026-12-31"',
    "row 1, pin: expected what 'chot officers verifier' prints, scrypt$..., came a text of 6 characters",
    'row 1, untilday: no such key; there are id, name, role, pin, untilDay, until',
    'row 2: expected {...}, came an array',
    'row 3, until: expected a day as "2026-12-31", came a text of 10 characters\n',
  ]);
  const people = await publishing('binh', 'notices', [
    { number: 1099000001, code: 'transfer', untilMs: 1, '001099000001': 'x' },
  ]);
  expect(people.stderr).toContain('row 1, number: expected 12 digits in quotes, came a number');
  expect(people.stderr).not.toContain('1099000001');
  const type = await publishing('binh', 'attributes', [{ id: 1, type: 'zone', code: 'x' }]);
  expect(type.stderr).toContain('row 1, type: expected area, hours, dose, test-day, scheme');
});

test.each([
  ['no JSON', 'number;code\n001099000001;transfer\n', 'not JSON; expected an array of rows'],
  ['cut short', '[\n{"number": "001099000001",', 'not JSON; expected an array of rows'],
  ['without a comma', '[\n{"number": "001099000001"\n"code": 1}]', 'line 3: not JSON'],
  ['no list', '{"001099000001": "transfer"}', 'expected an array of rows, [{...}, {...}], came an'],
])('a file that is %s is no list', async (_, text, message) => {
  const done = await publishing('binh', 'notices', text);
  expect([done.code, done.stderr]).toEqual([4, expect.stringContaining(message)]);
  expect(done.stderr).not.toContain('001099');
});

test('a list is refused to who may not publish, for a region that is mistyped, and where the hub alone can tell', async () => {
  const viewer = await publishing('vi', 'notices', []);
  expect([viewer.code, viewer.stderr]).toEqual([1, expect.stringContaining('publisher or above')]);
  const region = await publishing('binh', 'notices', [], '--region', 'hmc');
  expect([region.code, region.stderr]).toEqual([4, expect.stringContaining('hmc')]);
  const twice = { id: 'mau', name: 'Mẫu', role: 'officer', pin: PIN, until: '2026-12-31' };
  const officers = await publishing('binh', 'officers', [twice, twice]);
  expect([officers.code, officers.stderr]).toEqual([4, expect.stringContaining('once each')]);
  const away = await publishing('binh', 'notices', [], '--hub', 'https://localhost:1');
  expect([away.code, away.stderr]).toEqual([1, expect.stringContaining('(ECONNREFUSED)')]);
});

test('a token is never taken from the command line, and one that is wrong is said to be so', async () => {
  const listing = ['register', 'list', '--region', 'hcm', '--hub', hub.origin];
  const none = await chot(...listing);
  expect([none.code, none.stderr]).toEqual([1, expect.stringContaining('CHOT_HUB_TOKEN')]);
  const wrong = join(hub.folder, 'wrong.token');
  writeFileSync(wrong, 'abc\n', { mode: 0o600 });
  const unknown = await chot(...listing, '--token-file', wrong);
  expect([unknown.code, unknown.stderr]).toEqual([
    1,
    expect.stringContaining('not know this token'),
  ]);
  chmodSync(wrong, 0o644);
  const open = await chot(...listing, '--token-file', wrong);
  expect([open.code, open.stderr]).toEqual([1, expect.stringContaining('chmod 600')]);
});

test('a hub that is not there, is another one, or ends in the middle is said to be so', async () => {
  const listing = ['register', 'list', '--region', 'hcm', '--token-file', hub.tokenFile('vi')];
  const away = await chot(...listing, '--hub', 'https://localhost:1');
  expect([away.code, away.stderr]).toEqual([1, expect.stringContaining('(ECONNREFUSED)')]);
  const elsewhere = join(hub.folder, 'other');
  await runHubCommand([
    ...['init', '--region', 'hcm', '--host', 'localhost', '--data', elsewhere],
    ...['--root', join(hub.folder, 'other-root.pem')],
  ]);
  const stranger = join(elsewhere, 'keys/authority-1.pem');
  const deceived = await chot(...listing, '--hub', hub.origin, '--ca', stranger);
  expect([deceived.code, deceived.stderr]).toEqual([1, expect.stringContaining('is not this hub')]);
  const deaf = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve) => deaf.listen(0, '127.0.0.1', resolve));
  const address = deaf.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const cut = await chot(...listing, '--hub', `https://127.0.0.1:${port}`);
  deaf.close();
  expect([cut.code, cut.stderr]).toEqual([1, expect.stringContaining('no hub answers')]);
});

test('a region or a batch that is mistyped is not taken for an empty one', async () => {
  const region = await register('vi', 'list', '--region', 'hmc');
  expect([region.code, region.stderr]).toEqual([4, expect.stringContaining('(hcm)')]);
  const batch = await register('binh', 'publish', '999');
  expect([batch.code, batch.stderr]).toEqual([4, expect.stringContaining('there is none')]);
  expect((await register('binh', 'publish', 'f0')).code).toBe(4);
});
