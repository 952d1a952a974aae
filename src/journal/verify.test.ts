import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { copyFileSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { open as openFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { actionRecord, passageRecord } from '../../test/support/journal-records.ts';
import { VirtualClock } from '../../test/support/virtual-clock.ts';
import { fromHex } from '../kernel/bytes.ts';
import { type Database, openEncryptedDatabase } from '../kernel/encrypted-database.ts';
import { StorageFault } from '../kernel/errors.ts';
import { openJournal } from './journal.ts';
import { JOURNAL_MIGRATIONS } from './journal-schema.ts';
import { generateRecipient } from './recipient.ts';
import { parseKnownHead } from './verification.ts';
import { type VerifyOptions, verifyJournal } from './verify.ts';

const KEY = new Uint8Array(32).fill(9);
const { recipient } = generateRecipient('test-1');
const { privateKey: signingKey } = generateKeyPairSync('ed25519');
const verifyingKey = createPublicKey(signingKey);

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'chot-verify-'));
  path = join(folder, 'journal.db');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Closed segments of ten, and four records in an open one when `close` is false. */
async function write(count: number, close = true, file = path, station = 'station-1') {
  const clock = new VirtualClock();
  const journal = openJournal({
    ...{ path: file, key: KEY, station, recipient, signingKey, clock },
    onEvent: () => {},
    ballastBytes: 0,
  });
  for (let sequence = 1; sequence <= count; sequence++) {
    journal.append((at) => (at % 3 === 1 ? passageRecord(at) : actionRecord(null)));
    if (sequence % 10 === 0) {
      await clock.advance(60_000);
      journal.tick(false);
    }
  }
  if (close) journal.close();
  return journal;
}

function verify(changes: Partial<VerifyOptions> = {}) {
  return verifyJournal({ path, key: KEY, station: 'station-1', verifyingKey, ...changes });
}

function tamper(act: (database: Database) => void): void {
  const database = openEncryptedDatabase(path, {
    key: KEY,
    migrations: JOURNAL_MIGRATIONS,
    mode: 'open',
  });
  database.pragma('foreign_keys = OFF');
  act(database);
  database.close();
}

function damagesAfter(...statements: string[]) {
  tamper((database) => statements.forEach((sql) => void database.exec(sql)));
  return verify().damages;
}

test('an untouched journal is whole, open or closed, beside its writer', async () => {
  const journal = await write(34, false);
  expect(verify()).toMatchObject({
    records: 34,
    segments: 4,
    openSegments: 1,
    damages: [],
    head: { sequence: 34 },
  });
  journal.close();
  expect(verify()).toMatchObject({ records: 34, openSegments: 0, damages: [] });
});

test('an empty journal is whole', async () => {
  await write(0);
  expect(verify()).toMatchObject({ records: 0, segments: 0, head: null, damages: [] });
});

test('a dropped record is a gap', async () => {
  await write(30);
  expect(damagesAfter('DELETE FROM record WHERE sequence BETWEEN 13 AND 14')).toEqual([
    { kind: 'gap', from: 13, to: 14 },
  ]);
});

test('a dropped segment is a gap', async () => {
  await write(30);
  const damages = damagesAfter(
    'DELETE FROM record WHERE sequence BETWEEN 11 AND 20',
    'DELETE FROM segment WHERE first = 11',
  );
  expect(damages).toContainEqual({ kind: 'gap', from: 11, to: 20 });
});

test('records cut off at the end of a segment or of the journal are a cut', async () => {
  await write(34, false);
  expect(damagesAfter('DELETE FROM record WHERE sequence IN (20, 33, 34)')).toEqual([
    { kind: 'cut', from: 20, to: 20 },
    { kind: 'cut', from: 33, to: 34 },
  ]);
});

test('a segment cut off at the end with its records is a cut', async () => {
  await write(30);
  expect(
    damagesAfter('DELETE FROM record WHERE sequence > 20', 'DELETE FROM segment WHERE first = 21'),
  ).toContainEqual({ kind: 'cut', from: 21, to: 30 });
});

test('an altered record is named', async () => {
  await write(30);
  tamper((database) => {
    const sealed = database.prepare('SELECT sealed FROM record WHERE sequence = 15').pluck().get();
    const flipped = Uint8Array.from(sealed as Uint8Array);
    flipped[100] = (flipped[100] ?? 0) ^ 1;
    database.prepare('UPDATE record SET sealed = ? WHERE sequence = 15').run(flipped);
  });
  expect(verify().damages).toEqual([{ kind: 'altered', from: 15, to: 15 }]);
});

test.each([
  ['far apart', 5, 25],
  ['in one segment', 12, 17],
  ['side by side', 12, 13],
])('two sealed texts that changed places, %s, are a swap', async (_, one, other) => {
  await write(30);
  const damages = damagesAfter(
    'CREATE TABLE kept AS SELECT sequence, sealed FROM record',
    `UPDATE record SET sealed = (SELECT sealed FROM kept WHERE sequence = ${other}) WHERE sequence = ${one}`,
    `UPDATE record SET sealed = (SELECT sealed FROM kept WHERE sequence = ${one}) WHERE sequence = ${other}`,
  );
  expect(damages).toEqual([
    { kind: 'swapped', from: one, to: other },
    { kind: 'swapped', from: other, to: one },
  ]);
});

