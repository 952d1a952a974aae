import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { toHex } from '../kernel/bytes.ts';
import { ConfigError } from '../kernel/errors.ts';
import { FileKeyStore, overwrite } from './file-key-store.ts';
import { RegionKeys } from './region-keys.ts';

let folder: string;
let keys: FileKeyStore;
beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), 'chot-keys-')), 'keys');
  keys = new FileKeyStore(folder);
});
afterEach(() => rmSync(join(folder, '..'), { recursive: true }));

const secret = (byte: number) => new Uint8Array(32).fill(byte);
const read = (name: string) => toHex(keys.read(name) ?? new Uint8Array());

test('what was written is read, replaced, listed and removed; only its owner can see it', () => {
  expect(keys.read('tls.p256')).toBeNull();
  keys.write('tls.p256', secret(1));
  keys.write('tls.p256', secret(2));
  keys.write('db.key', secret(3));
  expect(read('tls.p256')).toBe(toHex(secret(2)));
  expect(keys.list()).toEqual(['db.key', 'tls.p256']);
  expect(statSync(folder).mode & 0o777).toBe(0o700);
  expect(statSync(join(folder, 'tls.p256')).mode & 0o777).toBe(0o600);
  keys.remove('tls.p256');
  keys.remove('tls.p256');
  expect(readdirSync(folder)).toEqual(['db.key']);
  expect(keys.grade).toBe('file');
});

test('what is there is not made again, and of two makers both get the first', () => {
  expect(toHex(keys.readOrMake('db.key', () => secret(1)))).toBe(toHex(secret(1)));
  expect(toHex(keys.readOrMake('db.key', () => secret(2)))).toBe(toHex(secret(1)));
  const raced = keys.readOrMake('other.key', () => {
    keys.write('other.key', secret(7));
    return secret(8);
  });
  expect(toHex(raced)).toBe(toHex(secret(7)));
  expect(readdirSync(folder).sort()).toEqual(['db.key', 'other.key']);
});

test('a draft that a killed process left is no secret and is in nobody’s way', () => {
  writeFileSync(join(folder, `.db.key.${process.pid}.new`), 'half');
  expect(keys.list()).toEqual([]);
  keys.write('db.key', secret(1));
  expect(readdirSync(folder)).toEqual(['db.key']);
});

test('a secret others can read, and a name that leads elsewhere, are refused', () => {
  keys.write('db.key', secret(1));
  chmodSync(join(folder, 'db.key'), 0o640);
  expect(() => keys.read('db.key')).toThrow(ConfigError);
  for (const name of ['../db.key', '', '.db.key', 'a/b', 'A', 'a'.repeat(65)]) {
    expect(() => keys.read(name), name).toThrow(RangeError);
    expect(() => keys.write(name, secret(1)), name).toThrow(RangeError);
  }
});

test('overwriting leaves the length and none of the bytes', () => {
  const file = join(folder, 'x');
  writeFileSync(file, 'secret', { mode: 0o600 });
  overwrite(file);
  expect(statSync(file).size).toBe(6);
  expect(read('x')).toBe('000000000000');
});

test('of several generations the newest is used, older ones go, the newest never', () => {
  const region = new RegionKeys(keys);
  expect(region.newest(() => secret(1))).toEqual({ generation: 1, key: Buffer.from(secret(1)) });
  region.add({ generation: 10, key: secret(10) });
  region.add({ generation: 9, key: secret(9) });
  expect(region.newest(() => secret(0))).toMatchObject({ generation: 10 });
  expect(region.generations()).toEqual([1, 9, 10]);
  expect(toHex(region.read(9)?.key ?? new Uint8Array())).toBe(toHex(secret(9)));
  expect(region.read(2)).toBeNull();
  expect(region.removeBelow(9)).toBe(1);
  expect(region.removeBelow(99)).toBe(1);
  expect(region.generations()).toEqual([10]);
  expect(() => region.add({ generation: 11, key: new Uint8Array(31) })).toThrow(RangeError);
  keys.write('register-12.key', new Uint8Array(5));
  expect(() => region.newest(() => secret(0))).toThrow(/register-12\.key holds 5 bytes/);
});
