import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { cccdPayload, type Person, syntheticPeople } from '../../fixtures/people.ts';
import { parseConfig } from '../../src/station/config.ts';
import { openDataDirectory } from '../../src/station/data-directory.ts';
import { enrolStation } from '../../src/station/enrol-station.ts';
import type { LaneService } from '../../src/station/lane-service.ts';
import { pinVerifier } from '../../src/station/officers.ts';
import { type RunningStation, startStation } from '../../src/station/station.ts';
import { SyncStatus } from '../../src/station/sync-status.ts';
import { parseEnrolmentCode } from '../../src/sync/protocol/enrolment-code.ts';
import { guarded } from '../support/guarded.ts';
import { HubRig, REGION } from '../support/hub-rig.ts';
import { day, listed, publishRows } from '../support/publish-at-hub.ts';
import { ShiftedClock } from '../support/shifted-clock.ts';

const BUILD = { software: '0.1.0+test', builtMs: Date.UTC(2026, 0, 1) };
const HOUR_MS = 3_600_000;
const PIN = '2468';
/** Cheap: how well it is kept is tried elsewhere. */
const PIN_LOG_N = 4;
const [person, stranger] = syntheticPeople('lists', 2) as [Person, Person];
const never = new AbortController().signal;

let clock: ShiftedClock;
let rig: HubRig;
let station: RunningStation;
let lane: LaneService;
let stop: AbortController;
let runFolder: string;
const bugs: unknown[] = [];
beforeEach(async () => {
  clock = new ShiftedClock();
  rig = await HubRig.start(clock);
  const { version } = await publishRows(rig, [listed(person.number)]);
  stop = new AbortController();
  station = await started();
  lane = station.lanes[0] as LaneService;
  await inForce(version);
});
afterEach(async () => {
  stop.abort();
  await guarded('the station ends', station.ended);
  await rig[Symbol.asyncDispose]();
  expect(bugs.splice(0)).toEqual([]);
});

/** With a file of officers of its own, in which there is only `tai-cho`. */
async function started(): Promise<RunningStation> {
  const folder = join(rig.folder, 'cua-1');
  mkdirSync(folder);
  const data = openDataDirectory(join(folder, 'data'));
  const code = parseEnrolmentCode(await rig.invite('cua-1'));
  await enrolStation(
    { data, hub: new URL(rig.origin), code, again: false, build: BUILD, clock },
    never,
  );
  const officer = `[[officer]]\nid = "tai-cho"\nname = "Tại chỗ"\npin = "${await verifier()}"\nuntil = "2099-12-31"\n`;
  writeFileSync(join(folder, 'officers.toml'), officer, { mode: 0o600 });
  const toml = [
    '[station]\nid = "cua-1"\nname = "Cửa 1"\nofficersFile = "officers.toml"',
    '[http]\nport = 0\n[policy]\nrepeatS = 0\njoinS = 1\n[[lane]]\nid = "lane-1"\nname = "Làn 1"\n',
  ].join('\n');
  ({ runFolder } = data);
  return startStation(
    {
      manager: null,
      ...{ config: parseConfig(toml, join(folder, 'station.toml')), folder, data, build: BUILD },
      ...{ clock, random: () => 0, demo: false },
      readers: { emulated: new Map(), pcscSocket: null },
      log: (line) => void (line['event'] === 'bug' && bugs.push(line)),
    },
    stop.signal,
  );
}

const verifier = () => pinVerifier(PIN, randomBytes(16), PIN_LOG_N);
const signIn = async (id: string) => (await lane.signIn(id, PIN))?.code ?? 'signed-in';
const publish = async (name: 'notices' | 'officers', rows: readonly unknown[]) =>
  inForce(await rig.hub.desks.publisher.publishList(REGION, name, JSON.stringify(rows)));
const transferUntil = (untilMs: number) => [{ number: person.number, code: 'transfer', untilMs }];

async function until(what: string, isSo: () => boolean): Promise<void> {
  const ended = new AbortController();
  const come = (async () => {
    while (!isSo() && !ended.signal.aborted) await clock.sleep(20, ended.signal);
  })();
  await guarded(what, come).finally(() => ended.abort());
}

/** What the hub has published so far is in place at the station. */
async function inForce(manifest: number): Promise<void> {
  const status = new SyncStatus(runFolder);
  await until(`manifest ${manifest}`, () => {
    const told = status.read();
    return told?.isCurrent === true && told.versions.manifest === manifest;
  });
}

/** Verdict and first reason; staff turn them back. */
async function verdict(of: Person): Promise<string> {
  const before = lane.view().current?.ordinal ?? 0;
  lane.present(cccdPayload(of, 11), 'wedge');
  await until('a verdict', () => (lane.view().current?.ordinal ?? 0) > before);
  const { current } = lane.view();
  lane.act({ action: 'turn-back', ordinal: current?.ordinal ?? null, reason: 'other' });
  // What is shown within the time for joining belongs to the passage before.
  await until('the lane is free', () => lane.view().current === null);
  return `${current?.verdict} ${current?.reasons[0]?.code}`;
}

test('a notice turns a stop into a look at once, its end brings the stop back without a message', async () => {
  await signIn('tai-cho');
  expect(await verdict(person)).toBe('stop status.f0');
  const untilMs = clock.wallMs() + HOUR_MS;
  await publish('notices', transferUntil(untilMs));
  expect(await verdict(person)).toBe('check status.f0-transfer');
  // The system's clock jumps; what the hub signs about the time is what counts.
  clock.skip(2 * HOUR_MS);
  await until('the time is known', () => lane.view().time.nowMs > untilMs);
  expect(await verdict(person)).toBe('stop status.f0');
});

test('a notice that is taken back no longer helps, and one of somebody else never does', async () => {
  await signIn('tai-cho');
  await publish('notices', transferUntil(clock.wallMs() + HOUR_MS));
  expect(await verdict(person)).toBe('check status.f0-transfer');
  await publish('notices', []);
  expect(await verdict(person)).toBe('stop status.f0');
  const other = { number: stranger.number, code: 'transfer', untilMs: clock.wallMs() + HOUR_MS };
  await publish('notices', [other]);
  expect(await verdict(person)).toBe('stop status.f0');
});

test('officers that the hub publishes take the place of the local file, until the list is withdrawn; who is taken off it is out', async () => {
  expect(await signIn('tai-cho')).toBe('signed-in');
  expect(await signIn('an')).toBe('officer.pin');
  const officer = async (id: string, until = '2099-12-31') => ({
    ...{ id, name: `Cán bộ ${id}`, role: 'staff', pin: await verifier() },
    untilDay: day(until),
  });
  const an = await officer('an');
  await publish('officers', [an, await officer('binh', '2026-11-01')]);
  expect(await signIn('an')).toBe('signed-in');
  expect(await signIn('binh')).toBe('officer.expired');
  expect(await signIn('tai-cho')).toBe('officer.pin');
  await publish('officers', [await officer('chi')]);
  expect([await signIn('an'), await signIn('chi')]).toEqual(['officer.pin', 'signed-in']);
  await publish('officers', []);
  expect([await signIn('chi'), await signIn('tai-cho')]).toEqual(['officer.pin', 'signed-in']);
});
