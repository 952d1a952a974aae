import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { setMandate } from '../../src/hub/statements-desk.ts';
import { dayOf, dayToIso } from '../../src/kernel/calendar.ts';
import { parseConfig } from '../../src/station/config.ts';
import { type DataDirectory, openDataDirectory } from '../../src/station/data-directory.ts';
import { enrolStation } from '../../src/station/enrol-station.ts';
import type { LaneView } from '../../src/station/http/lane-shape.ts';
import { type RunningStation, startStation } from '../../src/station/station.ts';
import { parseEnrolmentCode } from '../../src/sync/protocol/enrolment-code.ts';
import { guarded } from '../support/guarded.ts';
import { HubRig } from '../support/hub-rig.ts';
import { listed, nthNumber, publishRows } from '../support/publish-at-hub.ts';
import { ShiftedClock } from '../support/shifted-clock.ts';

const DAY_MS = 86_400_000;
const BUILD = { software: '0.1.0+test', builtMs: Date.UTC(2026, 0, 1) };
const TOML =
  '[station]\nid = "cua-1"\nname = "Cua 1"\n[http]\nport = 0\n[[lane]]\nid = "lane-1"\nname = "Lan 1"\n[policy]\nregisters = ["f0"]\n';
const never = new AbortController().signal;

let folder: string;
let data: DataDirectory;
let clock: ShiftedClock;
let rig: HubRig;
let stop: AbortController;
let station: RunningStation | null;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'chot-mandate-'));
  data = openDataDirectory(join(folder, 'cua-1'));
  clock = new ShiftedClock();
  rig = await HubRig.start(clock);
  stop = new AbortController();
  station = null;
});
afterEach(async () => {
  stop.abort();
  await station?.ended;
  await rig[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

async function start(): Promise<void> {
  station = await startStation(
    {
      manager: null,
      ...{ config: parseConfig(TOML, 'station.toml'), folder, data, build: BUILD, demo: false },
      ...{ clock, random: () => 0, log: () => {} },
      readers: { emulated: new Map(), pcscSocket: null },
    },
    stop.signal,
  );
}

async function mandate(untilDay: number): Promise<void> {
  const { store, hub } = rig;
  const deps = { store, clock, signer: hub.desks.signer };
  await setMandate(deps, 'hcm', { fromDay: 0, untilDay, purpose: 'dịch tễ', legalText: 'QĐ 00' });
  await hub.refresh();
}

async function until(what: string, isSo: (view: LaneView) => boolean): Promise<LaneView> {
  const [lane] = station?.lanes ?? [];
  if (lane === undefined) throw new Error('no station');
  const end = new AbortController();
  const come = (async () => {
    while (!isSo(lane.view()) && !end.signal.aborted) await clock.sleep(50, end.signal);
    return lane.view();
  })();
  try {
    return await guarded(what, come);
  } catch (error) {
    throw new Error(`${String(error)}: ${JSON.stringify(lane.view())}`);
  } finally {
    end.abort();
  }
}

const stateOf = ({ registers }: LaneView) =>
  registers.find(({ register }) => register === 'f0')?.state;
const files = () => readdirSync(data.registersFolder).filter((name) => name.endsWith('.db'));

test('past its last day the mandate takes the lists off the station, the screen says so, and a new one brings them back', async () => {
  const today = dayOf(clock.wallMs());
  const code = parseEnrolmentCode(await rig.invite('cua-1'));
  await enrolStation({ data, hub: rig.origin, code, again: false, build: BUILD, clock }, never);
  await mandate(today + 1);
  await publishRows(rig, [listed(nthNumber(1))]);
  await start();
  const inForce = await until('the list is there', (view) => stateOf(view) === 'fresh');
  expect(inForce.hub?.mandate).toBeNull();
  expect(files().some((name) => name.startsWith('f0.'))).toBe(true);
  // Nobody tells the station: it hears the time, and the days are over.
  clock.skip(2 * DAY_MS);
  const over = await until(
    'the lists are gone',
    (view) =>
      view.hub?.mandate?.state === 'over' && files().every((name) => !name.startsWith('f0.')),
  );
  expect(over.hub?.mandate).toEqual({
    state: 'over',
    from: '1970-01-01',
    until: dayToIso(today + 1),
  });
  expect(stateOf(over)).toBe('absent');
  await mandate(today + 30);
  // Two days old by now.
  const again = await until('the list is back', (view) => stateOf(view) === 'ageing');
  expect(again.hub?.mandate).toBeNull();
});
