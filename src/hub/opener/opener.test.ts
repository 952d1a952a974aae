import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { checkedOf } from '../../../test/support/inbox-store-contract.ts';
import { actionRecord, passageRecord } from '../../../test/support/journal-records.ts';
import { SealingStation } from '../../../test/support/sealed-segments.ts';
import { VirtualClock } from '../../../test/support/virtual-clock.ts';
import { generateRecipient } from '../../journal/recipient.ts';
import type { CheckedSegment } from '../inbox/inbox-store.ts';
import { openSqliteInbox, type SqliteInbox } from '../inbox/sqlite-inbox.ts';
import type { Incident } from '../ingest-port.ts';
import type { IndexStore } from '../passages/index-store.ts';
import { openSqliteIndex } from '../passages/sqlite-index.ts';
import { Opener } from './opener.ts';
import { RecipientKeys } from './recipient-keys.ts';

const ours = generateRecipient('test-1');
const later = generateRecipient('test-2');

let folder: string;
let keysFolder: string;
let inbox: SqliteInbox;
let index: IndexStore;
let clock: VirtualClock;
let incidents: Incident[];
let station: SealingStation;
let running: { readonly stop: () => Promise<void>; readonly opener: Opener } | null;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'chot-opener-'));
  keysFolder = mkdtempSync(join(folder, 'keys-'));
  writeFileSync(join(keysFolder, 'test-1.pem'), ours.privateKeyPem);
  clock = new VirtualClock();
  incidents = [];
  running = null;
  const common = { folder, key: new Uint8Array(32).fill(3), random: randomBytes, clock };
  inbox = openSqliteInbox({ ...common, mode: 'create' });
  index = openSqliteIndex({ ...common, mode: 'create' });
  station = new SealingStation('station-1', 1);
  await inbox.addEpoch({ ...station.claim(), atMs: 1 });
});
afterEach(async () => {
  await running?.stop();
  await index.close();
  await inbox.close();
  rmSync(folder, { recursive: true, force: true });
});

function start(): void {
  const keys = new RecipientKeys(keysFolder, () => {});
  const raise = (incident: Incident) => incidents.push(incident);
  const opener = new Opener({ inbox, index: index.opened, keys, clock, raise });
  const stopping = new AbortController();
  const run = opener.run(stopping.signal);
  running = {
    opener,
    stop: () => {
      stopping.abort();
      return run;
    },
  };
}

const seal = (recipient = ours.recipient) =>
  checkedOf(
    station.seal(recipient, [
      (at) => passageRecord(at, { atMs: 1_790_000_000_000 + at }),
      () => actionRecord(null),
    ]),
    station,
  );
const store = (...segments: readonly CheckedSegment[]) => inbox.store(segments, clock.wallMs());
const mark = () => index.opened.openedThrough({ station: 'station-1', epoch: station.epoch });
const found = async () => {
  const query = { station: 'station-1', fromMs: 0, untilMs: 2e12, after: null, limit: 99 };
  return (await index.passages.byTime(query)).passages.map(({ sequence }) => sequence);
};
/** Real files are read meanwhile: time passes until the opener has nothing more to do. */
async function until(position: number): Promise<void> {
  while ((await index.opened.position()) < position) {
    running?.opener.wake();
    await clock.advance(100);
  }
  await clock.advance(2_000);
}

test('everything is opened and indexed, in whatever order it came', async () => {
  const [one, two, three] = [seal(), seal(), seal()];
  await store(three, one);
  start();
  await until(2);
  expect(await found()).toEqual([1, 5]);
  expect(await mark()).toBe(2);
  await store(two);
  await until(3);
  expect(await found()).toEqual([1, 3, 5]);
  expect(await mark()).toBe(6);
  expect(incidents).toEqual([]);
});

test('a segment sealed to a key that is not here is set aside, all others open, nothing passes it', async () => {
  await store(seal(), seal(later.recipient), seal());
  start();
  await until(3);
  expect(await found()).toEqual([1, 5]);
  expect(await mark()).toBe(2);
  expect(incidents).toMatchObject([
    {
      ...{ station: 'station-1', code: 'segment.not-opened' },
      detail: { first: 3, last: 4, reason: 'key.missing' },
    },
  ]);
  writeFileSync(join(keysFolder, 'test-2.pem'), later.privateKeyPem);
  while ((await mark()) < 6) await clock.advance(500);
  expect(await found()).toEqual([1, 3, 5]);
  expect(await index.opened.setAside(9)).toEqual([]);
});

test('a wrong key under the right name opens nothing and stops nobody', async () => {
  writeFileSync(join(keysFolder, 'test-2.pem'), ours.privateKeyPem);
  await store(seal(later.recipient), seal());
  start();
  await until(2);
  expect(await found()).toEqual([3]);
  expect(await mark()).toBe(0);
  expect(incidents).toMatchObject([{ detail: { reason: 'not-opened' } }]);
});

test('a flipped ciphertext is set aside, all others open', async () => {
  const flipped = seal();
  const bytes = Uint8Array.from(flipped.bytes);
  bytes[bytes.length - 400] = (bytes.at(-400) ?? 0) ^ 1;
  await store({ ...flipped, bytes }, seal());
  start();
  await until(2);
  expect(await found()).toEqual([3]);
  expect(await mark()).toBe(0);
  expect(incidents).toMatchObject([{ detail: { first: 1, reason: 'not-opened' } }]);
});

test('a body that is gone from the disk is told, all others open', async () => {
  await store(seal(), seal());
  const [first] = await inbox.kept(0, 9);
  await inbox.dropBodies([first ?? 0], 'left');
  start();
  await until(2);
  expect(await found()).toEqual([3]);
  expect(incidents).toMatchObject([{ detail: { first: 1, reason: 'body.missing' } }]);
});

test('what was erased before it was opened counts as opened', async () => {
  await store(seal(), seal());
  await inbox.erase([{ station: 'station-1', epoch: station.epoch, from: 1, to: 2 }]);
  start();
  await until(2);
  expect(await found()).toEqual([3]);
  expect(await mark()).toBe(4);
  expect(incidents).toEqual([]);
});

test('an opener that begins again tries what was set aside and says so again', async () => {
  await store(seal(later.recipient));
  start();
  await until(1);
  await running?.stop();
  start();
  while (incidents.length < 2) await clock.advance(100);
  expect(incidents.map(({ detail }) => detail['reason'])).toEqual(['key.missing', 'key.missing']);
});

test('a file that holds no key is told, and the others are used', () => {
  writeFileSync(join(keysFolder, 'broken.pem'), 'no key');
  const unfit: string[] = [];
  const keys = new RecipientKeys(keysFolder, (file) => unfit.push(file));
  expect(unfit).toEqual(['broken.pem']);
  expect(keys.find('test-1')).not.toBeNull();
  expect(keys.find('broken')).toBeNull();
  expect(keys.reload()).toBe(false);
});
