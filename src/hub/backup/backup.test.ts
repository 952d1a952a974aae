import { randomBytes } from 'node:crypto';
import {
  appendFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { passageRecord } from '../../../test/support/journal-records.ts';
import { HUB_KEY, JournalsRig, sealFor } from '../../../test/support/journals-rig.ts';
import type { MadeSegment, SealingStation } from '../../../test/support/sealed-segments.ts';
import { toHex } from '../../kernel/bytes.ts';
import { backUp } from './backup.ts';
import { lastBackupMs } from './manifest.ts';
import { restore } from './restore.ts';

const WANTED = { number: '001200099999', subjectKey: 'aaaaaaaaaaaaaaaa' };

let root: string;
let rig: JournalsRig;
let station: SealingStation;
beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'chot-backup-'));
  mkdirSync(join(root, 'live'));
  rig = new JournalsRig(join(root, 'live'));
  station = await rig.station('station-1');
});
afterEach(async () => {
  await rig.close();
  rmSync(root, { recursive: true, force: true });
});

const to = () => join(root, 'backup');
const backup = () =>
  backUp({
    ...{ folder: rig.folder, key: HUB_KEY, to: to(), clock: rig.clock },
    ...{ databases: [], folders: ['published'] },
  });
const putBack = (erasures: string | null = null) => {
  mkdirSync(join(root, 'again'));
  return restore({
    ...{ from: to(), folder: join(root, 'again'), key: HUB_KEY, erasures },
    ...{ random: randomBytes, clock: rig.clock },
  });
};
/** The old hub ends, what was put back begins. */
const change = async () => {
  await rig.close();
  rig = new JournalsRig(join(root, 'again'), rig.clock);
};
const passages = (count: number) =>
  sealFor(station, ...Array.from({ length: count }, () => (at: number) => passageRecord(at)));
const sendAll = async (made: readonly MadeSegment[]) => {
  const kinds: string[] = [];
  for (const each of made) {
    const outcome = await rig.send(station, each);
    kinds.push(outcome.kind === 'refused' ? outcome.code : outcome.kind);
  }
  return kinds;
};

test('what a restored hub lost comes again, nothing twice, and stations see that it is another one', async () => {
  const made = Array.from({ length: 6 }, () => passages(2));
  await sendAll(made.slice(0, 2));
  await rig.openAll();
  // Stored and not opened yet: its body goes along.
  await sendAll(made.slice(2, 3));
  await backup();
  await sendAll(made.slice(3, 5));
  await rig.openAll();
  const hub = toHex(rig.inbox.hub);
  const restored = await putBack();
  expect(restored).toMatchObject({ lostSegments: 0, erasures: 0 });
  await change();
  expect(toHex(rig.inbox.hub)).toBe(toHex(restored.hub));
  expect(toHex(rig.inbox.hub)).not.toBe(hub);
  await rig.openAll();
  expect(await rig.held()).toEqual([1, 2, 3, 4, 5, 6]);
  expect(await rig.ingest.heads('station-1')).toMatchObject([{ through: 6, openedThrough: 6 }]);
  expect(await sendAll(made)).toEqual([
    ...['known', 'known', 'known'],
    ...['stored', 'stored', 'stored'],
  ]);
  await rig.openAll();
  expect(await rig.held()).toEqual(Array.from({ length: 12 }, (_, at) => at + 1));
  expect(rig.incidents).toEqual([]);
});

test('a backup is made in the middle of ingest and opening, and is whole', async () => {
  const made = Array.from({ length: 60 }, () => passages(1));
  await sendAll(made.slice(0, 20));
  const going = (async () => {
    await sendAll(made.slice(20));
    await rig.openAll();
  })();
  await rig.opener.step();
  await backup();
  await going;
  await putBack();
  await change();
  await rig.openAll();
  const held = await rig.held();
  expect(held.length).toBeGreaterThanOrEqual(20);
  expect(await sendAll(made)).not.toContain('segment.conflict');
  await rig.openAll();
  expect(await rig.held()).toEqual(Array.from({ length: 60 }, (_, at) => at + 1));
});

