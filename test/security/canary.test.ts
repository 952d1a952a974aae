import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { disguises, tracesIn, tracesUnder } from '../support/find-traces.ts';
import { StationBench, type StationProcess } from '../support/station-process.ts';

/** Nobody: every value is made up, and stands nowhere else in what a station writes. */
const PLANTED = {
  number: '079087694853',
  oldNumber: '287364915',
  name: 'Đặng Thị Quỳnh Thưởng',
  birth: '27041987',
  birthIso: '1987-04-27',
  address: 'Hẻm 58 Trần Xuân Soạn, Tân Thuận Tây',
  issued: '19072021',
  typo: '079287694862',
};
const needles = disguises(PLANTED);
const CCCD = [
  PLANTED.number,
  PLANTED.oldNumber,
  PLANTED.name,
  PLANTED.birth,
  'Nữ',
  PLANTED.address,
  PLANTED.issued,
].join('|');

let bench: StationBench;
let station: StationProcess;
let metrics: string;
let answers: string;

beforeAll(async () => {
  bench = await StationBench.make();
  answers = '';
  await importEverything();
  station = await bench.start();
  await presentEverything();
  await lookUpEverything();
  metrics = await station.metrics();
});
afterAll(() => bench.remove());

async function importEverything(): Promise<void> {
  const row = `${PLANTED.number},active,2026-01-01,2099-12-31,CDC`;
  expect((await bench.importRegister('f0', [row])).code).toBe(0);
  const bad = await bench.importRegister('f1', [
    `${PLANTED.number}1,active,2026-01-01,,CDC`,
    `${PLANTED.number.slice(1)},active,2026-01-01,,CDC`,
    `${PLANTED.number},sick,2026-01-01,,CDC`,
    `${PLANTED.number},active,${PLANTED.birth},,CDC`,
    `${PLANTED.name},active,2026-01-01,,CDC`,
    `${PLANTED.number},active,2026-01-01,,CDC,${PLANTED.name},${PLANTED.address}`,
    `"${PLANTED.number},active`,
  ]);
  expect(bad.code).toBe(4);
  const header = `${PLANTED.name},${PLANTED.number}\n${PLANTED.number},${PLANTED.name}\n`;
  expect((await bench.chot(['register', 'import', '-', '--register', 'f1'], header)).code).toBe(4);
  const ndjson = `{"number":"${PLANTED.number}","status":"active","name":"${PLANTED.name}"}\n{"number":${PLANTED.number.slice(1)}`;
  const json = ['register', 'import', '-', '--register', 'f1', '--format', 'ndjson', '--json'];
  expect((await bench.chot(json, ndjson)).code).toBe(4);
}

/** The person on every way to the lane, whole and broken; each is waited for, or refused. */
async function presentEverything(): Promise<void> {
  const page = await station.enter();
  const post = async (body: string, contentType = 'application/json') => {
    const response = await fetch(`${station.origin}/api/v1/lanes/lane-1/presentations`, {
      method: 'POST',
      headers: { authorization: `Bearer ${station.token('scanner')}`, 'content-type': contentType },
      body,
    });
    answers += await response.text();
    return response.status;
  };
  expect((await station.present(CCCD)).status).toBe(202);
  const { current } = await page.until('the stop', (view) => view.current?.verdict === 'stop');
  expect(current?.subject).toMatchObject({ number: PLANTED.number, name: PLANTED.name });
  await page.act('turn-back', current?.ordinal ?? null);
  expect(await page.type(PLANTED.number, 'typed')).toBe(202);
  expect(await page.type(PLANTED.typo, 'typed')).toBe(202);
  expect(await page.type(CCCD, 'wedge')).toBe(202);
  // Malformed codes: cut, doubled, in another normal form, and no identity code at all.
  expect((await station.present(CCCD.slice(0, -3).replace('|', '¦'))).status).toBe(202);
  expect((await station.present(`${CCCD}|${CCCD}`)).status).toBe(202);
  expect((await station.present(CCCD.normalize('NFD'))).status).toBe(202);
  const url = `https://example.vn/?so=${PLANTED.number}&ten=${encodeURIComponent(PLANTED.name)}`;
  expect((await station.present(url)).status).toBe(202);
  await page.until('the lane answers what it does not know', ({ notice }) => notice !== null);
  expect(await post(JSON.stringify({ text: CCCD.repeat(60) }))).toBe(400);
  expect(await post(JSON.stringify({ text: CCCD.repeat(600) }))).toBe(413);
  expect(await post(`{"text": "${CCCD}`)).toBe(400);
  expect(await post(JSON.stringify({ [PLANTED.name]: PLANTED.number }))).toBe(400);
  expect(await post(JSON.stringify({ text: [PLANTED.number], via: PLANTED.name }))).toBe(400);
  expect(await post(CCCD, 'text/plain')).toBe(415);
  answers += await (await page.get(`/api/v1/lanes/${PLANTED.number}/preview`)).text();
  answers += await (
    await page.get(`/${encodeURIComponent(PLANTED.name)}?n=${PLANTED.number}`)
  ).text();
  answers += await (
    await page.post('/api/v1/lanes/lane-1/actions', { action: PLANTED.name })
  ).text();
  answers += await (
    await page.post('/api/v1/lanes/lane-1/officer', { officer: PLANTED.name, pin: PLANTED.birth })
  ).text();
  const stranger = await fetch(`${station.origin}/enter?token=${PLANTED.number}`);
  answers += await stranger.text();
}

