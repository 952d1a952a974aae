import { createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { actionRecord } from '../../test/support/journal-records.ts';
import { VirtualClock } from '../../test/support/virtual-clock.ts';
import { fromHex, toHex } from '../kernel/bytes.ts';
import { openEncryptedDatabase } from '../kernel/encrypted-database.ts';
import { ConfigError } from '../kernel/errors.ts';
import { NO_LINK } from './chain.ts';
import { keyPairFromPem } from './hpke.ts';
import { type Journal, type JournalOptions, openJournal } from './journal.ts';
import { JOURNAL_MIGRATIONS } from './journal-schema.ts';
import { PUBLISHED_KEYS } from './published-keys.ts';
import { eachSegment, journalStatus } from './read-journal.ts';
import { generateRecipient } from './recipient.ts';
import { openSegment, type Segment } from './segment.ts';
import { verifyJournal } from './verify.ts';

const KEY = new Uint8Array(32).fill(9);
const november = generateRecipient('hub-2026-11');
const december = generateRecipient('hub-2026-12');
const { privateKey: signingKey } = generateKeyPairSync('ed25519');
const verifyingKey = createPublicKey(signingKey);

let folder: string;
let path: string;
let clock: VirtualClock;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'chot-epochs-'));
  path = join(folder, 'journal.db');
  clock = new VirtualClock();
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function open(changes: Partial<JournalOptions> = {}) {
  return openJournal({
    ...{ path, key: KEY, station: 'station-1', recipient: november.recipient, signingKey, clock },
    ...{ ballastBytes: 0, onEvent: () => {} },
    ...changes,
  });
}

const write = (journal: Journal, count: number) =>
  journal.appendAll(Array(count).fill(() => actionRecord(null)));
const verify = () => verifyJournal({ path, key: KEY, station: 'station-1', verifyingKey });

function segments(): Segment[] {
  const found: Segment[] = [];
  eachSegment(path, KEY, (segment) => found.push(segment));
  return found;
}

function tamper(sql: string): void {
  const database = openEncryptedDatabase(path, {
    ...{ key: KEY, migrations: JOURNAL_MIGRATIONS, mode: 'open' },
  });
  database.pragma('foreign_keys = OFF');
  database.exec(sql);
  database.close();
}

test("a conflict goes on from the hub's last receipt in an epoch of its own; old records stay readable and unsent", () => {
  const journal = open();
  write(journal, 6);
  const before = journal.epoch();
  const receipted = { sequence: 4, link: randomBytes(32) };
  const epoch = journal.startEpoch('conflict', receipted);
  expect(epoch).toMatchObject({ first: 7, reason: 'conflict', continues: 4 });
  expect(toHex(epoch.previous)).toBe(toHex(receipted.link));
  expect(toHex(epoch.epoch)).not.toBe(toHex(before?.epoch ?? new Uint8Array()));
  expect(journal.head()).toBeNull();
  expect(write(journal, 2)[0]).toEqual({ sequence: 7, segment: 7 });
  expect(journal.head()).toMatchObject({ sequence: 8, epoch: epoch.epoch });
  journal.close();
  expect(verify()).toMatchObject({ records: 8, damages: [], head: { sequence: 8 } });
  expect(verify().epochs).toMatchObject([
    { first: 1, reason: 'first', follows: 'nothing' },
    { first: 7, reason: 'conflict', follows: 'receipt' },
  ]);
  const { privateKey } = keyPairFromPem(november.privateKeyPem);
  expect(segments().flatMap((segment) => openSegment(segment, privateKey))).toHaveLength(8);
  const again = open();
  expect(again.uploads.unsent('oldest', 9).map(({ first }) => first)).toEqual([1, 7]);
  expect(toHex(again.uploads.unsent('newest', 1)[0]?.epoch ?? NO_LINK)).toBe(toHex(epoch.epoch));
  again.close();
});

