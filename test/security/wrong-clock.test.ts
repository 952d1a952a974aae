import { existsSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { LaneView } from '../../src/station/http/lane-shape.ts';
import { StationBench, type StationProcess } from '../support/station-process.ts';

const LIBRARY = ['/usr/lib/x86_64-linux-gnu', '/usr/lib/aarch64-linux-gnu']
  .map((folder) => `${folder}/faketime/libfaketime.so.1`)
  .find((path) => existsSync(path));
const named = (name: string) =>
  LIBRARY === undefined ? `${name} (SKIPPED: no libfaketime)` : name;
const faked = (name: string, run: () => Promise<void>) =>
  test.skipIf(LIBRARY === undefined)(named(name), run);

const DAY_MS = 86_400_000;
const F0 = '001200000001';
/** In force today; over in the eyes of a clock 30 days ahead. */
const F0_SHORT = '001200000025';
const CLEAN = '001200000009';

let bench: StationBench;
beforeEach(async () => {
  bench = await StationBench.make();
  const soonOver = new Date(Date.now() + 10 * DAY_MS).toISOString().slice(0, 10);
  const imported = await bench.importRegister('f0', [
    `${F0},active,2026-01-01,2099-12-31,CDC`,
    `${F0_SHORT},active,2026-01-01,${soonOver},CDC`,
  ]);
  expect(imported.code).toBe(0);
  // A day lived with the right time: a pass is possible, and the floor is set.
  const station = await bench.start();
  const page = await station.enter();
  await page.act('confirm-time', null);
  expect(await verdictOf(station, CLEAN)).toBe('pass');
  expect(await verdictOf(station, F0_SHORT)).toBe('stop');
  expect(await station.stop()).toBe(0);
});
afterEach(() => bench.remove());

faked('30 days ahead: nobody passes, not even where an officer confirms that date', async () => {
  const station = await startAt('+30d');
  const page = await station.enter();
  expect(offsetDays(await page.lane())).toBeGreaterThan(29);
  await expectNobodyPasses(station);
  expect(await page.act('confirm-time', null)).toBe(204);
  const view = await page.until('the date is confirmed', ({ time }) => time.trust === 'carried');
  expect(view.registers).toContainEqual(
    expect.objectContaining({ register: 'f0', state: 'expired' }),
  );
  await expectNobodyPasses(station);
  expect(await verdictOf(station, F0)).toBe('stop');
  expect(await station.stop()).toBe(0);
});

faked('30 days behind: time is unset, cannot be confirmed, and nobody passes', async () => {
  const station = await startAt('-30d');
  const page = await station.enter();
  const { time } = await page.lane();
  expect(time.trust).toBe('unset');
  // What was lived through already is the floor: no screen and no record goes back behind it.
  expect(offsetDays(await page.lane())).toBeGreaterThan(-1);
  expect(await page.act('confirm-time', null)).toBe(409);
  await expectNobodyPasses(station);
  expect(await verdictOf(station, F0)).toBe('stop');
  expect(await station.stop()).toBe(0);
  // The single guess may step back within the interval, its early end never.
  const earliest = (await bench.openJournal()).map(({ earliestMs }) => earliestMs);
  expect(earliest).toEqual(earliest.toSorted((a, b) => a - b));
});

function startAt(offset: string): Promise<StationProcess> {
  return bench.start({
    // Node's timers stop when the monotonic clock is faked too.
    env: { LD_PRELOAD: LIBRARY ?? '', FAKETIME: offset, FAKETIME_DONT_FAKE_MONOTONIC: '1' },
  });
}

function offsetDays({ time }: LaneView): number {
  return (time.nowMs - Date.now()) / DAY_MS;
}

async function expectNobodyPasses(station: StationProcess): Promise<void> {
  for (const number of [CLEAN, F0, F0_SHORT]) {
    expect(await verdictOf(station, number), number).not.toBe('pass');
  }
}

/** Shows a number, sees the answer, and turns the person back. */
async function verdictOf(station: StationProcess, number: string): Promise<string | undefined> {
  const page = await station.enter();
  const isNew = ({ current }: LaneView) =>
    current !== null && current.staff === null && current.subject.number === number;
  expect((await station.present(number)).status).toBe(202);
  const { current } = await page.until(`the verdict on ${number}`, isNew);
  await page.act('turn-back', current?.ordinal ?? null);
  await page.until('turned back', (view) => !isNew(view));
  return current?.verdict;
}
