import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { endRecord, officerRecord, passageRecord } from '../../../test/support/journal-records.ts';
import { JournalsRig, sealFor } from '../../../test/support/journals-rig.ts';
import type { MadeSegment, SealingStation } from '../../../test/support/sealed-segments.ts';
import { proveStation } from '../inbox/prove-station.ts';
import { ErasureJournal } from './erasure-journal.ts';
import { Retention } from './retention.ts';

const DAY_MS = 86_400_000;
const NOW_MS = 1_790_000_000_000;
const WANTED = { number: '001200099999', subjectKey: 'aaaaaaaaaaaaaaaa' };

let folder: string;
let rig: JournalsRig;
let station: SealingStation;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'chot-eraser-'));
  rig = new JournalsRig(folder);
  station = await rig.station('station-1');
});
afterEach(async () => {
  await rig.close();
  rmSync(folder, { recursive: true, force: true });
});

const somebody = (sequence: number) => passageRecord(sequence);
const wanted = (sequence: number) => passageRecord(sequence, WANTED);
const put = async (made: MadeSegment) => {
  await rig.send(station, made);
  return made;
};
const bodyBytes = () =>
  Buffer.concat(
    readdirSync(join(folder, 'bodies')).map((name) => readFileSync(join(folder, 'bodies', name))),
  );
const proofs = async () => {
  const all = [];
  for await (const proof of proveStation(rig.inbox, 'station-1', station.known.verifyingKey)) {
    all.push(proof);
  }
  return all;
};
const erased = async (path = join(folder, 'erasures.ndjson')) => {
  const all = [];
  for await (const { from, to, cause } of new ErasureJournal([path]).read('all')) {
    all.push([cause, from, to]);
  }
  return all;
};

test('a person is erased from index and sealed bodies, and the proof holds as before', async () => {
  const mixed = await put(sealFor(station, somebody, wanted, () => endRecord(2)));
  const other = await put(sealFor(station, somebody));
  await rig.openAll();
  const before = await proofs();
  expect(before).toMatchObject([{ records: 4, through: 4, gapCount: 0, misfitCount: 0 }]);
  expect(await rig.eraser.erasePerson({ number: WANTED.number })).toBe(2);
  expect(await rig.held()).toEqual([1, -2, -3, 4]);
  const kept = bodyBytes();
  expect(kept.includes(Buffer.from(other.bytes))).toBe(true);
  expect(kept.includes(Buffer.from(mixed.bytes).subarray(200, 1_000))).toBe(false);
  expect(await proofs()).toEqual(before);
  expect(await erased()).toEqual([['person', 2, 3]]);
  // What is indexed of the others stays, and the station is told that it is known.
  expect(await rig.send(station, mixed)).toMatchObject({ kind: 'known' });
  const text = readFileSync(join(folder, 'erasures.ndjson'), 'utf8');
  expect(text).not.toContain(WANTED.number);
  expect(text).not.toContain(WANTED.subjectKey);
});

test('a segment of which nothing is left is refused when it comes again', async () => {
  const made = await put(sealFor(station, wanted, () => endRecord(1)));
  await rig.openAll();
  await rig.eraser.erasePerson({ subjectKey: WANTED.subjectKey });
  expect(await rig.send(station, made)).toMatchObject({ code: 'segment.erased' });
});

test('an erasing that a crash cut off is finished by the next start', async () => {
  await put(sealFor(station, somebody, wanted));
  await rig.openAll();
  const path = join(folder, 'erasures.ndjson');
  const epoch = station.epoch;
  const range = { station: 'station-1', epoch, from: 2, to: 2 };
  new ErasureJournal([path]).append([{ ...range, cause: 'person', atMs: 1 }]);
  // The next line was being written when the power went.
  appendFileSync(path, '{"atMs":1,"cause":"person","station":"stat');
  expect(await rig.eraser.replay('pending')).toBe(1);
  expect(await rig.held()).toEqual([1, -2]);
  expect(await rig.inbox.kept(0, 9)).toEqual([]);
  expect(await rig.eraser.replay('pending')).toBe(0);
  expect(await rig.eraser.replay('all')).toBe(1);
  expect(await erased()).toEqual([['person', 2, 2]]);
});

test('copies of the erasure journal say the same', async () => {
  const paths = [join(folder, 'one'), join(folder, 'two')];
  const range = { station: 's', epoch: station.epoch, from: 1, to: 2 };
  new ErasureJournal(paths).append([{ ...range, cause: 'retention', atMs: 1 }]);
  expect(await erased(paths[0])).toEqual(await erased(paths[1]));
});

test('records expire by what they are, bodies when the index is backed up, and leaves never', async () => {
  const old = (sequence: number) => passageRecord(sequence, { atMs: NOW_MS - 40 * DAY_MS });
  const gone = await put(sealFor(station, old, old));
  await put(sealFor(station, old, () => officerRecord('signed-in')));
  await put(sealFor(station, (at) => passageRecord(at, { atMs: NOW_MS })));
  await rig.openAll();
  const before = await proofs();
  let backedUpMs: number | null = null;
  const retention = new Retention({
    ...{ inbox: rig.inbox, index: rig.index.erasing, eraser: rig.eraser, clock: rig.clock },
    ...{ days: { passages: 30, lookUps: 30, service: 365 }, unbackedDays: 30 },
    backedUpMs: () => backedUpMs,
  });
  const run = () => retention.run(new AbortController().signal);
  expect(await run()).toEqual({ records: 3, bodies: 0 });
  expect(await rig.held()).toEqual([4, 5]);
  expect(await rig.send(station, gone)).toMatchObject({ code: 'segment.erased' });
  expect(await erased()).toEqual([['retention', 1, 2]]);
  await rig.clock.advance(1);
  backedUpMs = rig.clock.wallMs();
  expect(await run()).toEqual({ records: 0, bodies: 2 });
  expect(await rig.inbox.kept(0, 9)).toEqual([]);
  expect(await proofs()).toEqual(before);
});

test('a sealed body that is not opened is never let go of', async () => {
  await put(sealFor(station, somebody));
  const retention = new Retention({
    ...{ inbox: rig.inbox, index: rig.index.erasing, eraser: rig.eraser, clock: rig.clock },
    ...{ days: { passages: 1, lookUps: 1, service: 1 }, unbackedDays: 1 },
    backedUpMs: () => rig.clock.wallMs(),
  });
  await rig.clock.advance(400 * DAY_MS);
  expect(await retention.run(new AbortController().signal)).toEqual({ records: 0, bodies: 0 });
  expect(await rig.inbox.kept(0, 9)).toHaveLength(1);
});
