import { expect, test } from 'vitest';
import { DEAD_MS as STATION_DEAD_MS } from '../../../src/station/http/events.ts';
import { lane, passage } from '../gallery/people.ts';
import { DEAD_MS, isDead, reduce, SILENT, type StationState, wallNow } from './station-state.ts';

const HELLO = { event: 'hello', data: { boot: 'a', software: '1' } } as const;

function told(): StationState {
  const greeted = reduce(SILENT, HELLO, 0);
  const shown = reduce(greeted, { event: 'lane', data: lane({ current: passage('pass') }) }, 10);
  return reduce(shown, { event: 'beat', data: { nowMs: 5_000 } }, 10);
}

test('the page and the station agree on when a line is dead', () => {
  expect(DEAD_MS).toBe(STATION_DEAD_MS);
});

test('a page that never heard a beat is dead', () => {
  expect(isDead(reduce(SILENT, HELLO, 0), 0)).toBe(true);
});

test('the line is alive until two seconds after the last beat and dead from then on', () => {
  expect(isDead(told(), 2_009)).toBe(false);
  expect(isDead(told(), 2_010)).toBe(true);
});

test('a lane event is no beat: news without a clock keeps nothing alive', () => {
  const later = reduce(told(), { event: 'lane', data: lane() }, 3_000);
  expect(isDead(later, 3_000)).toBe(true);
});

test('the time goes on between two beats', () => {
  expect(wallNow(told(), 760)).toBe(5_750);
  expect(wallNow(SILENT, 760)).toBeNull();
});

test('another start of the daemon forgets every lane of the one before', () => {
  const again = reduce(told(), { event: 'hello', data: { boot: 'b', software: '1' } }, 20);
  expect(again.lanes.size).toBe(0);
  expect(again.outdated).toBe(false);
});

test('the same start greeting again, after a broken line, keeps what is on the screen', () => {
  expect(reduce(told(), HELLO, 20).lanes.get('in-1')?.view.current?.ordinal).toBe(41);
});

test('other software means that this page is out of date', () => {
  expect(reduce(told(), { event: 'hello', data: { boot: 'b', software: '2' } }, 20).outdated).toBe(
    true,
  );
});

test('a replayed passage adds a row to the history and changes nobody on the screen', () => {
  const row = {
    lane: 'in-1',
    passage: 30,
    ordinal: 30,
    verdict: 'stop',
    crossed: 'no',
    reasons: [],
    test: false,
    atMs: 1,
  } as const;
  const after = reduce(told(), { event: 'history', id: 'a.1', data: { ...row, reasons: [] } }, 20);
  expect(after.lanes.get('in-1')?.view.recent.map(({ ordinal }) => ordinal)).toEqual([
    40, 39, 38, 37, 36, 35, 30,
  ]);
  expect(after.lanes.get('in-1')?.view.current?.ordinal).toBe(41);
});

test('a row the lane told itself, or of a lane not heard of, is not added again', () => {
  const data = { lane: 'in-1', passage: 40, ordinal: 40, verdict: 'pass', crossed: 'yes' } as const;
  const event = {
    event: 'history',
    id: 'a.1',
    data: { ...data, reasons: [], test: false, atMs: 1 },
  } as const;
  const known = { ...event, data: { ...event.data, reasons: [] } };
  expect(reduce(told(), known, 20).lanes.get('in-1')?.view.recent).toHaveLength(6);
  const elsewhere = { ...known, data: { ...known.data, lane: 'out-9' } };
  expect(reduce(told(), elsewhere, 20).lanes.has('out-9')).toBe(false);
});