test('a station that is behind its hub goes on beyond what the hub has, never under a number it used', () => {
  const journal = open();
  write(journal, 3);
  expect(journal.startEpoch('behind', { sequence: 900, link: randomBytes(32) }).first).toBe(901);
  write(journal, 1);
  journal.close();
  const again = open();
  expect(write(again, 1)).toEqual([{ sequence: 902, segment: 902 }]);
  expect(again.startEpoch('conflict', null)).toMatchObject({ first: 903, continues: null });
  again.close();
  expect(verify()).toMatchObject({ records: 5, damages: [] });
  expect(journalStatus(path, KEY).epochs.map(({ reason }) => reason)).toEqual([
    ...['first', 'behind', 'conflict'],
  ]);
});

test('a database that was lost continues from the last receipted head, its unused epoch leaves nothing', () => {
  const journal = open();
  journal.startEpoch('lost', { sequence: 41, link: randomBytes(32) });
  journal.startEpoch('lost', { sequence: 42, link: randomBytes(32) });
  write(journal, 1);
  journal.close();
  expect(verify().epochs).toMatchObject([{ first: 43, reason: 'lost', follows: 'receipt' }]);
  expect(verify()).toMatchObject({ records: 1, damages: [], head: { sequence: 43 } });
});

test('an epoch that goes on from our own record says so', () => {
  const journal = open();
  write(journal, 5);
  const head = journal.head();
  if (head === null) throw new Error('no head');
  journal.startEpoch('conflict', head);
  write(journal, 1);
  journal.close();
  expect(verify().epochs[1]).toMatchObject({ follows: 'own' });
});

test('an epoch is closed for good: what is missing at its end, or was added behind it, is named', () => {
  const journal = open();
  write(journal, 3);
  journal.startEpoch('conflict', { sequence: 20, link: randomBytes(32) });
  write(journal, 2);
  journal.close();
  tamper('DELETE FROM segment WHERE first = 1; DELETE FROM record WHERE sequence <= 3');
  expect(verify().damages).toEqual([{ kind: 'cut', from: 1, to: 3 }]);
  tamper(`UPDATE epoch SET previous = zeroblob(32) WHERE first = 21`);
  expect(verify().damages).toContainEqual({ kind: 'altered', from: 21, to: 21 });
});

test('nothing is sealed to the old key once a new one is in use, in a later epoch neither; both open', () => {
  const journal = open();
  write(journal, 2);
  journal.useRecipient(november.recipient);
  write(journal, 1);
  journal.useRecipient(december.recipient);
  write(journal, 2);
  journal.startEpoch('conflict', null);
  write(journal, 1);
  journal.close();
  const found = segments();
  expect(found.map(({ first, keyId }) => [first, keyId])).toEqual([
    [1, 'hub-2026-11'],
    [4, 'hub-2026-12'],
    [6, 'hub-2026-12'],
  ]);
  const [old, ...later] = found;
  if (old === undefined) throw new Error('no segment');
  const keyOf = (pem: string) => keyPairFromPem(pem).privateKey;
  expect(openSegment(old, keyOf(november.privateKeyPem))).toHaveLength(3);
  for (const segment of later) {
    expect(openSegment(segment, keyOf(december.privateKeyPem)).length).toBeGreaterThan(0);
    const asOld = { ...segment, keyId: 'hub-2026-11' };
    for (const each of [segment, asOld]) {
      expect(() => openSegment(each, keyOf(november.privateKeyPem))).toThrow(/does not open/);
    }
  }
});

test('a key that changed while the journal could not be written is in use once it heals', async () => {
  const journal = open();
  write(journal, 1);
  const other = open();
  write(other, 1);
  other.close();
  expect(() => write(journal, 1)).toThrow(/another process/);
  journal.useRecipient(december.recipient);
  await clock.advance(1_000);
  journal.tick(false);
  write(journal, 1);
  journal.close();
  expect(segments().map(({ keyId }) => keyId)).toEqual([
    ...['hub-2026-11', 'hub-2026-11', 'hub-2026-12'],
  ]);
  expect(verify().damages).toEqual([]);
});

test('a key whose private half is published is refused, and the one before stays', () => {
  const journal = open();
  const [published = ''] = PUBLISHED_KEYS;
  const publicKey = fromHex(published) ?? new Uint8Array();
  expect(() => journal.useRecipient({ id: 'hub-x', publicKey })).toThrow(ConfigError);
  write(journal, 1);
  journal.close();
  expect(segments().map(({ keyId }) => keyId)).toEqual(['hub-2026-11']);
});
