import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { makeBundle } from '../../src/hub/sticks/make-bundle.ts';
import { askedWhile } from '../support/asked-paths.ts';
import { filesHolding } from '../support/find-bytes.ts';
import { guarded } from '../support/guarded.ts';
import { HubRig, REGION } from '../support/hub-rig.ts';
import { listed, publishRows } from '../support/publish-at-hub.ts';
import { ShiftedClock } from '../support/shifted-clock.ts';
import { SyncedStation } from '../support/synced-station.ts';

const ONE = '001099000001';
const TWO = '001099000002';
const NOTICE = [{ number: ONE, code: 'transfer', untilMs: Date.UTC(2026, 11, 1) }];

let clock: ShiftedClock;
let rig: HubRig;
const stations: SyncedStation[] = [];
let away: SyncedStation;
let other: SyncedStation;
let stolen: SyncedStation;
beforeEach(async () => {
  clock = new ShiftedClock();
  rig = await HubRig.start(clock);
  for (const id of ['cua-1', 'cua-2', 'cua-3']) stations.push(await SyncedStation.enrol(rig, id));
  [other, away, stolen] = stations as [SyncedStation, SyncedStation, SyncedStation];
  await publishRows(rig, [listed(ONE)]);
  await publishRows(rig, [listed(ONE)], { register: 'f1' });
  const version = await rig.hub.desks.publisher.publishList(
    REGION,
    'notices',
    JSON.stringify(NOTICE),
  );
  for (const station of stations) {
    station.start();
    await station.inForce(version);
  }
  await away.stop();
});
afterEach(async () => {
  for (const station of stations.splice(0)) await station.stop();
  await rig[Symbol.asyncDispose]();
});

const revoke = () => rig.hub.desks.actions.revoke('cua-3', 'stolen');
const publishedFiles = () => readdirSync(join(rig.directory.publishedFolder, REGION)).sort();
const version = async () => (await rig.hub.desks.publisher.newest(REGION))?.version ?? 0;

test('a stolen station hears no more, and gets neither register nor key, over the line or on a stick', async () => {
  const before = stolen.sync.held.versions();
  await revoke();
  await stolen.until('refused', () => stolen.alarms.has('hub.not-admitted:station.revoked'));
  await publishRows(rig, [listed(TWO)]);
  stolen.write(3);
  stolen.sync.hurry();
  const asked = await askedWhile(async () => {
    await stolen.stop();
    stolen.start();
    await stolen.until('refused again', () =>
      stolen.sync.snapshot().alarms.includes('hub.not-admitted'),
    );
    await other.inForce(await version());
  });
  expect(asked.length).toBeGreaterThan(0);
  expect(stolen.sync.held.versions()).toEqual(before);
  expect(stolen.data.regionKeys.generations()).toEqual([1]);
  expect([stolen.isListed(ONE), stolen.isListed(TWO)]).toEqual([true, false]);
  expect(stolen.journal.uploads.unsentCount()).toBe(1);
  const bundle = makeBundle('cua-3', {
    ...{ store: rig.store, directory: rig.directory, signer: rig.hub.desks.signer },
    ...{ journals: null, clock, backupIntervalMs: 0 },
  });
  await expect(bundle.next()).rejects.toThrow(/revoked/);
});

test('the others take up the new generation, one that was away when it is back', async () => {
  await revoke();
  await other.inForce(await version());
  const published = await publishRows(rig, [listed(TWO)]);
  away.start();
  for (const station of [other, away]) {
    await station.inForce(published.version);
    expect(station.sync.held.versions().generation).toBe(2);
    expect([station.isListed(ONE), station.isListed(TWO)]).toEqual([true, true]);
    expect(station.isListed(ONE, 'f1')).toBe(true);
    expect(station.registers.notices('number', ONE)).toHaveLength(1);
    expect([...station.alarms]).toEqual([]);
  }
});

test('nothing of the old generation is left on any disk but the thief’s', async () => {
  const key = rig.directory.regionKey(REGION, 1);
  if (key === null) throw new Error('no key of generation 1');
  const files = publishedFiles();
  const rows = readdirSync(join(rig.directory.path, 'rows'));
  const snapshots = readdirSync(other.data.registersFolder).filter((name) => name !== 'fetch');
  const places = [rig.directory.path, other.folder, away.folder];
  expect(places.map((place) => filesHolding(place, key).length)).toEqual([1, 1, 1]);
  await revoke();
  away.start();
  for (const station of [other, away]) await station.inForce(await version());
  expect(rig.directory.regionKey(REGION, 1)).toBeNull();
  expect(places.map((place) => filesHolding(place, key))).toEqual([[], [], []]);
  for (const file of files) expect(publishedFiles()).not.toContain(file);
  for (const file of rows) expect(existsSync(join(rig.directory.path, 'rows', file))).toBe(false);
  for (const { data } of [other, away]) {
    const now = readdirSync(data.registersFolder);
    for (const name of snapshots.filter(
      (each) => each !== 'versions.json' && each !== 'import.db',
    )) {
      expect(now).not.toContain(name);
    }
    expect(readdirSync(join(data.registersFolder, 'fetch'))).toEqual([]);
    expect(data.regionKeys.generations()).toEqual([2]);
  }
});

test('a daemon that started before the theft goes on after a new start with the new key alone', async () => {
  await revoke();
  await guarded('in force', other.inForce(await version()));
  await other.stop();
  other.start();
  await other.current();
  expect(other.isListed(ONE)).toBe(true);
  expect(other.registers.notices('number', ONE)).toHaveLength(1);
});
