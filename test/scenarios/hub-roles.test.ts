import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Rotation, rotateRole } from '../../src/hub/authority/role-lists.ts';
import { setMandate, setPolicy } from '../../src/hub/statements-desk.ts';
import { decodeManifest, encodeManifest } from '../../src/registers/published/manifest.ts';
import { rawPublicKey } from '../../src/sync/protocol/raw-keys.ts';
import { rootId } from '../../src/sync/protocol/roles.ts';
import { readStatement, signStatement } from '../../src/sync/protocol/statement.ts';
import { guarded } from '../support/guarded.ts';
import { HubRig, REGION } from '../support/hub-rig.ts';
import { listed, publishRows } from '../support/publish-at-hub.ts';
import { ShiftedClock } from '../support/shifted-clock.ts';
import { SyncedStation } from '../support/synced-station.ts';

const DAY_MS = 86_400_000;
const ONE = '001099000001';
const TWO = '001099000002';
const MANDATE = { fromDay: 20_000, untilDay: 30_000, purpose: 'dich te', legalText: 'x' };

let clock: ShiftedClock;
let rig: HubRig;
let station: SyncedStation;
beforeEach(async () => {
  clock = new ShiftedClock();
  rig = await HubRig.start(clock, [REGION], { opens: true });
  station = await SyncedStation.enrol(rig, 'cua-1');
});
afterEach(async () => {
  await station.stop();
  await rig[Symbol.asyncDispose]();
});

const rotate = async (changes: Partial<Rotation> & Pick<Rotation, 'role'>) => {
  const rotation = { root: rig.root, drop: [], newRoot: null, manifestCeiling: 0, ...changes };
  await rotateRole(rig.place, rotation, clock.wallMs());
  await rig.hub.refresh();
};
const newRoot = () => generateKeyPairSync('ed25519').privateKey;
const statementDeps = () => ({ store: rig.store, signer: rig.hub.desks.signer, clock });
const keyOfReceipt = () => {
  const kept = station.journal.uploads.lastReceipt();
  return kept === null ? null : readStatement(kept.receipt).keyId;
};

test('every role rotated twice and the old keys dropped while a station is away: it comes back, believes the new ones and no old one', async () => {
  const before = await publishRows(rig, [listed(ONE)]);
  await setPolicy(statementDeps(), REGION, { registers: ['f0'] }, 365);
  await setMandate(statementDeps(), REGION, MANDATE);
  station.start();
  station.write(10);
  await station.inForce(before.version);
  expect(keyOfReceipt()).toBe('receipt-1');
  expect(station.journal.head()?.keyId).toBe('recipient-2026-12');
  await station.stop();
  clock.skip(40 * DAY_MS);
  for (const number of [1, 2]) {
    for (const role of ['manifest', 'receipt', 'policy'] as const) {
      await rotate({ role, drop: [`${role}-${number}`] });
    }
    await rotate({ role: 'recipient' });
    await rotate({ role: 'authority' });
    clock.skip(DAY_MS);
  }
  expect(await rig.hub.desks.keepIssued(REGION)).toBe(true);
  const after = await publishRows(rig, [listed(TWO)]);
  station.start();
  station.write(10);
  await station.inForce(after.version);
  expect([station.isListed(ONE), station.isListed(TWO)]).toEqual([true, true]);
  expect(keyOfReceipt()).toBe('receipt-3');
  station.write(1);
  expect(station.journal.head()?.keyId).toBe('recipient-2027-01');
  expect([...station.alarms]).toEqual([]);
  expect(station.sync.snapshot().versions).toMatchObject({ roles: 11 });
  await pruned(21);
});

test('policy and mandate reach a station that was away when they were signed, and when the key that signed them was dropped', async () => {
  await setPolicy(statementDeps(), REGION, { registers: ['f0'], repeatS: 7 }, 365);
  await setMandate(statementDeps(), REGION, MANDATE);
  await rotate({ role: 'policy', drop: ['policy-1'] });
  expect(await rig.hub.desks.keepSigned(REGION)).toBe(true);
  station.start();
  await station.current();
  expect([...station.alarms]).toEqual([]);
  expect(station.sync.held.policy?.value.json).toContain('"repeatS":7');
  expect(station.sync.held.mandate?.value).toMatchObject(MANDATE);
  expect(await rig.hub.desks.keepSigned(REGION)).toBe(false);
});

test('a station that slept through three roots follows them one after another', async () => {
  const before = await publishRows(rig, [listed(ONE)]);
  station.start();
  await station.inForce(before.version);
  await station.stop();
  clock.skip(30 * DAY_MS);
  let root: KeyObject = rig.root;
  for (let count = 0; count < 3; count++) {
    const next = newRoot();
    await rotate({ role: 'root', root, newRoot: next });
    await rotate({ role: 'receipt', root: next, drop: [rootId(rawPublicKey(root))] });
    root = next;
  }
  const after = await publishRows(rig, [listed(TWO)]);
  station.start();
  station.write(10);
  await station.inForce(after.version);
  expect(station.sync.held.roles.value.roots.map(rootId)).toEqual([rootId(rawPublicKey(root))]);
  expect([station.isListed(ONE), station.isListed(TWO)]).toEqual([true, true]);
  expect(keyOfReceipt()).toBe('receipt-4');
  expect([...station.alarms]).toEqual([]);
  await pruned(10);
});

test('a manifest that the receipt key signed is refused by a running station, which goes on with what it has', async () => {
  const before = await publishRows(rig, [listed(ONE)]);
  station.start();
  await station.inForce(before.version);
  const newest = await rig.store.newest(REGION, 'manifest');
  const body = encodeManifest({
    ...decodeManifest(readStatement(newest?.bytes ?? new Uint8Array()).body),
    ...{ version: before.version + 1, registers: [] },
  });
  const privateKey = rig.directory.privateKey('receipt-1.ed25519');
  if (privateKey === null) throw new Error('no receipt key');
  const bytes = signStatement(body, { id: 'receipt-1', privateKey });
  await rig.store.registers.publish(REGION, {
    ...{ manifest: { version: before.version + 1, bytes }, batches: [] },
    ...{ list: null, generation: null },
  });
  await rig.hub.refresh();
  await station.until('an alarm', () => station.alarms.size > 0);
  expect([...station.alarms]).toEqual(['manifest.refused:wrong-role']);
  expect(station.isListed(ONE)).toBe(true);
  station.write(1);
  await station.current();
  const { version } = await publishRows(rig, [listed(TWO)]);
  await station.inForce(version);
  expect(station.isListed(TWO)).toBe(true);
  expect(station.sync.snapshot().alarms).toEqual([]);
});

/** Two days later the station has let go of all but what its newest segment needs. */
async function pruned(records: number): Promise<void> {
  station.write(1);
  await station.current();
  await opened(records + 1);
  await station.stop();
  // Asks for heads, and hears how far the hub is.
  station.start();
  await station.current();
  await station.stop();
  clock.skip(2 * DAY_MS);
  station.start();
  await station.until('pruned', () => station.journal.linkAt(records) === null);
  await station.current();
  expect([...station.alarms]).toEqual([]);
}

/** The hub has so many records indexed. */
async function opened(records: number): Promise<void> {
  const count = async () => (await rig.index.feed.page(null, 1_000)).lines.length;
  const come = (async () => {
    while ((await count()) < records) await clock.sleep(20, new AbortController().signal);
  })();
  await guarded('everything is opened', come);
}
