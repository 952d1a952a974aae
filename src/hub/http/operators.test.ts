import { connect } from 'node:tls';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { guarded } from '../../../test/support/guarded.ts';
import { type Asked, HubRig, StationClient } from '../../../test/support/hub-rig.ts';
import { VirtualClock } from '../../../test/support/virtual-clock.ts';
import { decodeMandate } from '../../sync/protocol/mandate.ts';
import { decodePolicy } from '../../sync/protocol/policy.ts';
import { readStatement } from '../../sync/protocol/statement.ts';
import { OPERATOR_ROLES } from '../operators/operator-store.ts';

const clock = new VirtualClock();
let rig: HubRig;
let browser: StationClient;
const tokens = new Map<string, string>();
beforeAll(async () => {
  rig = await HubRig.start(clock);
  browser = new StationClient(rig, 'nobody');
  for (const role of OPERATOR_ROLES) tokens.set(role, await rig.operator(`${role}-1`, role));
  tokens.set('publisher-2', await rig.operator('publisher-2', 'publisher'));
});
afterAll(async () => {
  browser.close();
  await rig[Symbol.asyncDispose]();
});

const as = (who: string, path: string, asked: Asked = {}) =>
  browser.ask(path, {
    ...asked,
    headers: { ...asked.headers, authorization: `Bearer ${tokens.get(who)}` },
  });
const audited = async () => (await rig.store.operators.audit({ before: null, limit: 1 }))[0];

test('without a token nothing but health and the description answers', async () => {
  for (const path of ['/api/v1/stations', '/metrics', '/api/v1/audit', '/api/v1/feed']) {
    expect([path, (await browser.ask(path)).status]).toEqual([path, 401]);
  }
  const headers = { authorization: 'Bearer x' };
  expect((await browser.ask('/api/v1/stations', { headers })).status).toBe(401);
  expect((await browser.ask('/healthz')).status).toBe(200);
  expect((await browser.ask('/openapi.json')).text).toContain('/v1/segments/{epoch}/{first}');
});

test('what the hub can prove of a station is asked by its name', async () => {
  const station = await rig.enrol('cua-ngo-9');
  const proof = await as('viewer', '/api/v1/stations/cua-ngo-9/proof');
  expect(JSON.parse(proof.text)).toEqual({ station: 'cua-ngo-9', isWhole: true, epochs: [] });
  expect((await as('viewer', '/api/v1/stations/nobody/proof')).status).toBe(404);
  station.close();
});

test('an operator whose token ended is nobody', async () => {
  tokens.set('past', await rig.operator('past', 'admin'));
  expect((await as('past', '/api/v1/stations')).status).toBe(200);
  await rig.store.operators.end('past', clock.wallMs());
  expect((await as('past', '/api/v1/stations')).status).toBe(401);
});

test('each role opens its own and what those before it open', async () => {
  const range = '?station=cua-ngo-1&fromMs=0&untilMs=1';
  const headers = { 'chot-purpose': 'case' };
  const policy = { method: 'PUT' as const, json: { days: 30, policy: {} } };
  const needs = [
    ['viewer', '/api/v1/stations', {}],
    ['health', `/api/v1/passages${range}`, { headers }],
    ['publisher', '/api/v1/batches/99/publication', { method: 'POST' as const }],
    ['admin', '/api/v1/regions/hcm/policy', policy],
  ] as const;
  for (const [least, path, asked] of needs) {
    for (const role of OPERATOR_ROLES) {
      const isLess = OPERATOR_ROLES.indexOf(role) < OPERATOR_ROLES.indexOf(least);
      const { status } = await as(role, path, asked);
      expect([path, role, status === 403]).toEqual([path, role, isLess]);
    }
  }
});

