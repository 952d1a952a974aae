import { once } from 'node:events';
import { request } from 'node:https';
import { join } from 'node:path';
import { connect, type TLSSocket } from 'node:tls';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { SEGMENT_BYTES_MAX } from '../../src/journal/segment.ts';
import { toHex } from '../../src/kernel/bytes.ts';
import { AnnouncedStation } from '../support/announced-station.ts';
import { guarded } from '../support/guarded.ts';
import { type Answer, HubRig, REGION, type StationClient } from '../support/hub-rig.ts';
import { listed, nthNumber, publishRows } from '../support/publish-at-hub.ts';
import { SealingStation } from '../support/sealed-segments.ts';
import { ShiftedClock } from '../support/shifted-clock.ts';
import { SyncedStation } from '../support/synced-station.ts';

const TINY = process.env['CHOT_SOAK'] === '1' ? 20_000 : 500;
const AT_ONCE = 4;

let clock: ShiftedClock;
let rig: HubRig;
/** Goes about its work beside whatever is done to the hub. */
let healthy: SyncedStation;
let hostile: AnnouncedStation;
let published = 0;
beforeEach(async () => {
  clock = new ShiftedClock();
  rig = await HubRig.start(clock, [REGION], { opens: true });
  healthy = await SyncedStation.enrol(rig, 'cua-1', { clock: new ShiftedClock() });
  hostile = await AnnouncedStation.enrol(rig, 'cua-9');
  healthy.start();
  published = 0;
  await healthyGoesOn();
});
afterEach(async () => {
  await healthyGoesOn();
  expect([...healthy.alarms]).toEqual([]);
  expect(rig.log.filter(({ event }) => event === 'bug')).toEqual([]);
  hostile.client.close();
  await healthy.stop();
  await rig[Symbol.asyncDispose]();
});

/** A segment goes up, a publication comes down. */
async function healthyGoesOn(): Promise<void> {
  healthy.write(5);
  const { version } = await publishRows(rig, [listed(nthNumber(published++))]);
  await healthy.inForce(version);
  expect(healthy.isListed(nthNumber(published - 1))).toBe(true);
}

/** Beside the attack the healthy station does its work twice. */
async function whileHealthyWorks(attack: (stop: AbortSignal) => Promise<void>): Promise<void> {
  const stop = new AbortController();
  const attacking = attack(stop.signal);
  for (let count = 0; count < 2; count++) await healthyGoesOn();
  stop.abort();
  await guarded('the attack ends', attacking);
}

const codeOf = ({ status, text }: Answer) =>
  `${status} ${status < 300 ? '' : (JSON.parse(text) as { code: string }).code}`.trim();
const flipped = (bytes: Uint8Array, at: number) => {
  const altered = Uint8Array.from(bytes);
  const index = at < 0 ? bytes.length + at : at;
  altered[index] = (altered[index] ?? 0) ^ 1;
  return altered;
};
const through = async () => {
  const heads = JSON.parse((await hostile.client.ask('/v1/heads')).text) as {
    epochs: { through: number }[];
  };
  return heads.epochs[0]?.through;
};

test('whatever is wrong with a segment is refused by name and stored not at all; what is only late or twice is not wrong', async () => {
  const first = hostile.seal(20);
  const second = hostile.seal(20);
  const answers: Record<string, string> = {};
  const sending = async (what: string, answer: Promise<Answer>) => {
    answers[what] = codeOf(await answer);
  };
  const { bytes } = first;
  const epoch = new Uint8Array(16).fill(9);
  const strange = { 'content-type': 'text/plain' };
  await sending('a hash', hostile.send(flipped(bytes, -100), { first: 1 }));
  await sending('a signature', hostile.send(flipped(bytes, bytes.length - 1), { first: 1 }));
  await sending('cut short', hostile.send(bytes.subarray(0, -1), { first: 1 }));
  await sending('too long', hostile.send(Buffer.concat([bytes, bytes]), { first: 1 }));
  await sending('of another place', hostile.send(bytes, { first: 21 }));
  await sending(
    'of no epoch',
    hostile.send(hostile.seal(1, other(epoch)).bytes, { first: 1, epoch }),
  );
  await sending('as text', hostile.send(bytes, { first: 1, headers: strange }));
  await sending('as JSON', hostile.client.ask(pathOf(1), { json: { records: [] } }));
  expect(answers).toEqual({
    ...{ 'a hash': '422 segment.signature', 'a signature': '422 segment.signature' },
    ...{ 'cut short': '422 segment.malformed', 'too long': '422 segment.malformed' },
    ...{ 'of another place': '422 segment.place', 'of no epoch': '422 epoch.unknown' },
    ...{ 'as text': '415 http.type', 'as JSON': '415 http.type' },
  });
  expect(await through()).toBe(0);
  expect(codeOf(await hostile.send(second.bytes, { first: 21 }))).toBe('201');
  expect(await through()).toBe(0);
  expect(codeOf(await hostile.send(bytes, { first: 1 }))).toBe('201');
  expect(codeOf(await hostile.send(bytes, { first: 1 }))).toBe('200');
  expect(await through()).toBe(40);
});

