import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { VirtualClock } from '../../../test/support/virtual-clock.ts';
import { Telemetry } from '../telemetry.ts';
import { Credentials } from './credentials.ts';
import type { LanePort, StationPort } from './lane-port.ts';
import type { LaneView, RecentView } from './lane-shape.ts';
import type { LaneOpeningsView } from './openings-shape.ts';
import { listen, type StationServer } from './server.ts';
import type { BoardView } from './shapes.ts';

let pages: string;
let server: StationServer;
let credentials: Credentials;
let presented: [string, string][];
let acted: unknown[];
let reconciled: [string, string | null][];
let logged: unknown[];
let tellLane: (lane: LaneView) => void;
let tellHistory: (lane: string, row: RecentView) => void;

beforeEach(async () => {
  pages = mkdtempSync(join(tmpdir(), 'chot-pages-'));
  writeFileSync(join(pages, 'index.html'), '<!doctype html><title>staff</title>');
  writeFileSync(join(pages, 'passer.html'), '<!doctype html><title>passer</title>');
  presented = [];
  acted = [];
  reconciled = [];
  logged = [];
  credentials = new Credentials();
  credentials.addEntrance('entrance', 'once');
  credentials.addBearer('scanner', 'scanner');
  credentials.addBearer('monitor', 'monitor');
  server = await listen(
    {
      station: simStation(),
      credentials,
      clock: new VirtualClock(),
      telemetry: new Telemetry((line) => logged.push(line)),
      encodePreview: async () => Uint8Array.of(0xff, 0xd8, 0xff, 0xd9),
      pages,
    },
    { host: '127.0.0.1', port: 0 },
  );
});
afterEach(async () => {
  await server.close();
  rmSync(pages, { recursive: true });
});

type Answer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
};

function call(
  method: string,
  path: string,
  { headers = {}, body }: { headers?: Record<string, string>; body?: string } = {},
): Promise<Answer> {
  const { hostname, port } = new URL(server.origin);
  return new Promise((resolve, reject) => {
    const out = request({ method, path, hostname, port, headers }, (incoming) => {
      let text = '';
      incoming.setEncoding('utf8');
      incoming.on('data', (chunk) => {
        text += chunk;
      });
      incoming.on('end', () =>
        resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body: text }),
      );
    });
    out.on('error', reject);
    out.end(body);
  });
}

async function cookie(): Promise<string> {
  const answer = await call('GET', '/enter?token=entrance');
  return String(answer.headers['set-cookie']).split(';')[0] ?? '';
}

const json = { 'content-type': 'application/json' };
const action = JSON.stringify({ action: 'let-pass', ordinal: 1, reason: 'checked' });

test('only /healthz answers without a credential', async () => {
  expect((await call('GET', '/healthz')).status).toBe(200);
  for (const path of [
    '/',
    '/passer/lane-1',
    '/readyz',
    '/metrics',
    '/api/v1/lanes',
    '/api/v1/events',
    '/api/v1/openapi.json',
    '/api/v1/lanes/lane-1/preview',
    '/api/v1/lanes/lane-1/outward',
    '/nothing',
  ]) {
    expect((await call('GET', path)).status, path).toBe(401);
  }
});

test('a stranger in a browser is told what to do', async () => {
  const answer = await call('GET', '/', { headers: { accept: 'text/html' } });
  expect(answer.status).toBe(401);
  expect(answer.body).toContain('Mở lại từ máy trạm');
});

test('the printed address opens the screen once, and its cookie goes on working', async () => {
  const entered = await call('GET', '/enter?token=entrance');
  expect(entered.status).toBe(303);
  expect(String(entered.headers['set-cookie'])).toMatch(/HttpOnly; SameSite=Strict; Path=\/$/);
  const session = String(entered.headers['set-cookie']).split(';')[0] ?? '';
  expect((await call('GET', '/', { headers: { cookie: session } })).body).toContain('staff');
  expect((await call('GET', '/passer/lane-1', { headers: { cookie: session } })).body).toContain(
    'passer',
  );
  const again = await call('GET', '/enter?token=entrance');
  expect(again.headers['set-cookie']).toBeUndefined();
});

