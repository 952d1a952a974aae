import { createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { actionRecord, endRecord, passageRecord } from '../../test/support/journal-records.ts';
import { VirtualClock } from '../../test/support/virtual-clock.ts';
import { toHex } from '../kernel/bytes.ts';
import { openEncryptedDatabase } from '../kernel/encrypted-database.ts';
import { InputError, StorageFault } from '../kernel/errors.ts';
import { type Journal, type JournalOptions, openJournal } from './journal.ts';
import { JOURNAL_MIGRATIONS } from './journal-schema.ts';
import { eachSegment, journalStatus } from './read-journal.ts';
import { generateRecipient } from './recipient.ts';
import { decodeSegment, isSegmentSigned } from './segment.ts';
import { verifyJournal } from './verify.ts';

const KEY = new Uint8Array(32).fill(9);
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const NOW_MS = Date.UTC(2026, 10, 25);
const RECEIPT = Uint8Array.of(1, 2, 3);
const { recipient } = generateRecipient('test-1');
const { privateKey: signingKey } = generateKeyPairSync('ed25519');
const verifyingKey = createPublicKey(signingKey);

let folder: string;
let path: string;
let clock: VirtualClock;
let closedTimes: number;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'chot-uploads-'));
  path = join(folder, 'journal.db');
  clock = new VirtualClock();
  closedTimes = 0;
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function open(changes: Partial<JournalOptions> = {}) {
  return openJournal({
    ...{ path, key: KEY, station: 'station-1', recipient, signingKey, clock, ballastBytes: 0 },
    onEvent: () => {},
    onClosed: () => closedTimes++,
    ...changes,
  });
}

/** Segments of four records each, the first a passage; the last one stays open when `left` is not 0. */
async function write(journal: Journal, segments: number, left = 0): Promise<void> {
  const four = [(at: number) => passageRecord(at), ...Array(3).fill(() => actionRecord(null))];
  for (let segment = 0; segment < segments; segment++) {
    journal.appendAll(four);
    await clock.advance(60_000);
    journal.tick(false);
  }
  if (left > 0) journal.appendAll(four.slice(0, left));
}

const epochOf = (journal: Journal) => journal.epoch()?.epoch ?? new Uint8Array();
const firsts = (journal: Journal, order: 'newest' | 'oldest' = 'oldest', limit = 99) =>
  journal.uploads.unsent(order, limit).map(({ first }) => first);
const verify = () => verifyJournal({ path, key: KEY, station: 'station-1', verifyingKey });

function acknowledge(journal: Journal, ...segments: readonly number[]): boolean[] {
  const epoch = epochOf(journal);
  return segments.map((first) =>
    journal.uploads.acknowledge({ epoch, first, receipt: RECEIPT, atMs: NOW_MS }),
  );
}

const noteOpened = (journal: Journal, through: number, atMs = NOW_MS) =>
  journal.uploads.noteOpened({ epoch: epochOf(journal), through, atMs });

/** As often as there is something to prune; how many records it was. */
function prune(journal: Journal, nowMs: number, backupIntervalMs = DAY_MS): number {
  let pruned = 0;
  for (;;) {
    const { records, more } = journal.uploads.prune({ nowMs, backupIntervalMs });
    pruned += records;
    if (!more) return pruned;
  }
}

test('closed segments are unsent until their receipt is there, in either order, over a restart too', async () => {
  const journal = open();
  await write(journal, 4, 1);
  expect(firsts(journal)).toEqual([1, 5, 9, 13]);
  expect(firsts(journal, 'newest', 2)).toEqual([13, 9]);
  expect(journal.uploads.unsent('newest', 1)[0]).toMatchObject({ first: 13, last: 16 });
  expect(acknowledge(journal, 9, 9)).toEqual([true, false]);
  expect(firsts(journal)).toEqual([1, 5, 13]);
  journal.close();
  const again = open();
  expect(firsts(again)).toEqual([1, 5, 13, 17]);
  expect(again.uploads.unsentCount()).toBe(4);
  expect(toHex(again.uploads.lastReceipt()?.receipt ?? new Uint8Array())).toBe(toHex(RECEIPT));
  expect(again.uploads.lastReceipt()).toMatchObject({ last: 12 });
  again.close();
});

test('whoever sends is told at once when a segment closes: in time, by its number and at stop', async () => {
  const journal = open();
  await write(journal, 1);
  expect(closedTimes).toBe(1);
  for (let batch = 0; batch < 5; batch++) {
    journal.appendAll(Array(52).fill(() => actionRecord(null)));
  }
  expect(closedTimes).toBe(2);
  journal.close();
  expect(closedTimes).toBe(3);
});

