import type { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { guarded } from '../../../test/support/guarded.ts';
import { actionRecord } from '../../../test/support/journal-records.ts';
import { SealingStation } from '../../../test/support/sealed-segments.ts';
import { generateRecipient } from '../../journal/recipient.ts';
import { checkHere, type UncheckedSegment } from './check-segments.ts';
import { CheckingThread } from './checking-thread.ts';

const { recipient } = generateRecipient('test-1');
const recipients = new Set([recipient.id]);

let deaths: string[];
let thread: CheckingThread;
let workers: Worker[];
const note = (worker: Worker) => workers.push(worker);
beforeEach(() => {
  deaths = [];
  workers = [];
  thread = new CheckingThread((how) => deaths.push(how));
  process.on('worker', note);
});
afterEach(async () => {
  process.off('worker', note);
  await thread.close();
});

function segment(alter: (bytes: Uint8Array) => void = () => {}): UncheckedSegment {
  const station = new SealingStation('station-1', 1);
  const { first, bytes } = station.seal(recipient, [() => actionRecord(null)]);
  alter(bytes);
  return { from: station.known, address: { epoch: station.epoch, first }, bytes };
}

const check = (batch: readonly UncheckedSegment[]) =>
  guarded('a batch is checked', thread.check(batch, recipients));

test('a thread finds what is found here, good or bad, in the same order', async () => {
  const shared = segment();
  const memory = Buffer.from(new SharedArrayBuffer(4_096), 0, shared.bytes.length);
  memory.set(shared.bytes);
  const batch = [
    segment(),
    segment((bytes) => bytes.fill(0, 0, 8)),
    segment((bytes) => bytes.fill(0, bytes.length - 1)),
    { ...segment(), from: new SealingStation('station-2', 1).known },
    { ...shared, bytes: memory },
  ];
  const came = await check(batch);
  expect(came.map((each) => ('code' in each ? each.code : 'bytes' in each))).toEqual([
    ...[true, 'segment.malformed', 'segment.signature', 'segment.place', true],
  ]);
  expect(bare(came)).toEqual(bare(await checkHere(batch, recipients)));
  expect((await check([segment()])).length).toBe(1);
  expect([workers.length, deaths]).toEqual([1, []]);
});

test('what a dead thread had under way is lost, and the next batch begins another thread', async () => {
  await check([segment()]);
  const checking = check([segment(), segment()]);
  await workers[0]?.terminate();
  const came = await checking;
  expect(came.length).toBe(2);
  expect(deaths).toEqual(['ended by itself']);
  expect((await check([segment()]))[0]).toHaveProperty('leaves');
  expect(workers.length).toBe(2);
});

/** Buffers come back as the plain arrays they are. */
function bare(checks: readonly object[]): unknown {
  return checks.map((check) =>
    Object.entries(check).map(([name, value]) => [
      name,
      value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value,
    ]),
  );
}
