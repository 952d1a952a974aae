import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { hubCommand } from '../../src/cli/hub.ts';
import { syncCommand } from '../../src/cli/sync.ts';
import { importStick } from '../../src/hub/sticks/import-stick.ts';
import { StickSocket } from '../../src/hub/sticks/stick-socket.ts';
import { openJournal } from '../../src/journal/journal.ts';
import { journalStatus } from '../../src/journal/read-journal.ts';
import { RegisterStore } from '../../src/registers/register-store.ts';
import { parseConfig } from '../../src/station/config.ts';
import { type DataDirectory, openDataDirectory } from '../../src/station/data-directory.ts';
import { hasBatteryClock } from '../../src/station/durable-time.ts';
import { enrolStation } from '../../src/station/enrol-station.ts';
import { openKept, recipientFor } from '../../src/station/enrolled.ts';
import { startStation } from '../../src/station/station.ts';
import { systemClock } from '../../src/station/system-clock.ts';
import type { ImportOutcome } from '../../src/sync/bundle/import-bundle.ts';
import { parseEnrolmentCode } from '../../src/sync/protocol/enrolment-code.ts';
import { HubRig } from '../support/hub-rig.ts';
import { actionRecord } from '../support/journal-records.ts';

const BUILD = { software: '0.1.0+test', builtMs: Date.UTC(2026, 0, 1) };
const VOUCHED = { earliestMs: Date.now(), latestMs: Date.now(), trust: 'vouched' } as const;
const HEADER = 'number,status,from,until,source';
const never = new AbortController().signal;