test('a rebinding name in Host is refused', async () => {
  const headers = { host: 'gate.example:80', cookie: await cookie() };
  expect((await call('GET', '/api/v1/lanes', { headers })).status).toBe(421);
});

test('a request that changes state by cookie needs our own Origin', async () => {
  const headers = { ...json, cookie: await cookie() };
  const path = '/api/v1/lanes/lane-1/actions';
  const with_ = (extra: Record<string, string>) =>
    call('POST', path, { headers: { ...headers, ...extra }, body: action });
  expect((await with_({})).status).toBe(403);
  expect((await with_({ origin: 'http://evil.example' })).status).toBe(403);
  expect((await with_({ origin: 'null' })).status).toBe(403);
  expect((await with_({ origin: server.origin, 'sec-fetch-site': 'cross-site' })).status).toBe(403);
  expect(acted).toEqual([]);
  expect((await with_({ origin: server.origin })).status).toBe(204);
  expect(acted).toEqual([JSON.parse(action)]);
});

test('a form or plain text is refused by its type', async () => {
  const headers = { cookie: await cookie(), origin: server.origin };
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data']) {
    const answer = await call('POST', '/api/v1/lanes/lane-1/actions', {
      headers: { ...headers, 'content-type': type },
      body: action,
    });
    expect(answer.status, type).toBe(415);
  }
});

test('a software scanner presents with its token alone, opens nothing else, and is always `api`', async () => {
  const headers = { ...json, authorization: 'Bearer scanner' };
  const body = JSON.stringify({ text: '001200000001', via: 'typed' });
  expect((await call('POST', '/api/v1/lanes/lane-1/presentations', { headers, body })).status).toBe(
    202,
  );
  expect(presented).toEqual([['001200000001', 'api']]);
  expect((await call('GET', '/api/v1/lanes', { headers })).status).toBe(403);
  expect(
    (await call('POST', '/api/v1/lanes/lane-1/actions', { headers, body: action })).status,
  ).toBe(403);
  const foreign = { ...headers, origin: 'http://evil.example' };
  expect(
    (await call('POST', '/api/v1/lanes/lane-1/presentations', { headers: foreign, body })).status,
  ).toBe(403);
});

test('presentations are limited in rate and size, and what came is not repeated in the answer', async () => {
  const headers = { ...json, authorization: 'Bearer scanner' };
  const path = '/api/v1/lanes/lane-1/presentations';
  const statuses: number[] = [];
  for (let index = 0; index < 12; index++) {
    statuses.push((await call('POST', path, { headers, body: '{"text":"x"}' })).status);
  }
  expect(statuses.filter((status) => status === 202)).toHaveLength(10);
  expect(statuses.slice(10)).toEqual([429, 429]);
  const long = await call('POST', path, {
    headers,
    body: JSON.stringify({ text: '079300000002'.repeat(400) }),
  });
  expect(long.status).toBe(400);
  expect(long.body).not.toContain('079300000002');
  expect((await call('POST', path, { headers, body: 'x'.repeat(40_000) })).status).toBe(413);
});

test('a line of the paper book is entered by staff alone, and only as its day and time', async () => {
  const path = '/api/v1/lanes/lane-1/paper-lines';
  const enter = async (body: unknown, headers: Record<string, string>) =>
    call('POST', path, {
      headers: { ...headers, 'content-type': 'application/json', origin: server.origin },
      body: JSON.stringify(body),
    });
  const line = { slip: '20261126-021307', number: '001200000001' };
  const staff = { cookie: await cookie() };
  expect((await enter(line, { authorization: 'Bearer scanner' })).status).toBe(403);
  expect((await enter({ ...line, slip: '02:13' }, staff)).status).toBe(400);
  expect(reconciled).toEqual([]);
  expect((await enter(line, staff)).status).toBe(204);
  expect((await enter({ ...line, number: null }, staff)).status).toBe(204);
  expect(reconciled).toEqual([
    ['20261126-021307', '001200000001'],
    ['20261126-021307', null],
  ]);
});