test('a station that is revoked gets nothing in, on the connection that it has or on another', async () => {
  const { bytes } = hostile.seal(20);
  await rig.hub.desks.actions.revoke('cua-9', 'lost');
  expect(codeOf(await hostile.send(bytes, { first: 1 }))).toBe('401 station.revoked');
  hostile.client.reconnect();
  expect(codeOf(await hostile.send(bytes, { first: 1 }))).toBe('401 station.revoked');
});

test('two machines under one name: the second one is told 409, begins an epoch that waits, and the operator hears of it', async () => {
  const one = await SyncedStation.enrol(rig, 'cua-2');
  one.start();
  one.write(3);
  await one.current();
  await one.stop();
  const copy = one.copiedTo(join(rig.folder, 'copy'));
  one.start();
  one.write(4);
  await one.current();
  copy.start();
  copy.write(5);
  await copy.until('the conflict', () => copy.sync.snapshot().alarms.includes('journal.conflict'));
  copy.write(6);
  await copy.current();
  // Refused, and kept: what it wrote under the name of the other one.
  expect(copy.sync.snapshot()).toMatchObject({ refused: 1, unsent: 1 });
  expect([...(await rig.incidents())].sort()).toEqual(['epoch.waiting', 'segment.conflict']);
  expect([...one.alarms]).toEqual([]);
  await copy.stop();
  await one.stop();
});

test(`${TINY} segments of one record hold nobody up`, async () => {
  const made = Array.from({ length: TINY }, () => hostile.seal(1));
  const answers = new Map<string, number>();
  let sent = 0;
  await whileHealthyWorks(async () => {
    await Promise.all(
      Array.from({ length: AT_ONCE }, async () => {
        for (let next = made[sent++]; next !== undefined; next = made[sent++]) {
          const code = codeOf(await hostile.send(next.bytes, { first: next.first }));
          answers.set(code, (answers.get(code) ?? 0) + 1);
        }
      }),
    );
  });
  expect(Object.fromEntries(answers)).toMatchObject({ '201': expect.any(Number) });
  expect([...answers.keys()].filter((code) => code !== '503 busy.ingest')).toEqual(['201']);
});

test('bodies that drip are cut off, a station has no room for more of them, and nobody waits for either', async () => {
  const sockets: TLSSocket[] = [];
  const closed: Promise<unknown>[] = [];
  const answers: string[] = [];
  for (let count = 0; count < 20; count++) {
    const socket = await tlsTo(hostile.client);
    socket.on('data', (part: Buffer) => answers.push(part.toString('latin1').slice(9, 12)));
    closed.push(once(socket, 'close'));
    socket.on('error', () => {});
    socket.write(headOf(hostile.client, `content-length: ${SEGMENT_BYTES_MAX}`));
    socket.write('x');
    sockets.push(socket);
  }
  await whileHealthyWorks(async (stop) => {
    while (!stop.aborted) {
      for (const socket of sockets) if (!socket.destroyed) socket.write('x');
      await clock.sleep(50, stop);
    }
  });
  expect(new Set(answers)).toEqual(new Set(['429']));
  expect(sockets.filter(({ destroyed }) => !destroyed)).toHaveLength(20 - answers.length);
  clock.hasten(11_000);
  await guarded('all are cut off', Promise.all(closed));
  hostile.client.reconnect();
  expect((await hostile.client.ask('/v1/heads')).status).toBe(200);
});

test('a body without an end is refused where the longest segment ends', async () => {
  let sent = 0;
  const answered = new Promise<number>((resolve, reject) => {
    const { hostname, port } = rig.origin;
    const { certificate, key, token } = hostile.client;
    const upload = request(
      {
        ...{ hostname, port, path: pathOf(1), method: 'POST', rejectUnauthorized: false },
        ...{ cert: certificate ?? '', key: key.export({ type: 'pkcs8', format: 'pem' }) },
        headers: { 'chot-token': token ?? '', 'content-type': 'application/octet-stream' },
      },
      (response) => resolve(response.statusCode ?? 0),
    );
    const part = Buffer.alloc(64 * 1024);
    const more = () => {
      while (!upload.destroyed && upload.write(part)) sent += part.length;
      sent += part.length;
    };
    upload.on('drain', more);
    upload.on('error', reject);
    more();
  });
  expect(await guarded('an answer', answered)).toBe(413);
  expect(sent).toBeLessThan(SEGMENT_BYTES_MAX * 4);
});

const pathOf = (first: number) => `/v1/segments/${toHex(hostile.journal.epoch)}/${first}`;
const other = (epoch: Uint8Array) =>
  new SealingStation('cua-9', epoch[0] ?? 0, hostile.client.signing);

function headOf({ token }: StationClient, length: string): string {
  const type = 'content-type: application/octet-stream';
  return `POST ${pathOf(1)} HTTP/1.1\r\nhost: x\r\nchot-token: ${token}\r\n${type}\r\n${length}\r\n\r\n`;
}

async function tlsTo({ certificate, key }: StationClient): Promise<TLSSocket> {
  const { hostname: host, port } = rig.origin;
  const socket = connect({
    ...{ host, port: Number(port), rejectUnauthorized: false },
    ...{ cert: certificate ?? '', key: key.export({ type: 'pkcs8', format: 'pem' }) },
  });
  await once(socket, 'secureConnect');
  return socket;
}