test('whoever reads a person’s data says why, and it is written down', async () => {
  const path = '/api/v1/passages?station=cua-ngo-1&fromMs=0&untilMs=9';
  expect((await as('health', path)).status).toBe(400);
  const headers = { 'chot-purpose': 'curiosity' };
  expect((await as('health', path, { headers })).status).toBe(400);
  const good = await as('health', path, { headers: { 'chot-purpose': 'complaint' } });
  expect(good.status).toBe(200);
  expect(await audited()).toMatchObject({
    ...{ operator: 'health-1', action: 'passages.read', purpose: 'complaint' },
    detail: { station: 'cua-ngo-1', fromMs: 0, untilMs: 9, count: 0 },
  });
  for (const asked of ['/api/v1/feed', '/api/v1/batches/1/stops', '/api/v1/cases/AA-AAA']) {
    expect((await as('admin', asked)).status).toBe(400);
  }
  const erasing = { method: 'POST' as const, json: { number: '001099000001' } };
  expect((await as('admin', '/api/v1/erasures', erasing)).status).toBe(400);
});

test('an erasure is written down without whom it was about', async () => {
  const answer = await as('admin', '/api/v1/erasures', {
    ...{ method: 'POST', json: { number: '001099000001' } },
    headers: { 'chot-purpose': 'subject-request' },
  });
  expect(JSON.parse(answer.text)).toEqual({ erased: 0 });
  expect(JSON.stringify(await audited())).not.toContain('001099000001');
});

test('the audit can be neither changed nor shortened', async () => {
  const before = await rig.store.operators.audit({ before: null, limit: 1_000 });
  await as('viewer', '/api/v1/audit', { method: 'DELETE' });
  expect((await as('admin', '/api/v1/audit', { method: 'DELETE' })).status).toBe(404);
  const after = await rig.store.operators.audit({ before: null, limit: 1_000 });
  expect(after).toEqual(before);
});

test('a station is invited, seen, and revoked over the interface', async () => {
  const json = { region: 'hcm', station: 'cua-ngo-7', name: 'Cửa ngõ 7' };
  const invited = await as('admin', '/api/v1/stations', { json });
  expect(invited.status).toBe(201);
  const client = rig.client('cua-ngo-7');
  const { code } = JSON.parse(invited.text) as { code: string };
  expect((await client.enrol(code)).status).toBe(201);
  const seen = await as('viewer', '/api/v1/stations/cua-ngo-7');
  expect(JSON.parse(seen.text)).toMatchObject({ state: 'active', name: 'Cửa ngõ 7', epochs: [] });
  const revoking = { json: { reason: 'retired' } };
  expect((await as('admin', '/api/v1/stations/cua-ngo-7/revocation', revoking)).status).toBe(204);
  expect((await client.ask('/v1/heads')).status).toBe(401);
  client.close();
});

test('a policy that no station would take is not signed, and its wrong keys are named', async () => {
  const policy = { register: ['f0'], joinS: 0 };
  const json = { days: 30, policy };
  const refused = await as('admin', '/api/v1/regions/hcm/policy', { method: 'PUT', json });
  expect(refused.status).toBe(422);
  expect(refused.text).toMatch(/register: no such key.*joinS: /);
});

test('policy and mandate are signed, and reach the stations', async () => {
  const station = await rig.enrol('cua-ngo-8');
  const policy = { requireChip: true };
  await as('admin', '/api/v1/regions/hcm/policy', { method: 'PUT', json: { days: 30, policy } });
  const told = decodePolicy(readStatement((await station.ask('/v1/policy')).bytes).body);
  expect(JSON.parse(told.json)).toEqual(policy);
  const mandate = { fromDay: 20_000, untilDay: 20_100, purpose: 'Chống dịch', legalText: 'QĐ 1' };
  await as('admin', '/api/v1/regions/hcm/mandate', { method: 'PUT', json: mandate });
  const { body } = readStatement((await station.ask('/v1/mandate')).bytes);
  expect(decodeMandate(body)).toMatchObject({ ...mandate, version: 1, region: 'hcm' });
  station.close();
});