test('a segment has the same bytes every time, and none while it is open', async () => {
  const journal = open();
  await write(journal, 2, 2);
  const bytes = journal.uploads.segmentBytes(5);
  acknowledge(journal, 5);
  expect(journal.uploads.segmentBytes(9)).toBeNull();
  expect(journal.uploads.segmentBytes(6)).toBeNull();
  journal.close();
  const again = open();
  expect(toHex(again.uploads.segmentBytes(5) ?? new Uint8Array())).toBe(toHex(bytes ?? RECEIPT));
  expect(isSegmentSigned(decodeSegment(bytes ?? RECEIPT), verifyingKey)).toBe(true);
  again.close();
});

test('what the hub says of segments, epochs or records that are not here is refused', async () => {
  const journal = open();
  await write(journal, 1, 1);
  for (const first of [0, 2, 5, 9]) {
    expect(() => acknowledge(journal, first === 0 ? 4 : first)).toThrow(InputError);
  }
  const { uploads } = journal;
  const other = { epoch: randomBytes(16), first: 1, receipt: RECEIPT, atMs: NOW_MS };
  expect(() => uploads.acknowledge(other)).toThrow(/no such epoch/);
  const long = { ...other, epoch: epochOf(journal), receipt: new Uint8Array(4_097) };
  expect(() => uploads.acknowledge(long)).toThrow(/at most 4096 bytes, came 4097/);
  expect(() => noteOpened(journal, 6)).toThrow(/this epoch ends at 5/);
  expect(firsts(journal)).toEqual([1]);
  expect(journal.append(() => actionRecord(null)).sequence).toBe(6);
  journal.close();
  expect(verify().damages).toEqual([]);
});

test('what was opened for longer than the backup interval goes, and the rest of the chain still holds', async () => {
  const journal = open();
  await write(journal, 6, 2);
  acknowledge(journal, 1, 5, 9, 13, 17, 21);
  expect(noteOpened(journal, 8)).toBe(true);
  expect(noteOpened(journal, 8, NOW_MS + HOUR_MS)).toBe(false);
  expect(noteOpened(journal, 18, NOW_MS + 2 * HOUR_MS)).toBe(true);
  expect(prune(journal, NOW_MS + DAY_MS - 1)).toBe(0);
  expect(prune(journal, NOW_MS + DAY_MS)).toBe(8);
  expect(journal.uploads.segmentBytes(5)).toBeNull();
  // 18 is within a segment, which stays whole.
  expect(prune(journal, NOW_MS + 2 * DAY_MS)).toBe(8);
  expect(acknowledge(journal, 5)).toEqual([false]);
  const head = journal.head();
  journal.close();
  expect(verify()).toMatchObject({
    ...{ records: 10, segments: 3, damages: [], head: { sequence: head?.sequence } },
    epochs: [{ reason: 'first', follows: 'nothing', prunedThrough: 16 }],
  });
  const seen: number[] = [];
  eachSegment(path, KEY, ({ first }) => seen.push(first));
  expect(seen).toEqual([17, 21, 25]);
  const [epoch] = journalStatus(path, KEY).epochs;
  expect(epoch).toMatchObject({ openedThrough: 18, prunedThrough: 16 });
  expect(journalStatus(path, KEY)).toMatchObject({
    ...{ unsent: 1, stored: 2, unsentRecords: 2, oldest: 17 },
  });
});

test.each([
  ['nobody said was opened, as under a wrong hub key or with an altered text', [1, 5, 9], 0],
  ['has no receipt', [], 12],
  ['follows one without a receipt', [5, 9], 12],
])('nothing is pruned that %s', async (_, receipts, through) => {
  const journal = open();
  await write(journal, 3, 1);
  acknowledge(journal, ...receipts);
  if (through > 0) noteOpened(journal, through);
  expect(prune(journal, NOW_MS + 90 * DAY_MS)).toBe(0);
  journal.close();
  expect(verify()).toMatchObject({ records: 13, damages: [] });
});

test('the newest segment stays, so that the head is always there; an unfinished passage outlives its record', async () => {
  const journal = open();
  await write(journal, 2);
  acknowledge(journal, 1, 5);
  noteOpened(journal, 8);
  expect(prune(journal, NOW_MS + 2 * DAY_MS)).toBe(4);
  expect(journal.head()?.sequence).toBe(8);
  expect(journal.unfinished().map(({ sequence }) => sequence)).toEqual([1, 5]);
  journal.append(() => endRecord(1));
  expect(journal.unfinished().map(({ sequence }) => sequence)).toEqual([5]);
  journal.close();
  expect(verify().damages).toEqual([]);
});

test('a clock that went back prunes nothing early: the latest instant at which anything was said counts', async () => {
  const journal = open();
  await write(journal, 3);
  acknowledge(journal, 1, 5, 9);
  noteOpened(journal, 4, NOW_MS + 30 * DAY_MS);
  noteOpened(journal, 8, NOW_MS);
  expect(prune(journal, NOW_MS + 3 * DAY_MS)).toBe(0);
  expect(prune(journal, NOW_MS + 31 * DAY_MS)).toBe(8);
  journal.close();
});

