import { afterEach, beforeEach, expect, test } from 'vitest';
import type { OpeningsView } from '../../src/station/http/openings-shape.ts';
import type { StaffSession } from '../support/staff-session.ts';
import { StationBench } from '../support/station-process.ts';

const CLEAN = '001200000009';
const OTHER = '001200000017';

let bench: StationBench;
beforeEach(async () => {
  bench = await StationBench.make();
  await bench.importRegister('f0', ['001200000001,active,2026-01-01,2099-12-31,CDC']);
});
afterEach(() => bench.remove());

test('a daemon killed with somebody before it loses nothing and says so afterwards', async () => {
  const first = await bench.start();
  const page = await first.enter();
  expect(await page.act('emergency-open', null)).toBe(204);
  expect(await openings(page)).toMatchObject([
    { before: [{ counts: [] }], shifts: [{ listed: [{ kind: 'emergency-open' }] }] },
  ]);
  await first.present(CLEAN);
  const shown = await page.until('the passage on the screen', ({ current }) => current !== null);
  expect(shown.current?.recorded).toBe(true);
  const sequence = shown.current?.passage;
  await first.kill();

  const second = await bench.start();
  const again = await second.enter();
  const view = await again.until('the restart is told', ({ restart }) => restart !== null);
  expect(view.restart?.unfinished).toBe(1);
  expect(view.current).toBe(null);
  // The list is sealed in the journal; how often it was is not.
  expect(view.openings).toMatchObject({ untied: 0, beforeStart: 1 });
  expect(await openings(again)).toMatchObject([
    {
      before: [{ sinceMs: null, counts: [{ kind: 'emergency-open', count: 1 }] }],
      shifts: [{ listed: [] }],
    },
  ]);
  await second.present(OTHER);
  await again.until('a new passage', ({ current }) => current !== null);
  expect(await second.stop()).toBe(0);

  expect((await bench.chot(['journal', 'verify'])).code).toBe(0);
  const records = await bench.openJournal();
  expect(records).toContainEqual(
    expect.objectContaining({ type: 'end', passage: sequence, crossed: 'unknown' }),
  );
  expect(records.filter(({ type }) => type === 'passage')).toHaveLength(2);
});

async function openings(page: StaffSession): Promise<unknown> {
  const answer = await page.get('/api/v1/openings');
  return ((await answer.json()) as OpeningsView).lanes;
}

test('kills at any moment leave a journal that verifies, and every passage ends once', async () => {
  for (let round = 0; round < 3; round++) {
    const station = await bench.start();
    for (let person = 0; person < 3; person++) {
      expect((await station.present(`00120000${round}${person}09`)).status).toBe(202);
    }
    await station.kill();
  }
  await (await bench.start()).stop();

  expect((await bench.chot(['journal', 'verify'])).code).toBe(0);
  const records = await bench.openJournal();
  expect(records.map(({ sequence }) => sequence)).toEqual(records.map((_, index) => index + 1));
  const passages = records.flatMap((record) =>
    record.type === 'passage' ? [record.sequence] : [],
  );
  const ends = records.flatMap((record) => (record.type === 'end' ? [record.passage] : []));
  expect(passages.length).toBeGreaterThan(0);
  expect(ends.toSorted((a, b) => a - b)).toEqual(passages);
});