test('an import of which nothing comes any more is cut off, and leaves nothing', async () => {
  const { hostname, port } = rig.origin;
  const socket = connect({ host: hostname, port: Number(port), rejectUnauthorized: false });
  const closed = new Promise<void>((resolve) => socket.on('close', () => resolve()));
  socket.on('error', () => {});
  const path = '/api/v1/regions/hcm/registers/f7/imports?mode=add';
  const head = `POST ${path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${tokens.get('publisher')}\r\ncontent-type: text/csv\r\ncontent-length: 9999\r\n\r\n`;
  socket.write(`${head}number,status,from,until,source\n`);
  const comesTo = async (state: string) => {
    const isSo = async () => (await rig.store.registers.batches('hcm', 'f7'))[0]?.state === state;
    while (!(await isSo())) await new Promise((resolve) => setImmediate(resolve));
  };
  await guarded('the import begins', comesTo('adding'));
  await clock.advance(120_000);
  await guarded('the hub cuts the connection', closed);
  await guarded('its batch goes', comesTo('discarded'));
});

test('a file is imported, published and withdrawn over the interface', async () => {
  const importing = (text: string, type = 'text/csv') =>
    as('publisher', '/api/v1/regions/hcm/registers/f0/imports?mode=add', {
      ...{ method: 'POST', bytes: Buffer.from(text), headers: { 'content-type': type } },
    });
  const foreign = await importing('Họ tên;Số;Ngày\nA;1;2\n');
  expect(foreign.status).toBe(422);
  expect((await importing('number,status,from,until,source\n1,a,b,c,d\n')).status).toBe(422);
  expect((await importing('x', 'application/pdf')).status).toBe(415);
  const header = 'number,status,from,until,source';
  const good = await importing(`${header}\n001099000001,active,2026-01-01,,CDC\n`);
  expect(good.status).toBe(201);
  const { batch } = JSON.parse(good.text) as { batch: number };
  const published = await as('publisher', `/api/v1/batches/${batch}/publication`, {
    method: 'POST',
  });
  expect(published.status).toBe(200);
  const withdrawn = await as('publisher', `/api/v1/batches/${batch}/withdrawal`, {
    method: 'POST',
  });
  expect(JSON.parse(withdrawn.text)).toEqual({
    ...{ region: 'hcm', register: 'f0', added: 0, removed: 1, version: 2 },
  });
  const twice = await as('publisher', `/api/v1/batches/${batch}/withdrawal`, { method: 'POST' });
  expect(twice.status).toBe(422);
});

test('notices and officers are published as lists, wrong ones are refused by their row', async () => {
  const untilMs = clock.wallMs() + 3_600_000;
  const notice = { number: '001099000001', code: 'transfer', untilMs };
  const put = (list: string, json: unknown) =>
    as('publisher', `/api/v1/regions/hcm/lists/${list}`, { method: 'PUT', json });
  expect((await put('notices', [notice])).status).toBe(200);
  const wrong = await put('notices', [notice, { ...notice, number: '1' }]);
  expect([wrong.status, wrong.text.includes('/1/number')]).toEqual([422, true]);
  expect((await put('officers', [{ id: 'x', pin: '1234' }])).status).toBe(422);
  const manifest = await rig.hub.desks.publisher.newest('hcm');
  expect(manifest?.lists.notices?.rows).toBe(1);
});

test('the answers of errors hold nothing of what came', async () => {
  const json = { number: '001099000001', more: 1 };
  const headers = { 'chot-purpose': 'subject-request' };
  const wrong = await as('admin', '/api/v1/erasures', { method: 'POST', json, headers });
  expect(wrong.status).toBe(400);
  expect(wrong.text).not.toContain('001099000001');
  expect(rig.log.every((line) => !JSON.stringify(line).includes('001099000001'))).toBe(true);
});
