import { createHash, createPublicKey, type KeyObject } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { guarded } from '../../../test/support/guarded.ts';
import { HubRig, newTlsKey, type StationClient } from '../../../test/support/hub-rig.ts';
import { actionRecord } from '../../../test/support/journal-records.ts';
import { SealingStation } from '../../../test/support/sealed-segments.ts';
import { TestAuthority } from '../../../test/support/test-authority.ts';
import { VirtualClock } from '../../../test/support/virtual-clock.ts';
import { signHead } from '../../journal/chain.ts';
import { SEGMENT_BYTES_MAX } from '../../journal/segment.ts';
import { toHex } from '../../kernel/bytes.ts';
import { makeCertificateRequest } from '../../sync/protocol/make-certificate-request.ts';
import { epochProofBytes, renewalProofBytes } from '../../sync/protocol/proofs.ts';
import { encodeSignedHead } from '../../sync/protocol/signed-head.ts';
import { issueStationCertificate, readAuthorities } from '../authority/authority.ts';
import { currentList } from '../authority/role-lists.ts';
import { noteRestore } from '../backup/manifest.ts';

const DAY_MS = 86_400_000;
const NONCE = { nonce: '00'.repeat(32) };

let clock: VirtualClock;
let rig: HubRig;
const clients: StationClient[] = [];
beforeEach(async () => {
  clock = new VirtualClock();
  rig = await HubRig.start(clock);
});
afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  await rig[Symbol.asyncDispose]();
});
const enrol = async (station: string) => {
  const client = await rig.enrol(station);
  clients.push(client);
  return client;
};
const codeOf = (answer: { readonly text: string }) =>
  (JSON.parse(answer.text) as { code: string }).code;

describe('a certificate', () => {
  test('is needed, and another authority’s is none', async () => {
    const station = await enrol('cua-ngo-1');
    const other = new TestAuthority('authority-1').station('cua-ngo-1', 'hcm');
    station.certificate = other.pem;
    station.key = other.key;
    station.reconnect();
    const refused = await station.ask('/v1/heads');
    expect([refused.status, codeOf(refused)]).toEqual([401, 'station.certificate']);
    station.certificate = null;
    station.reconnect();
    expect((await station.ask('/v1/heads')).status).toBe(401);
  });

  test('that has ended may only renew, with a new key, for 45 days', async () => {
    const station = await enrol('cua-ngo-1');
    clock.jumpWall(91 * DAY_MS);
    expect(codeOf(await station.ask('/v1/heads'))).toBe('station.expired');
    const renewing = async (key: KeyObject) => {
      const { pem, der } = makeCertificateRequest('cua-ngo-1', key);
      const hash = createHash('sha256').update(der).digest();
      const proof = station.sign(renewalProofBytes('hcm', 'cua-ngo-1', hash));
      return station.ask('/v1/renewals', { json: { csr: pem, proof } });
    };
    expect(codeOf(await renewing(station.key))).toBe('renewal.key');
    const old = { certificate: station.certificate, key: station.key };
    const key = newTlsKey();
    const answer = await renewing(key);
    expect(answer.status).toBe(201);
    const { certificate } = JSON.parse(answer.text) as { certificate: string };
    Object.assign(station, { certificate, key });
    station.reconnect();
    expect((await station.ask('/v1/heads')).status).toBe(200);
    Object.assign(station, old);
    station.reconnect();
    clock.jumpWall(45 * DAY_MS);
    expect(codeOf(await renewing(newTlsKey()))).toBe('station.expired');
  });

  test('that a restored hub has forgotten is good when it was issued after the backup, and no other', async () => {
    const station = await enrol('cua-ngo-1');
    const issue = (atMs: number) => {
      const key = newTlsKey();
      const [authority] = readAuthorities(rig.directory);
      if (authority === undefined) throw new Error('a hub has an authority');
      const holder = { region: 'hcm', station: 'cua-ngo-1', publicKey: createPublicKey(key) };
      const { pem } = issueStationCertificate(authority, holder, atMs);
      Object.assign(station, { certificate: pem, key });
      station.reconnect();
    };
    clock.jumpWall(60_000);
    const backupMs = clock.wallMs();
    issue(backupMs + 10_000);
    clock.jumpWall(60_000);
    expect(codeOf(await station.ask('/v1/heads'))).toBe('station.revoked');
    await rig.end();
    noteRestore(rig.directory.path, backupMs);
    await rig.begin();
    expect((await station.ask('/v1/heads')).status).toBe(200);
    await station.ask('/v1/heads');
    const audit = await rig.store.operators.audit({ before: null, limit: 10 });
    expect(audit.filter(({ action }) => action === 'certificate.adopt')).toHaveLength(1);
    issue(backupMs - 10_000);
    expect(codeOf(await station.ask('/v1/heads'))).toBe('station.revoked');
    await rig.hub.desks.actions.revoke('cua-ngo-1', 'lost');
    issue(backupMs + 20_000);
    expect(codeOf(await station.ask('/v1/heads'))).toBe('station.revoked');
  });

  test('that is revoked ends the station’s long poll at once and every further request', async () => {
    const station = await enrol('cua-ngo-1');
    const headers = { 'if-none-match': '"0.1.0.0"', prefer: 'wait=55' };
    const poll = station.ask('/v1/registers/manifest', { headers });
    await until(() => rig.hub.polls() === 1);
    await rig.hub.desks.actions.revoke('cua-ngo-1', 'lost');
    expect(codeOf(await poll)).toBe('station.revoked');
    expect(codeOf(await station.ask('/v1/heads'))).toBe('station.revoked');
  });

  test('revoked by another process ends the long poll within two seconds', async () => {
    const station = await enrol('cua-ngo-1');
    const headers = { 'if-none-match': '"0.1.0.0"', prefer: 'wait=55' };
    const poll = station.ask('/v1/registers/manifest', { headers });
    await until(() => rig.hub.polls() === 1);
    await rig.besides((store) => store.stations.revoke('cua-ngo-1', clock.wallMs()));
    await clock.advance(2_000);
    expect(codeOf(await poll)).toBe('station.revoked');
  });
});

