import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { rotateRole } from '../../src/hub/authority/role-lists.ts';
import { setPolicy } from '../../src/hub/statements-desk.ts';
import { versionsHeld } from '../../src/hub/store/next-version.ts';
import { HubRig, REGION } from '../support/hub-rig.ts';
import { passageRecord } from '../support/journal-records.ts';
import { listed, nthNumber, publishRows } from '../support/publish-at-hub.ts';
import { ShiftedClock } from '../support/shifted-clock.ts';
import { SyncedStation } from '../support/synced-station.ts';

const DAY_MS = 86_400_000;
/** A certificate is not yet renewed then, and is two days later. */
const NOT_YET_DAY = 58;

let clock: ShiftedClock;
let rig: HubRig;
let station: SyncedStation;
let quiet: SyncedStation;
beforeEach(async () => {
  clock = new ShiftedClock();
  rig = await HubRig.start(clock, [REGION], { opens: true });
  station = await SyncedStation.enrol(rig, 'cua-1');
  quiet = await SyncedStation.enrol(rig, 'cua-2');
});
afterEach(async () => {
  await station.stop();
  await quiet.stop();
  await rig[Symbol.asyncDispose]();
});

const publish = async (index: number) =>
  (await publishRows(rig, [listed(nthNumber(index))])).version;
const write = (count: number) => station.write(count, (at) => passageRecord(at));
const rotate = async () => {
  const rotation = { role: 'policy', root: rig.root, drop: [], newRoot: null } as const;
  await rotateRole(rig.place, { ...rotation, manifestCeiling: 0 }, clock.wallMs());
  await rig.hub.refresh();
};
const tighten = async (repeatS: number) => {
  const deps = { store: rig.store, signer: rig.hub.desks.signer, clock };
  await setPolicy(deps, REGION, { registers: ['f0'], repeatS }, 365);
  await rig.hub.refresh();
};
const versions = (of: SyncedStation) => {
  const { roles, policy } = of.sync.snapshot().versions;
  return [roles, policy].join();
};
const holds = (of: SyncedStation, wanted: string) =>
  of.until(`roles and policy ${wanted}`, () => versions(of) === wanted);
const listedNow = (of: SyncedStation) => [1, 2, 3, 4].map((index) => of.isListed(nthNumber(index)));
const seen = async () =>
  (await rig.store.regions()).find(({ region }) => region === REGION)?.manifestSeen;

/** What the hub has indexed of a station, by sequence. */
async function held(of: string): Promise<readonly number[]> {
  const { lines } = await rig.index.feed.page(null, 1_000);
  return lines
    .map((line) => JSON.parse(line) as { readonly station: string; readonly sequence: number })
    .filter((line) => line.station === of)
    .map(({ sequence }) => sequence)
    .sort((one, other) => one - other);
}

async function proof(of: string): Promise<unknown> {
  const token = await rig.operator(`an-${of}`, 'viewer');
  const client = rig.client('nobody');
  const headers = { authorization: `Bearer ${token}` };
  const answer = await client.ask(`/api/v1/stations/${of}/proof`, { headers });
  client.close();
  return JSON.parse(answer.text);
}

async function eventually(what: string, isSo: () => Promise<boolean>): Promise<void> {
  let is = false;
  const looking = (async () => {
    while (!is) {
      is = await isSo();
      await clock.sleep(20, new AbortController().signal);
    }
  })();
  await station.until(what, () => is);
  await looking;
}

test('a hub put back from a backup older than publications, receipts and a certificate has all of it again, and stations follow it', async () => {
  await publish(1);
  clock.skip(NOT_YET_DAY * DAY_MS);
  await rig.hub.desks.keepIssued(REGION);
  const backedUp = await publish(2);
  for (const each of [station, quiet]) {
    each.start();
    await each.inForce(backedUp);
  }
  write(5);
  await station.current();
  await eventually('five are opened', async () => (await held('cua-1')).length === 5);
  const backup = join(rig.folder, 'backup');
  await rig.backUp(backup);
  await station.stop();
  await quiet.stop();

  clock.skip(2 * DAY_MS);
  const certificate = station.data.keyStore.read('tls.p256');
  station.start();
  quiet.start();
  await station.until('renewed', () => {
    const now = station.data.keyStore.read('tls.p256');
    return now !== null && certificate !== null && !Buffer.from(now).equals(certificate);
  });
  await publish(3);
  const lost = await publish(4);
  await station.inForce(lost);
  await quiet.inForce(lost);
  for (const count of [3, 4]) {
    write(count);
    await station.current();
  }
  expect(station.journal.uploads.unsentCount()).toBe(0);
  expect(listedNow(station)).toEqual([true, true, true, true]);

  await rotate();
  await rotate();
  await tighten(60);
  await tighten(50);
  for (const each of [station, quiet]) await holds(each, '3,2');

  await rig.end();
  write(2);
  // Its first record: nothing of it was at the hub when the backup was made.
  quiet.write(1);
  await rig.putBack(backup);
  await rig.beginAgain();
  await eventually('the hub hears what was seen', async () => (await seen()) === lost);
  expect(await rig.hub.desks.keepIssued(REGION)).toBe(true);
  const above = (await rig.hub.desks.publisher.newest(REGION))?.version ?? 0;
  expect(above).toBeGreaterThan(lost);
  for (const each of [station, quiet]) {
    await each.inForce(above);
    // What was published after the backup is lost, and nobody goes on with it in silence.
    expect(listedNow(each)).toEqual([true, true, false, false]);
  }
  const again = await publish(3);
  for (const each of [station, quiet]) await each.inForce(again);
  expect(listedNow(quiet)).toEqual([true, true, true, false]);

  // Role lists and a policy that were signed after the backup are lost too: the next ones are above those.
  for (const each of [station, quiet]) {
    expect(versions(each)).toBe('3,2');
    await eventually('it has reported', async () => {
      const known = await rig.store.stations.get(each.id);
      return known !== null && versionsHeld(known)?.policy === 2;
    });
  }
  await rotate();
  await tighten(40);
  for (const each of [station, quiet]) await holds(each, '4,3');

  await eventually('all is opened', async () => (await held('cua-1')).length >= 14);
  expect(await held('cua-1')).toEqual(Array.from({ length: 14 }, (_, index) => index + 1));
  expect(await held('cua-2')).toEqual([1]);
  expect(await proof('cua-1')).toMatchObject({
    ...{ isWhole: true, epochs: [{ records: 14, through: 14, provenHead: { sequence: 14 } }] },
  });
  expect([...station.alarms].filter((alarm) => alarm.startsWith('hub.restored'))).toEqual([
    'hub.restored:2',
  ]);
  expect(station.sync.snapshot().alarms).toEqual(['hub.restored']);
  expect(quiet.sync.snapshot().alarms).toEqual([]);
  const audit = await rig.store.operators.audit({ before: null, limit: 100 });
  const adopted = audit.filter(({ action }) => action === 'certificate.adopt');
  expect(adopted.map(({ detail }) => detail['station']).sort()).toEqual(['cua-1', 'cua-2']);
  for (const each of ['cua-1', 'cua-2']) {
    expect((await rig.store.stations.get(each))?.copied).toBe(false);
  }
  // Their tokens are newer than the backup; they proved themselves, and what was thought of them stays for a look.
  expect(await rig.incidents()).toEqual(['station.copied', 'station.copied']);
});
