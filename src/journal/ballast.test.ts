import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Ballast, freeBytesAt } from './ballast.ts';
import { journalRoom } from './reserve.ts';

const MB = 1024 * 1024;
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'chot-ballast-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('ballast grows a step at a time, gives its space back once, and grows again with room', () => {
  let freeBytes = 100 * MB;
  const file = join(folder, 'ballast');
  const ballast = new Ballast(file, 2.5 * MB, () => freeBytes);
  expect([ballast.grow(), ballast.grow(), ballast.grow(), ballast.grow()]).toEqual([
    ...[false, false, true, false],
  ]);
  expect(statSync(file).size).toBe(2.5 * MB);
  expect(ballast.free()).toBe(true);
  expect(ballast.free()).toBe(false);
  freeBytes = 4 * MB;
  expect(ballast.grow()).toBe(false);
  expect(ballast.heldBytes()).toBe(0);
  freeBytes = 5 * MB;
  ballast.grow();
  expect(ballast.heldBytes()).toBe(MB);
});

test('ballast that cannot be written waits', () => {
  const ballast = new Ballast(join(folder, 'no', 'ballast'), MB, () => 100 * MB);
  expect(ballast.grow()).toBe(false);
  expect(ballast.free()).toBe(false);
});

test('free space is read from the disk', () => {
  expect(freeBytesAt(folder)).toBeGreaterThan(MB);
});

test('thirty days of a busy lane are reckoned with', () => {
  expect(journalRoom(1, 0)).toMatchObject({ isEnough: false, daysLeft: 0 });
  const { reserveBytes } = journalRoom(2, 0);
  expect(reserveBytes).toBe(2 * 30 * 30_000 * 1_088);
  expect(journalRoom(2, reserveBytes)).toMatchObject({ isEnough: true, daysLeft: 30 });
  expect(journalRoom(2, reserveBytes - 1)).toMatchObject({ isEnough: false, daysLeft: 29 });
});