describe('an enrolment code', () => {
  test('is good once; a second use is an incident', async () => {
    const code = await rig.invite('cua-ngo-1');
    const [first, second] = [rig.client('cua-ngo-1'), rig.client('cua-ngo-1')];
    clients.push(first, second);
    expect((await first.enrol(code)).status).toBe(201);
    expect((await second.enrol(code)).status).toBe(403);
    expect(await rig.incidents()).toEqual(['enrolment.reused']);
    expect((await first.ask('/v1/heads')).status).toBe(200);
  });

  test('is good for 15 minutes, five tries and the station it names', async () => {
    const late = await rig.invite('cua-ngo-1');
    clock.jumpWall(15 * 60_000);
    expect((await rig.client('cua-ngo-1').enrol(late)).status).toBe(403);
    const code = await rig.invite('cua-ngo-2');
    const client = rig.client('cua-ngo-2');
    clients.push(client);
    for (let tries = 0; tries < 5; tries++) {
      // A secret of its own, so the proof fits and the secret does not.
      const wrong = await rig.invite(`cua-ngo-${10 + tries}`);
      expect((await client.enrol(wrong, {}, 'cua-ngo-2')).status).toBe(403);
    }
    expect((await client.enrol(code)).status).toBe(403);
  });

  test('without a proof of its own keys is refused, and is not used up', async () => {
    const code = await rig.invite('cua-ngo-1');
    const client = rig.client('cua-ngo-1');
    clients.push(client);
    expect(codeOf(await client.enrol(code, { proof: '00'.repeat(64) }))).toBe('enrolment.proof');
    expect((await client.enrol(code)).status).toBe(201);
  });

  test('for an enrolled station takes the rights of the one before', async () => {
    const before = await enrol('cua-ngo-1');
    const after = await enrol('cua-ngo-1');
    expect(codeOf(await before.ask('/v1/heads'))).toBe('station.revoked');
    expect((await after.ask('/v1/heads')).status).toBe(200);
  });
});

describe('a token', () => {
  test('is renewed daily, the last two are good, an older one is an incident', async () => {
    const station = await enrol('cua-ngo-1');
    const tokens = [station.token];
    for (let day = 0; day < 2; day++) {
      clock.jumpWall(DAY_MS);
      await station.ask('/v1/time', { json: NONCE });
      tokens.push(station.token);
    }
    expect(new Set(tokens).size).toBe(3);
    const show = async (token: string | null) => {
      station.token = token;
      return (await station.ask('/v1/heads')).status;
    };
    expect(await show(tokens[2] ?? null)).toBe(200);
    expect(await show(tokens[1] ?? null)).toBe(200);
    expect(await show(tokens[0] ?? null)).toBe(409);
    expect(await show(tokens[0] ?? null)).toBe(409);
    expect(await rig.incidents()).toEqual(['station.copied']);
    // The one that has the newest goes on.
    expect(await show(tokens[2] ?? null)).toBe(200);
    await rig.hub.desks.actions.clearCopied('cua-ngo-1');
    expect(await show(tokens[0] ?? null)).toBe(200);
  });

  test('is needed', async () => {
    const station = await enrol('cua-ngo-1');
    station.token = null;
    expect(codeOf(await station.ask('/v1/heads'))).toBe('station.token');
  });

  test('that a restored hub does not know is made good by a head of the journal, unless that is behind', async () => {
    const station = await enrol('cua-ngo-1');
    const { journal, recipient } = await announced(station);
    const heads = [];
    for (let count = 0; count < 2; count++) {
      const made = journal.seal(recipient, [() => actionRecord(null)]);
      await station.ask(`/v1/segments/${toHex(journal.epoch)}/${made.first}`, {
        bytes: made.bytes,
      });
      const head = {
        ...{ station: 'cua-ngo-1', epoch: journal.epoch, sequence: made.last, link: made.link },
        ...{ segment: made.first, keyId: recipient.id, enc: new Uint8Array(32) },
      };
      const signature = signHead(head, station.signing);
      heads.push(Buffer.from(encodeSignedHead({ ...head, signature })).toString('base64url'));
    }
    const lost = station.token;
    const show = (head: string) => {
      station.token = 'bG9uZy1mb3Jnb3R0ZW4';
      return station.ask('/v1/time', { json: NONCE, headers: { 'chot-head': head } });
    };
    expect((await show(heads[0] ?? '')).status).toBe(409);
    expect((await show('AAAA')).status).toBe(409);
    const good = await show(heads[1] ?? '');
    expect(good.status).toBe(200);
    expect(station.token).not.toBe(lost);
    expect((await station.ask('/v1/heads')).status).toBe(200);
  });
});

