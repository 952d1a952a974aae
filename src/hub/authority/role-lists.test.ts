import { generateKeyPairSync } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { HubRig, REGION, type StationClient } from '../../../test/support/hub-rig.ts';
import { VirtualClock } from '../../../test/support/virtual-clock.ts';
import { toHex } from '../../kernel/bytes.ts';
import { DAY_MS } from '../../kernel/calendar.ts';
import { decodeHubTime } from '../../sync/protocol/hub-time.ts';
import { rawPublicKey } from '../../sync/protocol/raw-keys.ts';
import { openRoles, type RoleList, rootId } from '../../sync/protocol/roles.ts';
import { believe, readStatement, StatementError } from '../../sync/protocol/statement.ts';
import { currentList, type RotatedRole, rotateRole } from './role-lists.ts';

let clock: VirtualClock;
let rig: HubRig;
let station: StationClient;
beforeEach(async () => {
  clock = new VirtualClock();
  rig = await HubRig.start(clock);
  station = await rig.enrol('cua-ngo-1');
});
afterEach(async () => {
  station.close();
  await rig[Symbol.asyncDispose]();
});

const ROOT = () => rawPublicKey(rig.root);
const rotate = async (role: RotatedRole, changes = {}) => {
  const rotation = { role, root: rig.root, drop: [], newRoot: null, manifestCeiling: 0 };
  await rotateRole(rig.place, { ...rotation, ...changes }, clock.wallMs());
  await rig.hub.refresh();
};
const fetched = async (held: number, roots: readonly Uint8Array[]): Promise<RoleList> =>
  openRoles((await station.ask(`/v1/roles?held=${held}`)).bytes, roots);
const time = () => {
  const nowMs = clock.wallMs();
  return { earliestMs: nowMs, latestMs: nowMs, trust: 'vouched' as const };
};
const signerOfTime = async (list: RoleList) => {
  const answer = await station.ask('/v1/time', { json: { nonce: '11'.repeat(32) } });
  decodeHubTime(believe(answer.bytes, { role: 'receipt', keys: list.keys, time: time() }));
  return readStatement(answer.bytes).keyId;
};

test('every signing role gets a new key, which signs from then on, and the old one stays for its term', async () => {
  expect(await signerOfTime(await fetched(1, [ROOT()]))).toBe('receipt-1');
  clock.jumpWall(DAY_MS);
  for (const role of ['manifest', 'receipt', 'policy'] as const) await rotate(role);
  const list = await fetched(1, [ROOT()]);
  expect(list.version).toBe(4);
  for (const role of ['manifest', 'receipt', 'policy']) {
    const ids = list.keys.filter((key) => key.role === role).map(({ id }) => id);
    expect(ids).toEqual([`${role}-1`, `${role}-2`]);
  }
  expect(await signerOfTime(list)).toBe('receipt-2');
});

test('a dropped key is gone at once, its number is never used again', async () => {
  await rotate('receipt', { drop: ['receipt-1'] });
  await rotate('receipt', { drop: ['receipt-2'] });
  const list = await fetched(1, [ROOT()]);
  const ids = list.keys.filter(({ role }) => role === 'receipt').map(({ id }) => id);
  expect(ids).toEqual(['receipt-3']);
});

test('a month has its recipient, and a week before and after it two', async () => {
  const list = await currentList(rig.store, 'hcm');
  const inForce = (atMs: number) =>
    (list?.keys ?? [])
      .filter(({ role }) => role === 'recipient')
      .filter(({ notBeforeMs, notAfterMs }) => notBeforeMs <= atMs && atMs < notAfterMs)
      .map(({ id }) => id);
  expect(inForce(Date.UTC(2026, 2, 15))).toEqual(['recipient-2026-03']);
  expect(inForce(Date.UTC(2026, 3, 2))).toEqual(['recipient-2026-03', 'recipient-2026-04']);
  const before = rig.hub.desks.authorities.recipients.size;
  clock.jumpWall(100 * DAY_MS);
  await rotate('recipient');
  expect(rig.hub.desks.authorities.recipients.size).toBe(before + 3);
});

test('a new authority signs stations, while the hub still shows the old one to those who know no other', async () => {
  await rotate('authority');
  const list = await fetched(1, [ROOT()]);
  expect(list.authorities.length).toBe(2);
  const { authorities } = rig.hub.desks;
  expect(authorities.newest().number).toBe(2);
  expect(authorities.oldest(clock.wallMs()).number).toBe(1);
  // The one from before is still good, and so is one of the new authority.
  expect((await station.ask('/v1/heads')).status).toBe(200);
  const later = await rig.enrol('cua-ngo-2');
  expect((await later.ask('/v1/heads')).status).toBe(200);
  later.close();
  await rotate('manifest', { drop: ['authority-1'] });
  expect((await station.ask('/v1/heads')).status).toBe(401);
});

test('a new root is believed by a station that slept through both lists', async () => {
  const next = generateKeyPairSync('ed25519').privateKey;
  await rotate('root', { newRoot: next });
  await rotate('receipt', { root: next, drop: [rootId(ROOT())] });
  const first = await fetched(1, [ROOT()]);
  expect(first.version).toBe(2);
  const second = await fetched(first.version, first.roots);
  expect(second.version).toBe(3);
  expect(second.roots.map(rootId)).toEqual([rootId(rawPublicKey(next))]);
  const newest = (await station.ask('/v1/roles')).bytes;
  expect(() => openRoles(newest, [ROOT()])).toThrow(StatementError);
  // Whoever only reports what it holds gets the same; whoever enrols now gets the root that signed.
  await report(1);
  expect(openRoles((await station.ask('/v1/roles')).bytes, [ROOT()]).version).toBe(2);
  const later = rig.client('cua-ngo-2');
  const told = JSON.parse((await later.enrol(await rig.invite('cua-ngo-2'))).text) as {
    root: string;
  };
  expect(told.root).toBe(toHex(rawPublicKey(next)));
  later.close();
});

test('a list is above what stations say they hold, for a restored hub forgot what it signed; nobody can make it run away', async () => {
  await report(7);
  await rotate('receipt');
  expect((await fetched(7, [ROOT()])).version).toBe(8);
  await report(1_000_000);
  await rotate('receipt');
  expect((await fetched(8, [ROOT()])).version).toBe(9);
  await report(900);
  await rig.hub.desks.actions.revoke('cua-ngo-1', 'retired');
  await rotate('receipt');
  expect((await currentList(rig.store, REGION))?.version).toBe(10);
});

async function report(roles: number): Promise<void> {
  const answer = await station.ask('/v1/reports', {
    json: {
      ...{ software: '0.1.0', bootId: '0123456789ab', unsent: 0, oldestUnsentMs: null, head: null },
      versions: { manifest: 0, roles, policy: 0, mandate: 0, generation: 1 },
      time: { earliestMs: 1, latestMs: 2, trust: 'vouched' },
      ...{ keyGrade: 'file', problems: [], warnings: [] },
    },
  });
  expect(answer.status).toBe(200);
}

test('nobody but a listed root signs a list, and none drops itself', async () => {
  const stranger = generateKeyPairSync('ed25519').privateKey;
  await expect(rotate('policy', { root: stranger })).rejects.toThrow(/root's private key/);
  await expect(rotate('policy', { drop: [rootId(ROOT())] })).rejects.toThrow(/cannot be dropped/);
});

test('the manifest’s ceiling is what the root says', async () => {
  await rotate('policy', { manifestCeiling: 7 });
  expect((await fetched(1, [ROOT()])).manifestCeiling).toBe(7);
});
