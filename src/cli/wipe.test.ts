import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { actionRecord } from '../../test/support/journal-records.ts';
import { VirtualClock } from '../../test/support/virtual-clock.ts';
import { openJournal } from '../journal/journal.ts';
import { generateRecipient } from '../journal/recipient.ts';
import { ConfigError, InputError } from '../kernel/errors.ts';
import { openDataDirectory } from '../station/data-directory.ts';
import { lockDataDirectory } from '../station/data-lock.ts';
import { wipeCommand } from './wipe.ts';

let data: string;
beforeEach(() => {
  data = join(mkdtempSync(join(tmpdir(), 'chot-wipe-')), 'data');
});
afterEach(() => rmSync(join(data, '..'), { recursive: true, force: true }));

async function run(typed: string, ...args: string[]) {
  const lines: string[] = [];
  const told: string[] = [];
  let exit: number | null = null;
  const command = wipeCommand({
    stdin: Readable.from([typed]),
    out: (line) => lines.push(line),
    tell: (line) => told.push(line),
    env: { CHOT_DATA: data },
    signal: new AbortController().signal,
    exit: (code) => {
      exit = code;
    },
  });
  await command.parseAsync(args, { from: 'user' });
  return { lines, told: told.join('\n'), exit };
}

/** Three records in a closed segment; `sent`: the hub has them. */
function makeStation(sent: boolean): void {
  const { journalFile, keys, path } = openDataDirectory(data);
  const journal = openJournal({
    ...{ path: journalFile, key: keys.database, station: 'station-1', clock: new VirtualClock() },
    ...{ recipient: generateRecipient('hub-1').recipient, signingKey: keys.stationSigning },
    ...{ ballastBytes: 0, onEvent: () => {} },
  });
  journal.appendAll(Array(3).fill(() => actionRecord(null)));
  const closing = { sequence: 3, link: new Uint8Array(32) };
  const epoch = journal.epoch()?.epoch ?? new Uint8Array();
  journal.startEpoch('conflict', closing);
  if (sent) {
    journal.uploads.acknowledge({ epoch, first: 1, receipt: Uint8Array.of(1), atMs: 0 });
  }
  journal.close();
  mkdirSync(join(path, 'trust'));
  writeFileSync(join(path, 'trust', 'store'), 'x');
  writeFileSync(join(path, 'time.json'), '{}');
  writeFileSync(join(path, 'keys', '.db.key.1.new'), 'draft');
}

test('keys go first, then journal, registers, trust and the rest; unsent records make it exit 3', async () => {
  makeStation(false);
  const { lines, told, exit } = await run('station-1\n', '--json');
  expect(told).toMatch(/station station-1, 3 record\(s\), of which the hub never got 3/);
  expect(exit).toBe(3);
  const said = JSON.parse(lines[0] ?? '');
  expect(said).toMatchObject({ station: 'station-1', records: 3, unsentRecords: 3 });
  expect(said.removed).toEqual([
    ...['keys', 'journal.db', 'journal.db-wal', 'journal.db-shm'],
    ...['registers', 'trust', 'run', 'time.json'],
  ]);
  expect(readdirSync(data)).toEqual(['station.lock']);
});

test('what the hub has got is no loss: exit 0, the id given as an option', async () => {
  makeStation(true);
  const { told, exit } = await run('', '--yes-wipe', 'station-1');
  expect(told).toMatch(/of which the hub has every one/);
  expect(exit).toBe(0);
  expect(existsSync(join(data, 'keys'))).toBe(false);
});

test.each([
  ['', []],
  ['station-2\n', []],
  ['yes\n', []],
  ['station-1\n', ['--yes-wipe', 'station-2']],
])('another id than the station’s, %j %j, destroys nothing', async (typed, args) => {
  makeStation(false);
  await expect(run(typed, ...args)).rejects.toThrow(InputError);
  expect(existsSync(join(data, 'keys', 'db.key'))).toBe(true);
  expect((await run('station-1\n')).exit).toBe(3);
});

test('while a daemon runs on the directory nothing is destroyed', async () => {
  makeStation(false);
  const lock = lockDataDirectory(data);
  await expect(run('station-1\n')).rejects.toThrow(/another station runs/);
  expect(existsSync(join(data, 'keys', 'db.key'))).toBe(true);
  lock.release();
});

test('a folder that is no data directory is left alone', async () => {
  mkdirSync(join(data, 'keys'), { recursive: true });
  writeFileSync(join(data, 'keys', 'house'), 'x');
  await expect(run('unknown\n')).rejects.toThrow(ConfigError);
  expect(readdirSync(join(data, 'keys'))).toEqual(['house']);
});

test('a journal that cannot be read, or a wipe that was interrupted, is wiped as unknown', async () => {
  makeStation(false);
  rmSync(join(data, 'keys', 'db.key'));
  const { told, exit } = await run('unknown\n');
  expect(told).toMatch(/cannot be read.*\(unknown\)/s);
  expect(exit).toBe(3);
  expect(readdirSync(data)).toEqual(['station.lock']);
});