test('every answer is closed to other sites and never kept', async () => {
  const { headers } = await call('GET', '/healthz');
  expect(headers).toMatchObject({
    'cache-control': 'no-store',
    'cross-origin-resource-policy': 'same-origin',
    'x-content-type-options': 'nosniff',
  });
  expect(headers['access-control-allow-origin']).toBeUndefined();
  expect(headers['content-security-policy']).toContain("default-src 'none'");
});

test('metrics and readiness are for the monitor', async () => {
  const headers = { authorization: 'Bearer monitor' };
  expect((await call('GET', '/metrics', { headers })).body).toContain('chot_passages_total');
  expect((await call('GET', '/readyz', { headers })).status).toBe(200);
  expect((await call('GET', '/api/v1/lanes', { headers })).status).toBe(403);
});

/** Reads a stream until `wanted` blank-line-ended events have come. */
function readEvents(
  path: string,
  headers: Record<string, string>,
  wanted: number,
): Promise<string[]> {
  const { hostname, port } = new URL(server.origin);
  return new Promise((resolve, reject) => {
    const out = request({ path, hostname, port, headers }, (incoming) => {
      let text = '';
      incoming.setEncoding('utf8');
      incoming.on('data', (chunk: string) => {
        text += chunk;
        const events = text.split('\n\n').filter((part) => part.includes('event: '));
        if (events.length < wanted) return;
        out.destroy();
        resolve(events.slice(0, wanted));
      });
    });
    out.on('error', (error) =>
      (error as NodeJS.ErrnoException).code === 'ECONNRESET' ? undefined : reject(error),
    );
    out.end();
  });
}

test('a page that reconnects gets the history it missed, without personal fields, and the lane as it is now', async () => {
  const headers = { cookie: await cookie() };
  tellHistory('lane-1', row(1));
  tellHistory('lane-1', row(2));
  const first = await readEvents('/api/v1/events', headers, 4);
  const id = /id: (.*)/.exec(first[1] ?? '')?.[1] ?? '';
  const again = await readEvents('/api/v1/events', { ...headers, 'last-event-id': id }, 3);
  expect(again.map((event) => /event: (.*)/.exec(event)?.[1])).toEqual([
    'hello',
    'history',
    'lane',
  ]);
  expect(again[1]).toContain('"ordinal":2');
});

test('a photograph is there by its name alone, for staff, and leaves nothing in a cache', async () => {
  const headers = { cookie: await cookie() };
  const found = await fetch(`${server.origin}/api/v1/lanes/lane-1/photos/${PHOTO_NAME}`, {
    headers,
  });
  expect(found.status).toBe(200);
  expect(found.headers.get('content-type')).toBe('image/jpeg');
  expect(found.headers.get('cache-control')).toBe('no-store');
  expect(new Uint8Array(await found.arrayBuffer())).toEqual(PHOTO);
  const other = `${server.origin}/api/v1/lanes/lane-1/photos/${'0'.repeat(24)}`;
  expect((await fetch(other, { headers })).status).toBe(404);
  expect(
    (await fetch(`${server.origin}/api/v1/lanes/lane-2/photos/${PHOTO_NAME}`, { headers })).status,
  ).toBe(404);
  expect((await fetch(`${server.origin}/api/v1/lanes/lane-1/photos/${PHOTO_NAME}`)).status).toBe(
    401,
  );
});

test('the passer stream tells go, wait and hints and nothing about the person', async () => {
  const headers = { cookie: await cookie() };
  const events = readEvents('/api/v1/lanes/lane-1/outward', headers, 3);
  const timer = setInterval(() => tellLane({ ...laneView(), outward: 'wait' }), 5);
  const [notice, , third] = await events;
  clearInterval(timer);
  expect(notice).toBe(
    'event: notice\ndata: {"demo":false,"legalBasis":"QĐ 01","retentionDays":21,"phone":null}',
  );
  expect(third).toMatch(
    /^event: (outward|beat)\ndata: \{("outward":"wait","hint":null|"nowMs":\d+)\}$/,
  );
});

