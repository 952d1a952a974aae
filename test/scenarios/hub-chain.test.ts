import { rmSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Manifest } from '../../src/registers/published/manifest.ts';
import { inForce } from '../../src/rules/in-force.ts';
import { askedWhile } from '../support/asked-paths.ts';
import { HubRig, REGION } from '../support/hub-rig.ts';
import { day, type ListedRow, nthNumber, publishRows } from '../support/publish-at-hub.ts';
import { ShiftedClock } from '../support/shifted-clock.ts';
import { SyncedStation } from '../support/synced-station.ts';

/** A second one, so that what has not changed is seen not to be fetched. */
const OTHER = 'f1';
/** Numbers from 0 on, listed or not, are asked about. */
const PEOPLE = 330;
const DAY_MS = 86_400_000;
/** The last day of some rows; the tests' clock stands on 2026-11-25. */
const SOON = '2026-11-28';

let clock: ShiftedClock;
let rig: HubRig;
let station: SyncedStation;
/** What is in force, by batch: nothing of the product's is asked for it. */
let oracle: Map<number, readonly ListedRow[]>;
beforeEach(async () => {
  clock = new ShiftedClock();
  rig = await HubRig.start(clock);
  station = await SyncedStation.enrol(rig, 'cua-1');
  oracle = new Map();
  await publishRows(rig, rowsOf(0, 5), { register: OTHER });
  const { version } = await add(0, 300);
  station.start();
  await station.inForce(version);
  await station.stop();
});
afterEach(async () => {
  await station.stop();
  await rig[Symbol.asyncDispose]();
});

/** Every third has ended, every third ends soon. */
function rowsOf(first: number, count: number): readonly ListedRow[] {
  const until = ['2027-05-31', '2026-11-01', SOON];
  return Array.from({ length: count }, (_, index) => ({
    ...{ number: nthNumber(first + index), from: '2026-06-01' },
    until: until[(first + index) % 3] ?? '',
  }));
}

async function add(first: number, count: number, mode: 'add' | 'replace' = 'add') {
  const rows = rowsOf(first, count);
  const published = await publishRows(rig, rows, { mode });
  if (mode === 'replace') oracle.clear();
  oracle.set(published.batch, rows);
  return published;
}

async function withdraw(batch: number): Promise<number> {
  oracle.delete(batch);
  return (await rig.hub.desks.registerDesk.withdraw(batch)).version;
}

function expected(): readonly string[] {
  const all = [...oracle].flatMap(([batch, rows]) =>
    rows.map(
      ({ number, from, until }) => `${number} active ${day(from)} ${day(until)} ${`b${batch} CDC`}`,
    ),
  );
  return all.sort();
}

/** Every row of everybody, as a lane would be told. */
function found(): readonly string[] {
  const all = Array.from({ length: PEOPLE }, (_, index) => nthNumber(index)).flatMap((number) =>
    station.registers
      .lookup('f0', 'number', number)
      .map(
        ({ status, fromDay, untilDay, source }) =>
          `${number} ${status} ${fromDay} ${untilDay} ${source}`,
      ),
  );
  return all.sort();
}

const filesIn = (asked: readonly string[]) =>
  asked.flatMap((line) => /chunks\/([0-9a-f]{64})/.exec(line)?.[1] ?? []).sort();

async function published(): Promise<Manifest['registers'][number]> {
  const manifest = await rig.hub.desks.publisher.newest(REGION);
  const register = manifest?.registers.find(({ name }) => name === 'f0');
  if (register === undefined) throw new Error('f0 is not published');
  return register;
}

/** What the station fetches to get to this version. */
async function caughtUp(version: number): Promise<readonly string[]> {
  const asked = await askedWhile(async () => {
    station.start();
    await station.inForce(version);
  });
  return filesIn(asked);
}

test('a station that missed twelve publications fetches the twelve changes, nothing else, and finds everybody as published', async () => {
  let version = 0;
  const batches: number[] = [];
  for (let count = 0; count < 12; count++) {
    const oldest = batches[0];
    if (count % 4 === 3 && oldest !== undefined) {
      version = await withdraw(oldest);
      batches.shift();
      continue;
    }
    // Overlapping what is listed: two rows of one person.
    const made = await add(295 + count * 2, 4);
    batches.push(made.batch);
    ({ version } = made);
  }
  const { deltas } = await published();
  expect(deltas).toHaveLength(12);
  expect(await caughtUp(version)).toEqual(deltas.map(({ sha256 }) => sha256).sort());
  expect(found()).toEqual(expected());
  expect([...station.alarms]).toEqual([]);
});

test('a station whose version is out of the chain fetches base and changes, once', async () => {
  let version = 0;
  for (let count = 0; count < 34; count++) ({ version } = await add(290 + count, 1));
  const { base, deltas } = await published();
  expect(base.version).toBeGreaterThan(2);
  const all = [...base.chunks.flatMap((chunk) => chunk ?? []), ...deltas];
  expect(await caughtUp(version)).toEqual(all.map(({ sha256 }) => sha256).sort());
  expect(found()).toEqual(expected());
});

test('a change that the hub’s disk has lost, or cut short, is got over by the next publication: the whole is published anew', async () => {
  const folder = join(rig.directory.publishedFolder, REGION);
  await add(300, 2);
  const [lost] = (await published()).deltas;
  rmSync(join(folder, lost?.sha256 ?? ''));
  const { version } = await add(302, 2);
  expect(await published()).toMatchObject({ base: { version }, deltas: [] });
  await caughtUp(version);
  expect(found()).toEqual(expected());
  await station.stop();
  await add(304, 2);
  const [cut] = (await published()).deltas;
  truncateSync(join(folder, cut?.sha256 ?? ''), 10);
  const last = await add(306, 2);
  await caughtUp(last.version);
  expect(found()).toEqual(expected());
  expect([...station.alarms]).toEqual([]);
});

test('a list that took the place of all before it, and was withdrawn again, leaves everybody as before', async () => {
  await add(300, 6);
  const before = new Map(oracle);
  const wrong = await add(100, 20, 'replace');
  await caughtUp(wrong.version);
  expect(found()).toEqual(expected());
  oracle = before;
  const { version } = await rig.hub.desks.registerDesk.withdraw(wrong.batch);
  await station.inForce(version);
  expect(found()).toEqual(expected());
});

test('a row ends by the day alone: no publication, no message', async () => {
  station.start();
  await station.current();
  const still = () => {
    const nowMs = clock.wallMs();
    const time = { earliestMs: nowMs, latestMs: nowMs, trust: 'vouched' as const };
    const isInForce = (number: string) =>
      inForce(station.registers.lookup('f0', 'number', number), time).length > 0;
    return [nthNumber(0), nthNumber(1), nthNumber(2)].map(isInForce);
  };
  expect(still()).toEqual([true, false, true]);
  await station.stop();
  await rig.end();
  clock.skip(3 * DAY_MS);
  station.start();
  expect(still()).toEqual([true, false, true]);
  clock.skip(DAY_MS);
  expect(still()).toEqual([true, false, false]);
  await rig.beginAgain();
});
