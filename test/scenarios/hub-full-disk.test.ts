import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { AnnouncedStation } from '../support/announced-station.ts';
import { HubRig, REGION } from '../support/hub-rig.ts';
import { listed, nthNumber, publishRows } from '../support/publish-at-hub.ts';
import { ShiftedClock } from '../support/shifted-clock.ts';
import { makeSmallDisk, type SmallDisk, smallDiskObstacle } from '../support/small-disk.ts';
import { SyncedStation } from '../support/synced-station.ts';

const obstacle = smallDiskObstacle();
const named = (name: string) => (obstacle === null ? name : `${name} (SKIPPED: ${obstacle})`);
const FULL_BYTES = 300 * 1024;
const SEGMENTS_MAX = 40;

let clock: ShiftedClock;
let disk: SmallDisk;
/** Newest first, also after a failure. */
const cleaning: (() => unknown)[] = [];
beforeEach(() => {
  clock = new ShiftedClock();
  if (obstacle === null) disk = makeSmallDisk(32);
});
afterEach(async () => {
  for (const clean of cleaning.splice(0).reverse()) await clean();
  if (obstacle === null) disk.remove();
});

test.skipIf(obstacle !== null)(
  named(
    'a hub whose disk is full says when to come again, and acknowledges nothing that it has not',
  ),
  async () => {
    const rig = await HubRig.start(clock, [REGION], { folder: madeIn(disk), opens: true });
    cleaning.push(() => rig[Symbol.asyncDispose]());
    const folder = mkdtempSync(join(tmpdir(), 'chot-beside-'));
    cleaning.push(() => rmSync(folder, { recursive: true, force: true }));
    const station = await SyncedStation.enrol(rig, 'cua-1', { folder });
    const greedy = await AnnouncedStation.enrol(rig, 'cua-2');
    cleaning.push(
      () => station.stop(),
      () => greedy.client.close(),
    );
    const { version } = await publishRows(rig, [listed(nthNumber(1))]);
    station.start();
    station.write(5);
    await station.inForce(version);
    disk.fill(FULL_BYTES);
    const stored: number[] = [];
    let refused: Awaited<ReturnType<typeof greedy.send>> | null = null;
    for (let count = 0; refused === null && count < SEGMENTS_MAX; count++) {
      const made = greedy.seal(64);
      const answer = await greedy.send(made.bytes, { first: made.first });
      if (answer.status === 201) stored.push(made.last);
      else refused = answer;
    }
    expect(refused).toMatchObject({ status: 503, headers: { 'retry-after': '5' } });
    expect(refused?.text).toContain('busy.disk');
    station.write(200);
    await station.until(
      'its hub has no room',
      () => rig.log.filter(({ event }) => event === 'disk-fault').length >= 2,
    );
    expect(station.journal.uploads.unsentCount()).toBe(1);
    // What is only read goes on.
    expect((await greedy.client.ask('/v1/registers/manifest')).status).toBe(200);
    expect(station.isListed(nthNumber(1))).toBe(true);
    disk.clear();
    station.sync.hurry();
    await station.current();
    const heads = JSON.parse((await greedy.client.ask('/v1/heads')).text) as {
      epochs: { through: number }[];
    };
    expect(heads.epochs[0]?.through).toBe(stored.at(-1) ?? 0);
    expect(rig.log.filter(({ event }) => event === 'bug')).toEqual([]);
  },
);

test.skipIf(obstacle !== null)(
  named(
    'a station whose disk is full keeps the register that it has, whole, and takes the new one when there is room',
  ),
  async () => {
    const rig = await HubRig.start(clock);
    cleaning.push(() => rig[Symbol.asyncDispose]());
    const station = await SyncedStation.enrol(rig, 'cua-1', { folder: disk.folder });
    cleaning.push(() => station.stop());
    const few = await publishRows(rig, [listed(nthNumber(1))]);
    station.start();
    await station.inForce(few.version);
    disk.fill(FULL_BYTES);
    const many = Array.from({ length: 30_000 }, (_, index) => listed(nthNumber(index)));
    const { version } = await publishRows(rig, many, { mode: 'replace' });
    await station.until('the disk is told', () => station.alarms.size > 0);
    expect([...station.alarms]).toEqual(['register.not-installed:storage:f0']);
    expect(station.sync.snapshot().isCurrent).toBe(false);
    expect(station.registers.condition('f0')).toMatchObject({ state: 'usable' });
    expect([station.isListed(nthNumber(1)), station.isListed(nthNumber(2))]).toEqual([true, false]);
    await station.stop();
    station.start();
    expect([station.isListed(nthNumber(1)), station.isListed(nthNumber(2))]).toEqual([true, false]);
    disk.clear();
    await station.inForce(version);
    expect([station.isListed(nthNumber(2)), station.isListed(nthNumber(29_999))]).toEqual([
      true,
      true,
    ]);
    expect(station.sync.snapshot().alarms).toEqual([]);
    expect(
      readdirSync(station.data.registersFolder).filter((name) => name.endsWith('.new')),
    ).toEqual([]);
  },
);

function madeIn({ folder }: SmallDisk): string {
  const made = join(folder, 'hub');
  mkdirSync(made);
  return made;
}
