import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { HubRig, type StationClient } from '../../test/support/hub-rig.ts';
import { actionRecord } from '../../test/support/journal-records.ts';
import { SealingStation } from '../../test/support/sealed-segments.ts';
import { VirtualClock } from '../../test/support/virtual-clock.ts';
import { toHex } from '../kernel/bytes.ts';
import { StorageFault } from '../kernel/errors.ts';
import { decodeHubTime } from '../sync/protocol/hub-time.ts';
import { epochProofBytes } from '../sync/protocol/proofs.ts';
import { rawPublicKey } from '../sync/protocol/raw-keys.ts';
import { decodeReceipt } from '../sync/protocol/receipt.ts';
import { openRoles, type RoleList } from '../sync/protocol/roles.ts';
import { believe } from '../sync/protocol/statement.ts';

describe('an enrolled station', () => {
  const clock = new VirtualClock();
  let rig: HubRig;
  let station: StationClient;
  beforeAll(async () => {
    rig = await HubRig.start(clock);
    station = await rig.enrol('cua-ngo-1');
  });
  afterAll(async () => {
    station.close();
    await rig[Symbol.asyncDispose]();
  });
  const time = () => {
    const nowMs = clock.wallMs();
    return { earliestMs: nowMs, latestMs: nowMs, trust: 'vouched' as const };
  };
  const roles = async (): Promise<RoleList> => {
    const answer = await station.ask('/v1/roles');
    expect(answer.status).toBe(200);
    return openRoles(answer.bytes, [rawPublicKey(rig.root)]);
  };

  test('gets the role list that the root signed', async () => {
    const list = await roles();
    expect(list).toMatchObject({ region: 'hcm', version: 1 });
    expect(list.keys.map(({ role }) => role)).toContain('recipient');
  });

  test('gets the time, signed over its nonce by a receipt key', async () => {
    const nonce = '5a'.repeat(32);
    const answer = await station.ask('/v1/time', { json: { nonce } });
    const { keys } = await roles();
    const told = decodeHubTime(believe(answer.bytes, { role: 'receipt', keys, time: time() }));
    expect(toHex(told.nonce)).toBe(nonce);
    expect(told.hubMs).toBe(clock.wallMs());
  });

  test('sends a segment, gets a receipt, and the same again is known', async () => {
    const journal = new SealingStation('cua-ngo-1', 7, station.signing);
    const claim = { ...journal.claim(), region: 'hcm' };
    const epoch = toHex(journal.epoch);
    const announced = await station.ask('/v1/epochs', {
      json: {
        ...{ epoch, first: claim.first, previous: toHex(claim.previous), reason: 'first' },
        proof: station.sign(epochProofBytes(claim)),
      },
    });
    expect(announced.status).toBe(201);
    const { keys } = await roles();
    const recipient = keys.find(({ role }) => role === 'recipient');
    if (recipient === undefined) throw new Error('no recipient');
    const made = journal.seal({ id: recipient.id, publicKey: recipient.key }, [
      () => actionRecord(null),
      () => actionRecord(null),
    ]);
    const path = `/v1/segments/${epoch}/1`;
    const stored = await station.ask(path, { bytes: made.bytes });
    expect(stored.status).toBe(201);
    const answer = JSON.parse(stored.text) as { receipt: string; credit: number };
    expect(answer.credit).toBe(8);
    const statement = Buffer.from(answer.receipt, 'base64url');
    const receipt = decodeReceipt(believe(statement, { role: 'receipt', keys, time: time() }));
    expect(receipt).toMatchObject({ station: 'cua-ngo-1', first: 1, last: 2, through: 2 });
    expect((await station.ask(path, { bytes: made.bytes })).status).toBe(200);
    const heads = JSON.parse((await station.ask('/v1/heads')).text) as { epochs: unknown[] };
    expect(heads.epochs).toMatchObject([{ epoch, through: 2, state: 'granted' }]);
  });

  test('reports, and the hub keeps it', async () => {
    const report = {
      ...{ software: '0.1.0', bootId: '0123456789ab', unsent: 0, oldestUnsentMs: null, head: null },
      versions: { manifest: 0, roles: 1, policy: 0, mandate: 0, generation: 1 },
      time: { earliestMs: 1, latestMs: 2, trust: 'vouched' },
      ...{ keyGrade: 'file', problems: [], warnings: [] },
    };
    const answer = await station.ask('/v1/reports', { json: report });
    expect(JSON.parse(answer.text)).toEqual({ hubMs: clock.wallMs() });
    expect((await rig.store.stations.get('cua-ngo-1'))?.report).toContain('0.1.0');
  });

  test('saying an absurd manifest version is an incident and moves nothing', async () => {
    const report = {
      ...{ software: '0.1.0', bootId: '0123456789ab', unsent: 0, oldestUnsentMs: null, head: null },
      versions: { manifest: 9e15, roles: 1, policy: 0, mandate: 0, generation: 1 },
      time: { earliestMs: 1, latestMs: 2, trust: 'vouched' },
      ...{ keyGrade: 'file', problems: [], warnings: [] },
    };
    expect((await station.ask('/v1/reports', { json: report })).status).toBe(200);
    expect(await rig.incidents()).toContain('manifest.over-advanced');
    expect((await rig.store.regions())[0]?.manifestSeen).toBe(0);
  });

  test('a long poll ends with 304 after the wait it asked for', async () => {
    const etag = '"0.1.0.0"';
    const headers = { 'if-none-match': etag, prefer: 'wait=20' };
    const poll = station.ask('/v1/registers/manifest', { headers });
    await until(() => rig.hub.polls() === 1);
    await clock.advance(21_000);
    expect(await poll).toMatchObject({ status: 304, headers: { etag } });
  });
});

/** Turns of the event loop until it is so. */
async function until(isSo: () => boolean): Promise<void> {
  const endMs = performance.now() + 30_000;
  while (!isSo()) {
    if (performance.now() > endMs) throw new Error('it never came about');
    await new Promise((resolve) => setImmediate(resolve));
  }
}

test('a disk that fails the hourly work is told, and the hub goes on', async () => {
  const clock = new VirtualClock();
  await using rig = await HubRig.start(clock);
  const full = new StorageFault('full', 'no room');
  rig.store.registers.expire = () => Promise.reject(full);
  await clock.advance(3_600_000);
  expect(rig.log).toContainEqual({ event: 'disk-fault', fault: 'full' });
  const station = await rig.enrol('cua-ngo-1');
  expect((await station.ask('/v1/roles')).status).toBe(200);
  station.close();
});
