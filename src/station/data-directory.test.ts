import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openDataDirectory, resolveDataDir } from './data-directory.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'chot-data-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

test('the first start makes keys that only this user can read, and the second finds the same', () => {
  const first = openDataDirectory(join(folder, 'station'));
  const second = openDataDirectory(join(folder, 'station'));
  expect(Buffer.from(second.keys.database).equals(first.keys.database)).toBe(true);
  expect(second.keys.region).toEqual(first.keys.region);
  expect(second.keys.stationSigning.equals(first.keys.stationSigning)).toBe(true);
  const keys = join(folder, 'station', 'keys');
  expect(statSync(keys).mode & 0o777).toBe(0o700);
  expect(second.keys.stationSealing.equals(first.keys.stationSealing)).toBe(true);
  expect(first.keys.stationSealing.asymmetricKeyType).toBe('x25519');
  expect(readdirSync(keys).sort()).toEqual([
    ...['db.key', 'register-1.key', 'station.ed25519', 'station.x25519'],
  ]);
  for (const name of readdirSync(keys)) expect(statSync(join(keys, name)).mode & 0o777).toBe(0o600);
});

test('the newest generation of the register key is taken', () => {
  openDataDirectory(folder);
  writeFileSync(join(folder, 'keys', 'register-12.key'), Buffer.alloc(32, 7), { mode: 0o600 });
  expect(openDataDirectory(folder).keys.region).toEqual({
    generation: 12,
    key: Buffer.alloc(32, 7),
  });
});

test('a station key of another kind is refused by name', () => {
  openDataDirectory(folder);
  const keys = join(folder, 'keys');
  writeFileSync(join(keys, 'station.x25519'), readFileSync(join(keys, 'station.ed25519')));
  expect(() => openDataDirectory(folder)).toThrow(/station\.x25519 is not an x25519 key/);
});

test('a key file of the wrong size is refused by name', () => {
  openDataDirectory(folder);
  writeFileSync(join(folder, 'keys', 'db.key'), 'short');
  expect(() => openDataDirectory(folder)).toThrow(/db\.key holds 5 bytes instead of 32/);
});

test('a key that others can read is refused with the command that mends it', () => {
  openDataDirectory(folder);
  chmodSync(join(folder, 'keys', 'db.key'), 0o644);
  expect(() => openDataDirectory(folder)).toThrow(/run chmod 600/);
});

test('a place that cannot be written says which and what to do', () => {
  writeFileSync(join(folder, 'file'), '');
  expect(() => openDataDirectory(join(folder, 'file'))).toThrow(/--data DIR or CHOT_DATA/);
});

test('the option wins over the environment, and that over the configuration', () => {
  const env = { CHOT_DATA: '/env' };
  expect(resolveDataDir({ option: '/option', env, config: '/config' })).toBe('/option');
  expect(resolveDataDir({ option: undefined, env, config: '/config' })).toBe('/env');
  expect(resolveDataDir({ option: undefined, env: {}, config: '/config' })).toBe('/config');
});
