import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readDurableTime, writeDurableTime } from './durable-time.ts';
import { TimeKeeper } from './time-keeper.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'chot-time-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

test('what a hub signed outlives a restart, however fine the monotonic clock is', () => {
  const clock = { wallMs: () => 1_800_000_000_123.7, monoMs: () => 90.3, sleep: async () => {} };
  const time = new TimeKeeper({ clock, buildMs: 0, batteryClock: true, durable: null });
  const answer = { hubMs: 1_800_000_005_000, sentMonoMs: 10.2, roundTripMs: 80.1 };
  expect(time.vouch(answer).kind).toBe('vouched');
  writeDurableTime(folder, time.durable());
  expect(readDurableTime(folder)).toEqual(time.durable());
  expect(readDurableTime(folder)?.signedMs).toBe(1_800_000_005_000);
});

test('a file of an earlier version is read; a damaged one, or none, says that nobody knows', () => {
  expect(readDurableTime(folder)).toBeNull();
  const file = join(folder, 'time.json');
  writeFileSync(file, '{"lastMs":5,"uncertaintyMs":null}');
  expect(readDurableTime(folder)).toEqual({ lastMs: 5, uncertaintyMs: null });
  for (const text of ['', '{', '[]', '{"lastMs":-1,"uncertaintyMs":0}', '{"lastMs":5}']) {
    writeFileSync(file, text);
    expect(readDurableTime(folder), text).toBeNull();
  }
});