test('two whole rows that changed places are damage at both', async () => {
  await write(30);
  const damages = damagesAfter(
    'UPDATE record SET sequence = 9999 WHERE sequence = 5',
    'UPDATE record SET sequence = 5 WHERE sequence = 25',
    'UPDATE record SET sequence = 25 WHERE sequence = 9999',
  );
  expect(damages).toContainEqual({ kind: 'swapped', from: 5, to: 25 });
  expect(damages).toContainEqual({ kind: 'swapped', from: 25, to: 5 });
});

test('a record of another epoch is a replay', async () => {
  await write(10);
  const damages = damagesAfter(
    `INSERT INTO epoch (epoch, station, first, previous) SELECT randomblob(16), 'station-1', 11, link FROM record WHERE sequence = 10`,
    `UPDATE segment SET epoch = 2`,
  );
  expect(damages.some(({ kind }) => kind === 'replayed')).toBe(true);
  expect(damages.some(({ kind }) => kind === 'signature')).toBe(true);
});

test("another station's journal put in place is named, and so are its signatures", async () => {
  await write(10, true, path, 'station-2');
  expect(verify().damages).toEqual([{ kind: 'station', from: 1, to: 1 }]);
  const { privateKey: theirs } = generateKeyPairSync('ed25519');
  const damages = verify({ station: null, verifyingKey: createPublicKey(theirs) }).damages;
  expect(damages).toEqual([{ kind: 'signature', from: 1, to: 10 }]);
});

test('a segment whose key or context was exchanged is not as it was signed', async () => {
  await write(30);
  expect(damagesAfter(`UPDATE segment SET enc = zeroblob(32) WHERE first = 11`)).toEqual([
    { kind: 'signature', from: 11, to: 20 },
  ]);
});

test('a signature that was taken off is missed', async () => {
  await write(30);
  expect(damagesAfter('UPDATE segment SET signature = NULL, last = NULL WHERE first = 11')).toEqual(
    [{ kind: 'signature', from: 11, to: 20 }],
  );
});

test('a record that is not padded is named', async () => {
  await write(30);
  const damages = damagesAfter('UPDATE record SET sealed = zeroblob(900) WHERE sequence = 7');
  expect(damages).toContainEqual({ kind: 'length', from: 7, to: 7 });
});

test('a record appended by somebody else is beyond the head', async () => {
  await write(30);
  const damages = damagesAfter('INSERT INTO record SELECT 31, link, sealed FROM record LIMIT 1');
  expect(damages).toEqual([{ kind: 'beyond-head', from: 31, to: 31 }]);
});

test('a restored older copy ends before a head known from elsewhere', async () => {
  await write(20);
  copyFileSync(path, `${path}.old`);
  const journal = openJournal({
    ...{ path, key: KEY, station: 'station-1', recipient, signingKey },
    ...{ clock: new VirtualClock(), onEvent: () => {}, ballastBytes: 0 },
  });
  journal.append(() => actionRecord(null));
  const knownHead = journal.head();
  journal.close();
  expect(verify({ knownHead }).damages).toEqual([]);
  copyFileSync(`${path}.old`, path);
  expect(verify().damages).toEqual([]);
  expect(verify({ knownHead }).damages).toEqual([{ kind: 'behind', from: 21, to: 21 }]);
  const again = openJournal({
    ...{ path, key: KEY, station: 'station-1', recipient, signingKey },
    ...{ clock: new VirtualClock(), onEvent: () => {}, ballastBytes: 0 },
  });
  again.append(() => actionRecord(null));
  again.close();
  expect(verify({ knownHead }).damages).toEqual([{ kind: 'forked', from: 21, to: 21 }]);
});

test('a deleted journal is forked from the head known of the old one', async () => {
  await write(5);
  const { head } = verify();
  const knownHead = parseKnownHead(`${head?.epoch}:${head?.sequence}:${head?.link}`);
  expect(knownHead?.sequence).toBe(5);
  rmSync(path);
  await write(5);
  expect(verify({ knownHead }).damages).toEqual([{ kind: 'forked', from: 5, to: 5 }]);
});

test('a head that is none is refused', () => {
  for (const text of ['', '1', `${'0'.repeat(32)}:0:${'0'.repeat(64)}`, 'x:1:y']) {
    expect(parseKnownHead(text)).toBeNull();
  }
  expect(parseKnownHead(`${'0'.repeat(32)}:7:${'ab'.repeat(32)}`)).toEqual({
    epoch: fromHex('0'.repeat(32)),
    sequence: 7,
    link: fromHex('ab'.repeat(32)),
  });
});

test('flipped bits on the disk are seen, wherever they are', async () => {
  await write(40);
  copyFileSync(path, `${path}.good`);
  const pages = statSync(path).size / 4096;
  let seen = 0;
  for (let page = 0; page < pages; page++) {
    copyFileSync(`${path}.good`, path);
    const file = await openFile(path, 'r+');
    const at = page * 4096 + ((page * 977) % 4096);
    const { buffer } = await file.read(Buffer.alloc(1), 0, 1, at);
    await file.write(Uint8Array.of((buffer[0] ?? 0) ^ 0x10), 0, 1, at);
    await file.close();
    try {
      expect(verify().damages, `page ${page}`).not.toEqual([]);
    } catch (error) {
      expect(error, `page ${page}: ${String(error)}`).toBeInstanceOf(StorageFault);
    }
    seen++;
  }
  expect(seen).toBeGreaterThan(10);
});
