import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ConfigError } from '../kernel/errors.ts';
import { lockDataDirectory } from './data-lock.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'chot-lock-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

test('one has the directory, the next is told what to do, and gets it once it is released', () => {
  const first = lockDataDirectory(folder);
  expect(() => lockDataDirectory(folder)).toThrow(ConfigError);
  expect(() => lockDataDirectory(folder)).toThrow(/another station runs on .*systemctl stop chot/);
  first.release();
  lockDataDirectory(folder).release();
});

test('a lock file left by a dead daemon locks nobody out', () => {
  writeFileSync(join(folder, 'station.lock'), '');
  lockDataDirectory(folder).release();
});

test('the lock file stays empty and is for its owner alone', () => {
  const lock = lockDataDirectory(folder);
  const { size, mode } = statSync(join(folder, 'station.lock'));
  expect([size, mode & 0o077]).toEqual([0, 0]);
  lock.release();
});

test('a folder that is not there is a clear error', () => {
  expect(() => lockDataDirectory(join(folder, 'missing'))).toThrow(/cannot be locked/);
});