let folder: string;
let stick: string;
let data: DataDirectory;
let rig: HubRig;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'chot-stick-'));
  stick = join(folder, 'stick');
  data = openDataDirectory(join(folder, 'cua-1'));
  rig = await HubRig.start(systemClock);
});
afterEach(async () => {
  await rig[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

async function enrol(into: DataDirectory, station: string): Promise<void> {
  const code = parseEnrolmentCode(await rig.invite(station));
  const hub = new URL(rig.origin);
  await enrolStation(
    { data: into, hub, code, again: false, build: BUILD, clock: systemClock },
    never,
  );
}

async function publish(numbers: readonly string[]): Promise<void> {
  const { registerDesk } = rig.hub.desks;
  const rows = numbers.map((number) => `${number},active,2026-01-01,2026-12-31,CDC`);
  const imported = await registerDesk.import(
    {
      ...{ region: 'hcm', register: 'f0', mode: 'add', format: 'csv', operator: 'an' },
      ...{ asOfMs: Date.now(), input: Readable.from([Buffer.from([HEADER, ...rows].join('\n'))]) },
    },
    never,
  );
  if (imported.kind !== 'preview') throw new Error(JSON.stringify(imported));
  await registerDesk.publish(imported.preview.batch, 'an');
}

/** Segments of up to 256 records, the last one closed with the journal. */
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

type Ran = { readonly out: readonly string[]; readonly code: number };

async function run(make: typeof hubCommand, args: readonly string[]): Promise<Ran> {
  const out: string[] = [];
  let code = 0;
  const command = make({
    stdin: Readable.from(['']),
    out: (line) => out.push(line),
    tell: () => {},
    env: { USER: 'an' },
    signal: never,
    exit: (status) => {
      code = status;
    },
  });
  await command.parseAsync([...args], { from: 'user' });
  return { out, code };
}
const station = (...args: string[]) => run(syncCommand, [...args, '--data', data.path, '--json']);
const hub = (...args: string[]) =>
  run(hubCommand, [...args, '--data', rig.directory.path, '--json']);
const toStick = () => hub('bundle', stick, '--station', 'cua-1');
async function fromStick(from = stick): Promise<ImportOutcome & { readonly code: number }> {
  const { out, code } = await station('import', from, '--confirm-time');
  return { ...(JSON.parse(out[0] ?? '') as ImportOutcome), code };
}
const outcomes = ({ steps }: ImportOutcome) =>
  Object.fromEntries(steps.map(({ what, outcome, code }) => [what, code ?? outcome]));
const status = () => journalStatus(data.journalFile, data.keys.database);

/** By the registers that are in force, as a lane would ask. */
function isListed(number: string): boolean {
  const { keys, regionKeys } = openDataDirectory(data.path);
  const region = regionKeys.read(1);
  if (region === null) throw new Error('no region key');
  const store = new RegisterStore(data.registersFolder, { databaseKey: keys.database, region });
  try {
    return store.lookup('f0', 'number', number).length > 0;
  } finally {
    store.close();
  }
}

test('a station that never had a line gets its registers and lets go of what it carried out', async () => {
  await enrol(data, 'cua-1');
  await publish(['001099000001']);
  await rig.end();
  write(600);
  const { out: exported } = await station('export', stick);
  expect(JSON.parse(exported[0] ?? '')).toMatchObject({ written: 3, there: 0 });
  const { out, code } = await hub('import', stick);
  expect(code).toBe(0);
  expect(JSON.parse(out[0] ?? '')).toMatchObject({
    ...{ stored: 3, known: 0, refusedCount: 0, heads: { 'cua-1': 600 } },
  });
  await toStick();
  const taken = await fromStick();
  expect(outcomes(taken)).toEqual({
    ...{ roles: 'unchanged', time: expect.any(String), heads: 'taken', receipts: 'taken' },
    ...{ 'region-key': 'taken', manifest: 'taken', registers: 'taken' },
  });
  expect(taken).toMatchObject({ code: 0, problem: null });
  // What is left is the word of whoever confirmed the time, for the next stick.
  expect(status()).toMatchObject({ unsent: 1, unsentRecords: 1, stored: 3 });
  expect(isListed('001099000001')).toBe(true);
  expect(isListed('001099000002')).toBe(false);
  const proof = await hub('prove', 'cua-1');
  expect(proof.code).toBe(0);
  expect(JSON.parse(proof.out[0] ?? '')).toMatchObject({
    ...{ isWhole: true, epochs: [{ records: 600, through: 600, provenHead: { sequence: 600 } }] },
  });
  await rig.begin();
});

test('sticks that come again, late or in another order change nothing', async () => {
  await enrol(data, 'cua-1');
  await publish(['001099000001']);
  write(300);
  await station('export', stick);
  await rig.end();
  await hub('import', stick);
  await toStick();
  const early = join(folder, 'early');
  mkdirSync(early);
  copyFileSync(join(stick, 'cua-1.down'), join(early, 'cua-1.down'));
  await rig.begin();
  await publish(['001099000002']);
  await rig.end();
  const again = JSON.parse((await hub('import', stick)).out[0] ?? '');
  expect(again).toMatchObject({ stored: 0, known: 2, refusedCount: 0 });
  await toStick();
  expect((await fromStick()).code).toBe(0);
  const before = status();
  expect(outcomes(await fromStick())).toEqual({
    ...{ roles: 'unchanged', time: expect.any(String), heads: 'unchanged' },
    ...{ receipts: 'unchanged', manifest: 'unchanged', registers: 'unchanged' },
  });
  const late = await fromStick(early);
  expect(outcomes(late)).toMatchObject({ manifest: 'manifest.older', receipts: 'unchanged' });
  expect(late.code).toBe(3);
  expect(before).toMatchObject({ unsentRecords: 1, stored: 2 });
  expect(status()).toMatchObject({ unsentRecords: 3, stored: 2 });
  const exported = JSON.parse((await station('export', stick)).out[0] ?? '');
  expect(exported).toMatchObject({ written: 3, there: 0 });
  await rig.begin();
});

test.skipIf(hasBatteryClock())(
  'without a time that anybody answers for nothing is believed',
  async () => {
    await enrol(data, 'cua-1');
    await publish(['001099000001']);
    await rig.end();
    await toStick();
    const { out, code } = await station('import', stick);
    expect(code).toBe(3);
    expect(outcomes(JSON.parse(out[0] ?? '') as ImportOutcome)).toMatchObject({
      manifest: 'key-term',
    });
    expect(outcomes(await fromStick())).toMatchObject({ registers: 'taken' });
    await rig.begin();
  },
);

test('what is of another station, cut or altered is refused by name', async () => {
  await enrol(data, 'cua-1');
  await enrol(openDataDirectory(join(folder, 'cua-2')), 'cua-2');
  await publish(['001099000001']);
  write(10);
  await station('export', stick);
  await rig.end();
  await hub('import', stick);
  await toStick();
  await hub('bundle', stick, '--station', 'cua-2');
  const file = join(stick, 'cua-1.down');
  const good = readFileSync(file);
  copyFileSync(join(stick, 'cua-2.down'), file);
  await expect(fromStick()).rejects.toThrow('expected one for cua-1, it is for cua-2');
  writeFileSync(file, good.with(good.length - 200, (good.at(-200) ?? 0) ^ 1));
  expect(await fromStick()).toMatchObject({ code: 4, problem: { code: 'bundle.sealed' } });
  // Receipts lie in front, and count also when the rest does not.
  expect(status()).toMatchObject({ unsentRecords: 1 });
  writeFileSync(file, good.subarray(0, good.length - 10));
  const cut = await fromStick();
  expect(cut).toMatchObject({ code: 4, problem: { code: 'bundle.cut' } });
  expect(Object.keys(outcomes(cut)).sort()).toEqual(['heads', 'receipts']);
  expect(readdirSync(data.registersFolder)).toEqual([]);
  await rig.begin();
});

test('segments that were altered, renamed or are of nobody stop no other one', async () => {
  await enrol(data, 'cua-1');
  write(600);
  await station('export', stick);
  await rig.end();
  const [one = '', two = ''] = readdirSync(stick).filter((name) => name.endsWith('.segment'));
  const bytes = readFileSync(join(stick, one));
  writeFileSync(join(stick, one), bytes.with(bytes.length - 3, (bytes.at(-3) ?? 0) ^ 1));
  copyFileSync(join(stick, two), join(stick, two.replace('cua-1', 'cua-9')));
  writeFileSync(join(stick, 'cua-8.report'), 'x');
  const { out, code } = await hub('import', stick);
  const { stored, refused } = JSON.parse(out[0] ?? '') as {
    stored: number;
    refused: readonly { readonly code: string }[];
  };
  expect({ stored, code }).toEqual({ stored: 2, code: 3 });
  expect(refused.map((each) => each.code).sort()).toEqual([
    'report.malformed',
    'segment.signature',
    'station.unknown',
  ]);
  const proof = await hub('prove', 'cua-1');
  expect(proof.code).toBe(3);
  expect(JSON.parse(proof.out[0] ?? '')).toMatchObject({
    ...{ isWhole: false, epochs: [{ gapCount: 1, gaps: [{ from: 1, to: 256 }] }] },
  });
  await rig.begin();
});

test('a running hub takes a stick, and a running station takes what comes back', async () => {
  await enrol(data, 'cua-1');
  await publish(['001099000001']);
  write(300);
  await station('export', stick);
  const imported = await importStick(
    {
      ...{ folder: stick, port: new StickSocket(rig.directory.stickSocket), clock: systemClock },
      progress: () => {},
    },
    never,
  );
  expect(imported).toMatchObject({ stored: 2, refusedCount: 0 });
  await toStick();
  await rig.end();
  const toml =
    '[station]\nid = "cua-1"\nname = "Cua 1"\n[http]\nport = 0\n[[lane]]\nid = "lane-1"\nname = "Lan 1"\n';
  const stop = new AbortController();
  const bugs: unknown[] = [];
  const running = await startStation(
    {
      manager: null,
      ...{ config: parseConfig(toml, 'station.toml'), folder, data, build: BUILD, demo: false },
      ...{ clock: systemClock, random: Math.random },
      readers: { emulated: new Map(), pcscSocket: null },
      log: (line) => {
        if (line['event'] === 'bug') bugs.push(line);
      },
    },
    stop.signal,
  );
  try {
    const taken = await fromStick();
    expect(outcomes(taken)).toMatchObject({ receipts: 'taken', registers: 'taken' });
    expect(status()).toMatchObject({ stored: 2, records: 301 });
  } finally {
    stop.abort();
    await running.ended;
  }
  expect(bugs).toEqual([]);
  await rig.begin();
});