test('the list of openings is for the screen alone, and its shape is in the contract', async () => {
  expect((await call('GET', '/api/v1/openings')).status).toBe(401);
  for (const token of ['monitor', 'scanner']) {
    const headers = { authorization: `Bearer ${token}` };
    expect((await call('GET', '/api/v1/openings', { headers })).status, token).toBe(403);
  }
  const headers = { cookie: await cookie() };
  const answer = await call('GET', '/api/v1/openings', { headers });
  expect(JSON.parse(answer.body)).toEqual({ lanes: [OPENINGS] });
  const contract = JSON.parse((await call('GET', '/api/v1/openapi.json', { headers })).body);
  expect(Object.keys(contract.paths)).toContain('/api/v1/openings');
});

test('relay boards are in the health that monitors ask for', async () => {
  const headers = { authorization: 'Bearer monitor' };
  const { body } = await call('GET', '/api/v1/health', { headers });
  expect(JSON.parse(body)).toMatchObject({ boards: [BOARD], lanes: [{ id: 'lane-1' }] });
});

function row(ordinal: number): RecentView {
  return {
    passage: ordinal,
    ordinal,
    verdict: 'pass',
    crossed: 'yes',
    reasons: [],
    test: false,
    atMs: 1,
  };
}

const BOARD: BoardView = { id: 'board-1', state: 'offline', reason: 'board.no-answer', sinceMs: 7 };

const OPENINGS: LaneOpeningsView = {
  ...{ id: 'lane-1', name: 'Làn 1', listedSinceMs: 5 },
  before: [{ sinceMs: null, counts: [{ kind: 'paper', count: 2 }] }],
  shifts: [
    {
      ...{ officer: 'mau', sinceMs: 6, untied: 1, overridden: 1 },
      listed: [
        {
          ...{ kind: 'overridden', atMs: 8, officer: 'mau', reason: 'wrong-person', passage: 4711 },
          ...{ verdict: 'stop', ended: null, takenBack: true },
        },
        {
          ...{ kind: 'release', atMs: 7, officer: null, reason: 'queue', passage: null },
          ...{ verdict: null, ended: { atMs: 9, crossed: 3 }, takenBack: false },
        },
      ],
    },
  ],
};

const PHOTO_NAME = '0123456789abcdef01234567';
const PHOTO = Uint8Array.of(0xff, 0xd8, 0xff, 0xd9);

function simStation(): StationPort {
  const lane: LanePort = {
    id: 'lane-1',
    notice: { demo: false, legalBasis: 'QĐ 01', retentionDays: 21, phone: null },
    view: laneView,
    openings: () => OPENINGS,
    present: (text, via) => presented.push([text, via]),
    act: (taken) => {
      acted.push(taken);
      return null;
    },
    reconcile: (slip, number) => {
      reconciled.push([slip, number]);
      return null;
    },
    signIn: async () => null,
    photo: (name) => (name === PHOTO_NAME ? PHOTO : null),
    frames: async function* () {},
  };
  return {
    id: 'gate-1',
    software: '0.0.0',
    demo: false,
    boot: 'boot1',
    lanes: [lane],
    officers: () => [],
    readiness: () => ({ problems: [], warnings: [] }),
    selfTest: () => ({ state: 'passed', code: null, atMs: 0 }),
    boards: () => [BOARD],
    onLane: (listener) => {
      tellLane = listener;
      return () => {};
    },
    onHistory: (listener) => {
      tellHistory = listener;
      return () => {};
    },
  };
}

function laneView(): LaneView {
  return {
    id: 'lane-1',
    name: 'Làn 1',
    direction: 'in',
    mode: 'normal',
    modeSinceMs: 0,
    released: 0,
    officer: null,
    current: null,
    waiting: 0,
    card: null,
    notice: null,
    parked: [],
    recent: [],
    undo: null,
    hint: null,
    outward: 'idle',
    devices: [],
    paperLines: [],
    foundOnPaper: null,
    registers: [],
    journal: { state: 'writing', reason: null, unrecorded: 0 },
    hub: null,
    time: { trust: 'carried', nowMs: 0, uncertaintyMs: 1 },
    restart: null,
    barrier: { emergency: false, tamper: false, movedAtMs: null },
    luminance: null,
    openings: { sinceMs: 0, untied: 1, overridden: 0, beforeStart: 2 },
    demo: false,
  };
}