test('a hub restored from a backup gets what it lost, as far as it is still here', async () => {
  const journal = open();
  await write(journal, 5);
  const { uploads } = journal;
  const epoch = epochOf(journal);
  acknowledge(journal, 1, 5, 9, 13, 17);
  noteOpened(journal, 8);
  noteOpened(journal, 20, NOW_MS + DAY_MS);
  prune(journal, NOW_MS + DAY_MS);
  expect(uploads.forgetAcknowledged({ epoch, from: 15 })).toEqual({
    ...{ segments: 2, more: false, gone: null },
  });
  expect(firsts(journal)).toEqual([13, 17]);
  // Opened through 20 was said by a hub that is no more.
  expect(prune(journal, NOW_MS + 90 * DAY_MS)).toBe(4);
  expect(uploads.forgetAcknowledged({ epoch, from: 3 })).toEqual({
    ...{ segments: 0, more: false, gone: { from: 3, to: 12 } },
  });
  acknowledge(journal, 13, 17);
  expect(noteOpened(journal, 20, NOW_MS + 90 * DAY_MS)).toBe(true);
  journal.close();
});

test('pages that pruning freed are written to again: the file does not grow', async () => {
  const journal = open();
  const epoch = epochOf(journal);
  const round = (from: number, atMs: number) => {
    for (let batch = 0; batch < 8; batch++) {
      journal.appendAll(Array(64).fill(() => actionRecord(null)));
    }
    for (const { first } of journal.uploads.unsent('oldest', 99)) acknowledge(journal, first);
    journal.uploads.noteOpened({ epoch, through: from + 511, atMs });
    return prune(journal, atMs + DAY_MS);
  };
  expect(round(1, NOW_MS)).toBe(256);
  const grown = journalStatus(path, KEY);
  expect(grown.bytesFree).toBeGreaterThan(200_000);
  for (let more = 1; more < 4; more++) {
    expect(round(1 + more * 512, NOW_MS + more * 2 * DAY_MS)).toBe(512);
  }
  journal.close();
  expect(statSync(path).size).toBeLessThan(2_500_000);
  expect(verify()).toMatchObject({ records: 256, damages: [] });
});

test('a base that was set by hand to hide records does not fit the chain', async () => {
  const journal = open();
  await write(journal, 4);
  journal.close();
  const tamper = (sql: string) => {
    const database = openEncryptedDatabase(path, {
      ...{ key: KEY, migrations: JOURNAL_MIGRATIONS, mode: 'open' },
    });
    database.exec(sql);
    database.close();
  };
  tamper('DELETE FROM record WHERE sequence <= 8; DELETE FROM segment WHERE first <= 5');
  expect(verify().damages).toEqual([{ kind: 'gap', from: 1, to: 8 }]);
  tamper(`INSERT INTO pruned SELECT 1, 8, randomblob(32), x'00'`);
  expect(verify().damages).toEqual([{ kind: 'altered', from: 9, to: 9 }]);
});

test('a journal of the first schema goes on in the newest, and what it held is unsent', async () => {
  const made = open();
  await write(made, 2);
  made.close();
  const database = openEncryptedDatabase(path, {
    ...{ key: KEY, migrations: JOURNAL_MIGRATIONS, mode: 'open' },
  });
  database.exec(`DROP TABLE opening; DROP TABLE pruned; DROP TABLE opened; DROP INDEX unsent;
    ALTER TABLE segment DROP COLUMN receipt; ALTER TABLE segment DROP COLUMN stored_at_ms;
    ALTER TABLE epoch DROP COLUMN reason; ALTER TABLE epoch DROP COLUMN continues;
    ALTER TABLE epoch DROP COLUMN last; PRAGMA user_version = 1`);
  database.close();
  const journal = open();
  expect(firsts(journal)).toEqual([1, 5]);
  expect(journal.epoch()).toMatchObject({ first: 1, reason: 'first', continues: null });
  await write(journal, 1);
  journal.close();
  expect(verify()).toMatchObject({ records: 12, damages: [] });
});

test('while the journal cannot be read, whoever sends is told why; a refusal about old segments stops no record', async () => {
  const closed = open();
  closed.close();
  expect(() => closed.uploads.unsent('newest', 1)).toThrow(StorageFault);
  expect(() => acknowledge(closed, 1)).toThrow(StorageFault);
  const journal = open();
  await write(journal, 1);
  const blocker = openEncryptedDatabase(path, {
    ...{ key: KEY, migrations: JOURNAL_MIGRATIONS, mode: 'open' },
  });
  blocker.exec(
    `CREATE TRIGGER broken BEFORE UPDATE OF receipt ON segment BEGIN SELECT RAISE(ABORT, 'no'); END`,
  );
  blocker.close();
  expect(() => acknowledge(journal, 1)).toThrow(StorageFault);
  expect(journal.state()).toEqual({ kind: 'writing' });
  expect(journal.append(() => actionRecord(null)).sequence).toBe(5);
  journal.close();
});
