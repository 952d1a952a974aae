import { EventEmitter, once as onceOf } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { enrolCommand } from '../../src/cli/enrol.ts';
import { openJournal } from '../../src/journal/journal.ts';
import type { Clock } from '../../src/ports/clock.ts';
import { parseConfig } from '../../src/station/config.ts';
import { type DataDirectory, openDataDirectory } from '../../src/station/data-directory.ts';
import { hasBatteryClock } from '../../src/station/durable-time.ts';
import { enrolStation } from '../../src/station/enrol-station.ts';
import { openKept, recipientFor } from '../../src/station/enrolled.ts';
import { startStation } from '../../src/station/station.ts';
import { syncOnce } from '../../src/station/sync-once.ts';
import { SyncStatus } from '../../src/station/sync-status.ts';
import { systemClock } from '../../src/station/system-clock.ts';
import { parseEnrolmentCode } from '../../src/sync/protocol/enrolment-code.ts';
import type { SyncSnapshot } from '../../src/sync/sync-loop.ts';
import { fastClock } from '../support/fast-clock.ts';
import { guarded } from '../support/guarded.ts';
import { HubRig } from '../support/hub-rig.ts';
import { actionRecord } from '../support/journal-records.ts';

const BUILD = { software: '0.1.0+test', builtMs: Date.UTC(2026, 0, 1) };
const VOUCHED = { earliestMs: Date.now(), latestMs: Date.now(), trust: 'vouched' } as const;
const never = new AbortController().signal;

let folder: string;
let data: DataDirectory;
let rig: HubRig;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'chot-sync-'));
  data = openDataDirectory(folder);
  rig = await HubRig.start(systemClock);
});
afterEach(async () => {
  await rig[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

async function enrolled(code: string, again = false) {
  return enrolStation(
    {
      ...{ data, hub: new URL(rig.origin), code: parseEnrolmentCode(code), again },
      ...{ build: BUILD, clock: systemClock },
    },
    never,
  );
}

function write(count: number): void {
  const kept = openKept(data);
  const journal = openJournal({
    ...{ path: data.journalFile, key: data.keys.database, station: 'cua-1', clock: systemClock },
    recipient: recipientFor(kept, undefined, VOUCHED),
    ...{ signingKey: data.keys.stationSigning, onEvent: () => {}, ballastBytes: 0 },
  });
  for (let index = 0; index < count; index++) journal.append(() => actionRecord(null));
  journal.close();
  kept.close();
}

function once(signal = never, clock: Clock = systemClock) {
  const seen: SyncSnapshot[] = [];
  const progress = (snapshot: SyncSnapshot) => void seen.push(snapshot);
  const options = { data, build: BUILD, clock, random: Math.random, progress };
  return syncOnce(options, signal).then((outcome) => ({ ...outcome, seen }));
}

test('a station enrols with its code and what it wrote is at the hub after one round', async () => {
  expect(await enrolled(await rig.invite('cua-1'))).toMatchObject({
    station: 'cua-1',
    region: 'hcm',
  });
  write(600);
  const { kind, last } = await once();
  expect(kind).toBe('done');
  expect(last).toMatchObject({ unsent: 0, refused: 0, alarms: [] });
  expect(last.versions.roles).toBeGreaterThan(0);
  write(1);
  expect(await once()).toMatchObject({ kind: 'done', last: { unsent: 0, alarms: [] } });
  expect(await rig.incidents()).toEqual([]);
});

test('a code of another hub gets nothing sent, and the station is what it was', async () => {
  const other = await HubRig.start(systemClock);
  const code = await other.invite('cua-1');
  await expect(enrolled(code)).rejects.toThrow('not the one that printed the code');
  await other[Symbol.asyncDispose]();
  await expect(once()).rejects.toThrow('belongs to no hub yet');
});

test('a code is good once, and an enrolled station refuses another without being told to', async () => {
  const code = await rig.invite('cua-1');
  await enrolled(code);
  await expect(enrolled(code)).rejects.toThrow('already: chot enrol --again');
  await expect(enrolled(code, true)).rejects.toThrow('the hub refused');
  expect(await once()).toMatchObject({ kind: 'done' });
  expect(await enrolled(await rig.invite('cua-1'), true)).toMatchObject({ station: 'cua-1' });
  expect(await once()).toMatchObject({ kind: 'done' });
});

test('without its hub a round ends and says so, and later everything is there', async () => {
  await enrolled(await rig.invite('cua-1'));
  write(3);
  const port = Number(new URL(rig.origin).port);
  await rig.end();
  expect(await once(never, fastClock(20))).toMatchObject({ kind: 'down', last: { unsent: 1 } });
  await rig.begin({ http: { host: '127.0.0.1', port, names: ['localhost', '127.0.0.1'] } });
  expect(await once()).toMatchObject({ kind: 'done', last: { unsent: 0 } });
});

test('a running station needs no sealTo once it is enrolled, sends what it wrote and hears when asked', async () => {
  await enrolled(await rig.invite('cua-1'));
  write(5);
  const toml = `[station]\nid = "cua-1"\nname = "Cua 1"\n[hub]\nurl = "${new URL(rig.origin).origin}"\n[http]\nport = 0\n[[lane]]\nid = "lane-1"\nname = "Lan 1"\n`;
  const stop = new AbortController();
  const events: Record<string, unknown>[] = [];
  const said = new EventEmitter();
  const station = await startStation(
    {
      manager: null,
      ...{ config: parseConfig(toml, 'station.toml'), folder, data, build: BUILD, demo: false },
      ...{ clock: systemClock, random: Math.random },
      readers: { emulated: new Map(), pcscSocket: null },
      log: (line) => {
        events.push(line);
        said.emit(String(line['event']), line);
      },
    },
    stop.signal,
  );
  if (!events.some(({ event, state }) => event === 'hub-line' && state === 'up')) {
    await guarded('the hub answers', onceOf(said, 'hub-line'));
  }
  const status = new SyncStatus(data.runFolder);
  status.ask();
  await guarded('everything is sent', untilSent(status));
  expect(status.isHeard).toBe(true);
  stop.abort();
  await station.ended;
  expect(events.filter(({ event }) => event === 'sync-alarm' || event === 'bug')).toEqual([]);
});

async function untilSent(status: SyncStatus): Promise<void> {
  while (status.read()?.isCurrent !== true) await systemClock.sleep(50, never);
}

test('whoever enrols a machine whose clock is most of a year off is told so in a sentence', async () => {
  const ahead = 300 * 86_400_000;
  const other = await HubRig.start({
    wallMs: () => systemClock.wallMs() + ahead,
    monoMs: () => systemClock.monoMs(),
    sleep: (ms, signal) => systemClock.sleep(ms, signal),
  });
  const told: string[] = [];
  const command = enrolCommand({
    ...{ stdin: Readable.from([await other.invite('cua-1')]), env: {}, signal: never },
    ...{ out: () => {}, tell: (line: string) => void told.push(line), exit: () => {} },
  });
  const args = ['--hub', other.origin.origin, '--code', '-', '--data', folder];
  const enrolling = command.parseAsync(args, { from: 'user' });
  if (hasBatteryClock()) {
    await expect(enrolling).rejects.toThrow(/this machine's date is .*set it/);
  } else {
    await enrolling;
    expect(told.join('\n')).toMatch(
      /clock is 300 days behind the time that the hub signed.*set it/,
    );
  }
  await other[Symbol.asyncDispose]();
});