test('what was erased after the backup is erased again, and does not come back from a station', async () => {
  const mixed = sealFor(
    station,
    (at) => passageRecord(at),
    (at) => passageRecord(at, WANTED),
  );
  const only = sealFor(station, (at) => passageRecord(at, WANTED));
  await sendAll([mixed]);
  await rig.openAll();
  await backup();
  await sendAll([only]);
  await rig.openAll();
  expect(await rig.eraser.erasePerson({ number: WANTED.number })).toBe(2);
  const erasures = join(root, 'kept-elsewhere.ndjson');
  cpSync(join(rig.folder, 'erasures.ndjson'), erasures);
  expect(await putBack(erasures)).toMatchObject({ erasures: 1 });
  await change();
  expect(await sendAll([mixed, only])).toEqual(['known', 'segment.erased']);
  await rig.openAll();
  expect(await rig.held()).toEqual([1, -2, -3]);
  expect(await rig.inbox.kept(0, 9)).toEqual([]);
  expect(await rig.ingest.heads('station-1')).toMatchObject([{ through: 3 }]);
});

test('a cursor of the export feed from before leads over without a hole', async () => {
  const made = Array.from({ length: 4 }, () => passages(1));
  await sendAll(made.slice(0, 2));
  await rig.openAll();
  await backup();
  await sendAll(made.slice(2));
  await rig.openAll();
  const { cursor } = await rig.index.feed.page(null, 99);
  await putBack();
  await change();
  await sendAll([...made].reverse());
  await rig.openAll();
  const { lines } = await rig.index.feed.page(cursor, 99);
  expect(lines.map((line) => (JSON.parse(line) as { sequence: number }).sequence)).toEqual([4, 3]);
});

test('nothing in a backup is in the clear, nor for others to read', async () => {
  await sendAll([sealFor(station, (at) => passageRecord(at, WANTED))]);
  await rig.openAll();
  await backup();
  for (const name of readdirSync(to(), { recursive: true, encoding: 'utf8' })) {
    const path = join(to(), name);
    if (!statSync(path).isFile()) continue;
    const bytes = readFileSync(path);
    expect(bytes.includes(WANTED.number), name).toBe(false);
    expect(bytes.includes(Buffer.from(WANTED.subjectKey, 'hex')), name).toBe(false);
    expect(bytes.subarray(0, 15).toString('latin1'), name).not.toBe('SQLite format 3');
    if (name.endsWith('.db')) expect(statSync(path).mode & 0o077, name).toBe(0);
  }
});

test('other folders go along, and the hub knows when its last backup began', async () => {
  mkdirSync(join(rig.folder, 'published', 'f0'), { recursive: true });
  writeFileSync(join(rig.folder, 'published', 'f0', 'chunk'), 'chunk');
  expect(lastBackupMs(rig.folder)).toBeNull();
  const startedMs = rig.clock.wallMs();
  await backup();
  expect(lastBackupMs(rig.folder)).toBe(startedMs);
  await putBack();
  expect(readFileSync(join(root, 'again', 'published', 'f0', 'chunk'), 'utf8')).toBe('chunk');
});

test('a backup that is altered, cut short or unfinished is not put back', async () => {
  await sendAll([passages(1)]);
  await backup();
  cpSync(to(), join(root, 'whole'), { recursive: true });
  const attempts = [
    () => appendFileSync(join(to(), 'inbox.db'), 'x'),
    () => rmSync(join(to(), 'index.db')),
    () => writeFileSync(join(to(), 'backup.json'), '{'),
    () => rmSync(join(to(), 'backup.json')),
  ];
  for (const spoil of attempts) {
    spoil();
    await expect(putBack()).rejects.toThrow('take another');
    rmSync(join(root, 'again'), { recursive: true });
    rmSync(to(), { recursive: true });
    cpSync(join(root, 'whole'), to(), { recursive: true });
  }
  await putBack();
});

test('a restore goes over nothing that is there, and a backup neither', async () => {
  await backup();
  await expect(backup()).rejects.toThrow('is not empty');
  const { folder } = rig;
  const over = restore({
    ...{ from: to(), folder, key: HUB_KEY, erasures: null },
    ...{ random: randomBytes, clock: rig.clock },
  });
  await expect(over).rejects.toThrow('already');
});
