import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { actionRecord, passageRecord } from '../../test/support/journal-records.ts';
import { VirtualClock } from '../../test/support/virtual-clock.ts';
import { openJournal } from '../journal/journal.ts';
import { generateRecipient, parseSealTo } from '../journal/recipient.ts';
import { decodeSegment } from '../journal/segment.ts';
import { ConfigError } from '../kernel/errors.ts';
import { openDataDirectory } from '../station/data-directory.ts';
import { journalCommand } from './journal.ts';

let folder: string;
let data: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'chot-cli-journal-'));
  data = join(folder, 'data');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function run(...args: string[]) {
  const lines: string[] = [];
  const told: string[] = [];
  let exit: number | null = null;
  const command = journalCommand({
    stdin: Readable.from([]),
    out: (line) => lines.push(line),
    tell: (line) => told.push(line),
    env: { CHOT_DATA: data },
    signal: new AbortController().signal,
    exit: (code) => {
      exit = code;
    },
  });
  await command.parseAsync(args, { from: 'user' });
  return { lines, told, exit };
}

/** A pass, a stop, and one record more in a segment that is still open when `close` is false. */
async function writeJournal(close = true): Promise<string> {
  const keyFile = join(folder, 'hub.pem');
  const { lines } = await run('recipient', 'hub-1', keyFile);
  const { journalFile, keys } = openDataDirectory(data);
  const clock = new VirtualClock();
  const journal = openJournal({
    ...{ path: journalFile, key: keys.database, station: 'station-1', clock },
    ...{ recipient: parseSealTo(lines[0] ?? ''), signingKey: keys.stationSigning },
    ballastBytes: 0,
    onEvent: () => {},
  });
  journal.append((at) => passageRecord(at));
  journal.append((at) => passageRecord(at, { verdict: 'stop', reasons: ['status.f0'] }));
  await clock.advance(60_000);
  journal.tick(false);
  journal.append(() => actionRecord(2, 'turn-back'));
  if (close) journal.close();
  return keyFile;
}

test('the private key goes into a new file of its owner alone, the line for sealTo to standard output', async () => {
  const keyFile = await writeJournal();
  expect(statSync(keyFile).mode & 0o777).toBe(0o600);
  await expect(run('recipient', 'hub-1', keyFile)).rejects.toThrow(/cannot be made \(EEXIST\)/);
});

test('a whole journal verifies with exit 0, an opened one shows passes and stops', async () => {
  const keyFile = await writeJournal();
  const verified = await run('verify', '--json', '--station', 'station-1');
  expect(verified.exit).toBe(0);
  expect(JSON.parse(verified.lines[0] ?? '')).toMatchObject({ records: 3, damages: [] });
  expect((await run('verify')).lines).toEqual(['whole: 3 records in 2 segments']);
  const { lines } = await run('export', '-', '--open', keyFile);
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([
    { type: 'passage', sequence: 1, verdict: 'pass' },
    { type: 'passage', sequence: 2, verdict: 'stop', reasons: ['status.f0'] },
    { type: 'action', sequence: 3, action: 'turn-back', station: 'station-1' },
  ]);
});

test('opening beside a running station shows the open segment too', async () => {
  const keyFile = await writeJournal(false);
  const { lines } = await run('export', '-', '--open', keyFile);
  expect(lines).toHaveLength(3);
  const sealed = await run('export', '-');
  expect(sealed.lines).toHaveLength(1);
  expect(sealed.told.join()).toMatch(/segment 3 is still open/);
});

test('damage gives exit 1 and its name', async () => {
  await writeJournal();
  const { exit, lines } = await run('verify', '--station', 'station-9');
  expect(exit).toBe(1);
  expect(lines[0]).toMatch(/^station +record 1$/);
});

test('a head from status is held against the journal', async () => {
  await writeJournal();
  const status = JSON.parse((await run('status', '--json')).lines[0] ?? '');
  expect(status).toMatchObject({ station: 'station-1', records: 3, segments: 2, openSegments: 0 });
  expect((await run('verify', '--head', status.head)).exit).toBe(0);
  const later = status.head.replace(':3:', ':4:');
  const { exit, lines } = await run('verify', '--head', later);
  expect(exit).toBe(1);
  expect(lines[0]).toMatch(/^behind +record 4$/);
  await expect(run('verify', '--head', 'x')).rejects.toThrow(ConfigError);
});

test('status says what the hub has, what may go, and why each epoch began', async () => {
  await writeJournal();
  const { journalFile, keys } = openDataDirectory(data);
  const journal = openJournal({
    ...{ path: journalFile, key: keys.database, station: 'station-1', clock: new VirtualClock() },
    ...{ recipient: generateRecipient('hub-2').recipient, signingKey: keys.stationSigning },
    ...{ ballastBytes: 0, onEvent: () => {} },
  });
  const epoch = journal.epoch()?.epoch ?? new Uint8Array();
  const receipt = Uint8Array.of(1);
  for (const first of [1, 3]) journal.uploads.acknowledge({ epoch, first, receipt, atMs: 0 });
  journal.startEpoch('behind', { sequence: 9, link: new Uint8Array(32).fill(1) });
  journal.append(() => actionRecord(null));
  journal.uploads.noteOpened({ epoch, through: 2, atMs: 0 });
  journal.uploads.prune({ nowMs: 86_400_000, backupIntervalMs: 0 });
  journal.close();
  const { lines } = await run('status');
  for (const line of [
    ...[/^records +2$/, /^unsent +1$/, /^stored +1$/, /^unsentRecords +1$/, /^oldest +3$/],
    ...[/^epoch \w+ from 1 \(first\): opened 2, pruned 2$/],
    ...[/^epoch \w+ from 10 \(behind\): opened -, pruned -$/],
  ]) {
    expect(lines.filter((each) => line.test(each))).toHaveLength(1);
  }
  expect((await run('verify')).lines).toEqual(['whole: 2 records in 2 segments']);
});

test('segments are exported as files that anybody can check', async () => {
  await writeJournal();
  const target = join(folder, 'out');
  const { told } = await run('export', target);
  expect(told).toEqual(['2 segment(s) exported']);
  const files = readdirSync(target).sort();
  expect(files).toHaveLength(2);
  const segment = decodeSegment(readFileSync(join(target, files[0] ?? '')));
  expect(segment).toMatchObject({ station: 'station-1', first: 1, keyId: 'hub-1' });
});

test('another private key opens nothing, says so and exits 1', async () => {
  await writeJournal();
  const other = join(folder, 'other.pem');
  await run('recipient', 'hub-2', other);
  const { lines, told, exit } = await run('export', '-', '--open', other);
  expect(lines).toEqual([]);
  expect(told[0]).toMatch(/record 1 does not open: another key than "hub-1"/);
  expect(exit).toBe(1);
});

test('opened records do not go into a folder, and a wrong folder makes no station', async () => {
  const keyFile = await writeJournal();
  await expect(run('export', join(folder, 'out'), '--open', keyFile)).rejects.toThrow(
    /give '-' with --open/,
  );
  const empty = join(folder, 'empty');
  mkdirSync(empty);
  await expect(run('status', '--data', empty)).rejects.toThrow(/no journal in/);
  expect(readdirSync(empty)).toEqual([]);
});
