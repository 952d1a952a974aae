import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { HubDirectory } from './hub-directory.ts';
import { makeWhole } from './make-whole.ts';

let folder: string;
let path: string;
let handed: string[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'chot-whole-'));
  path = join(folder, 'hub');
  handed = [];
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const build = async (draft: HubDirectory) => writeFileSync(draft.databaseFile, 'database');
const handOver = () => {
  handed.push('root');
  return () => void handed.pop();
};
const PARTS = ['hub.db', 'keys', 'published', 'recipients'];
const parts = () => readdirSync(path).sort();

test('a hub is there whole, and only then', async () => {
  await makeWhole(
    path,
    async (draft) => {
      await build(draft);
      expect(parts()).toEqual(['init.new']);
    },
    () => {
      expect(parts()).toEqual(['init.new']);
      return handOver();
    },
  );
  expect(parts()).toEqual(PARTS);
  await expect(makeWhole(path, build, handOver)).rejects.toThrow(/holds a hub already/);
  expect([parts(), handed]).toEqual([PARTS, ['root']]);
});

test('what fails on the way leaves no folder, and takes back what was handed over', async () => {
  const failing = () => Promise.reject(new Error('no room'));
  await expect(makeWhole(path, failing, handOver)).rejects.toThrow('no room');
  const moving = async (draft: HubDirectory) => {
    await build(draft);
    // What cannot be moved onto what lies there.
    mkdirSync(join(path, 'hub.db'));
  };
  await expect(makeWhole(path, moving, handOver)).rejects.toThrow();
  expect([existsSync(path), handed]).toEqual([false, []]);
});

test('a power cut between any two moves is made good by the next init', async () => {
  for (const moved of [
    [],
    ['hub.db'],
    ['hub.db', 'published'],
    PARTS.filter((p) => p !== 'keys'),
  ]) {
    await makeWhole(path, build, handOver);
    mkdirSync(join(path, 'init.new'));
    for (const name of PARTS.filter((each) => !moved.includes(each))) {
      renameSync(join(path, name), join(path, 'init.new', name));
    }
    for (const name of moved) {
      if (name !== 'hub.db') writeFileSync(join(path, name, 'old'), '');
    }
    await makeWhole(path, build, handOver);
    expect([moved, parts()]).toEqual([moved, PARTS]);
    expect(readdirSync(join(path, 'published'))).toEqual([]);
    rmSync(path, { recursive: true });
  }
});

test('what is somebody else’s is left alone: other files stay, a database without keys is refused', async () => {
  mkdirSync(path);
  writeFileSync(join(path, 'hub.toml'), '');
  writeFileSync(join(path, 'hub.db'), 'precious');
  await expect(makeWhole(path, build, handOver)).rejects.toThrow(/holds hub.db and is no hub/);
  expect(parts()).toEqual(['hub.db', 'hub.toml']);
  rmSync(join(path, 'hub.db'));
  await makeWhole(path, build, handOver);
  expect(parts()).toEqual([...PARTS, 'hub.toml'].sort());
});