describe('what comes', () => {
  test('as garbage is refused with what was expected, and repeats nothing of it', async () => {
    const station = await enrol('cua-ngo-1');
    const secret = '001099000001';
    for (const path of ['/v1/time', '/v1/epochs', '/v1/reports', '/v1/cases', '/v1/renewals']) {
      const wrong = await station.ask(path, { json: { nonce: secret } });
      expect([path, wrong.status]).toEqual([path, 400]);
      expect(wrong.text).not.toContain(secret);
    }
    const epoch = '00'.repeat(16);
    const malformed = await station.ask(`/v1/segments/${epoch}/1`, { bytes: Buffer.from(secret) });
    expect([malformed.status, codeOf(malformed)]).toEqual([422, 'segment.malformed']);
    expect((await station.ask(`/v1/segments/${epoch}/x`, { bytes: Buffer.of(1) })).status).toBe(
      400,
    );
    expect((await station.ask('/v1/nothing')).status).toBe(404);
  });

  test('longer than may be is refused', async () => {
    const station = await enrol('cua-ngo-1');
    const bytes = Buffer.alloc(SEGMENT_BYTES_MAX + 1);
    const answer = await station.ask(`/v1/segments/${'00'.repeat(16)}/1`, { bytes });
    expect(answer.status).toBe(413);
    const json = { nonce: 'x'.repeat(70_000) };
    expect((await station.ask('/v1/time', { json })).status).toBe(413);
  });

  test('for another station is refused', async () => {
    const [mine, theirs] = [await enrol('cua-ngo-1'), await enrol('cua-ngo-2')];
    const { journal, recipient } = await announced(theirs);
    const made = journal.seal(recipient, [() => actionRecord(null)]);
    const path = `/v1/segments/${toHex(journal.epoch)}/${made.first}`;
    const answer = await mine.ask(path, { bytes: made.bytes });
    expect([answer.status, codeOf(answer)]).toEqual([422, 'segment.place']);
    const heads = JSON.parse((await mine.ask('/v1/heads')).text) as { epochs: unknown[] };
    expect(heads.epochs).toEqual([]);
  });

  test('too slowly is cut off, and holds up nobody', async () => {
    const station = await enrol('cua-ngo-1');
    const socket = await tlsTo(station);
    const head = `POST /v1/time HTTP/1.1\r\nhost: x\r\nchot-token: ${station.token}\r\ncontent-type: application/json\r\ncontent-length: 200\r\n\r\n{`;
    socket.write(head);
    const closed = new Promise<void>((resolve) => socket.on('close', () => resolve()));
    // It has arrived once a request after it is answered.
    expect((await station.ask('/v1/heads')).status).toBe(200);
    await clock.advance(12_000);
    await guarded('the hub cuts the connection', closed);
    expect((await station.ask('/v1/heads')).status).toBe(200);
  });

  test('as no TLS is dropped', async () => {
    const { hostname, port } = rig.origin;
    const socket: Socket = connect(Number(port), hostname);
    const closed = new Promise<void>((resolve) => socket.on('close', () => resolve()));
    socket.on('error', () => {});
    socket.write('GET / HTTP/1.1\r\n\r\n');
    await guarded('the hub closes', closed);
  });
});

async function announced(station: StationClient) {
  const journal = new SealingStation(station.station, 7, station.signing);
  const claim = { ...journal.claim(), region: 'hcm' };
  const answer = await station.ask('/v1/epochs', {
    json: {
      ...{ epoch: toHex(journal.epoch), first: 1, previous: toHex(claim.previous) },
      ...{ reason: 'first', proof: station.sign(epochProofBytes(claim)) },
    },
  });
  expect(answer.status).toBe(201);
  const key = (await currentList(rig.store, 'hcm'))?.keys.find(({ role }) => role === 'recipient');
  if (key === undefined) throw new Error('no recipient');
  return { journal, recipient: { id: key.id, publicKey: key.key } };
}

function tlsTo(station: StationClient): Promise<TLSSocket> {
  const { hostname: host, port } = rig.origin;
  const key = station.key.export({ type: 'pkcs8', format: 'pem' });
  return new Promise((resolve, reject) => {
    const socket = connectTls(
      { host, port: Number(port), key, cert: station.certificate ?? '', rejectUnauthorized: false },
      () => resolve(socket),
    );
    socket.on('error', reject);
  });
}

/** Turns of the event loop until it is so. */
async function until(isSo: () => boolean): Promise<void> {
  const come = (async () => {
    while (!isSo()) await new Promise((resolve) => setImmediate(resolve));
  })();
  await guarded('it comes about', come);
}