async function lookUpEverything(): Promise<void> {
  const check = ['register', 'check', '--number', '-', '--reason', 'order'];
  expect((await bench.chot(check, `${PLANTED.number}\n`)).code).toBe(3);
  expect((await bench.chot(check, `${PLANTED.number}7 ${PLANTED.name}\n`)).code).toBe(4);
  expect((await bench.chot(['register', 'check', '--number', PLANTED.number])).code).not.toBe(0);
}

test('the search finds a planted person in every disguise', () => {
  for (const { name, bytes } of needles) {
    const around = Buffer.concat([Buffer.from('..'), bytes, Buffer.from('..')]);
    expect(tracesIn(around, needles), name).toContain(name);
  }
  const name = Buffer.from(`xy${PLANTED.name}z`).toString('base64');
  expect(tracesIn(Buffer.from(name), needles)).toContain('name NFC base64+2');
  const line = JSON.stringify({ last: `...${PLANTED.number.slice(-6)}` });
  expect(tracesIn(Buffer.from(line), needles)).toContain('number last 6 plain');
});

test('the opened journal holds the number and nothing else of the person', async () => {
  const opened = Buffer.from(JSON.stringify(await bench.openJournal()));
  const found = tracesIn(opened, needles).map((name) => name.split(' ')[0]);
  expect(found).toContain('number');
  expect(found.filter((name) => !['number', 'typo'].includes(name ?? ''))).toEqual([]);
});

test('no log, metric or answer to a stranger’s mistake repeats anything of a person', () => {
  expect(station.log().filter(({ event }) => event === 'decided').length).toBeGreaterThanOrEqual(3);
  expect(metrics).toContain('chot_passages_total');
  expect(tracesIn(Buffer.from(station.stderr), needles)).toEqual([]);
  expect(tracesIn(Buffer.from(metrics), needles)).toEqual([]);
  expect(tracesIn(Buffer.from(bench.printed), needles)).toEqual([]);
  expect(tracesIn(Buffer.from(answers), needles)).toEqual([]);
});

test('no file of a living, a stopped or a killed station holds anything of a person', async () => {
  const living = bench.dataDir;
  for (const file of ['journal.db', 'journal.db-wal', 'journal.db-shm']) {
    expect(existsSync(join(living, file)), file).toBe(true);
  }
  expect(readFileSync(join(living, 'journal.db-wal')).length).toBeGreaterThan(10_000);
  const everywhere = () => tracesUnder(bench.folder, needles);
  expect(everywhere()).toEqual([]);
  await station.kill();
  expect(everywhere()).toEqual([]);
  const again = await bench.start();
  await again.present(CCCD);
  await (await again.enter()).until('the stop', ({ current }) => current !== null);
  expect(await again.stop()).toBe(0);
  expect(everywhere()).toEqual([]);
  expect(tracesIn(Buffer.from(bench.printed), needles)).toEqual([]);
});
