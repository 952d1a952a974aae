import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { CameraViews } from './camera-views.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'chot-views-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const VIEW = {
  relief: Float32Array.from({ length: 576 }, (_, at) => (at % 200) - 100),
  sharpness: 0.25,
  seenMs: 7_200_000,
  settling: null,
};

test('a view comes back as it was, from a file of its owner', () => {
  const views = new CameraViews(folder);
  views.write('lane-1', VIEW);
  expect(views.read('lane-1')).toEqual(VIEW);
  expect(statSync(join(folder, 'cameras', 'lane-1.json')).mode & 0o077).toBe(0);
});

test('576 bytes of picture are kept, and no more', () => {
  const views = new CameraViews(folder);
  views.write('lane-1', VIEW);
  expect(readdirSync(join(folder, 'cameras'))).toEqual(['lane-1.json']);
  const kept = JSON.parse(readFileSync(join(folder, 'cameras', 'lane-1.json'), 'utf8'));
  expect(Object.keys(kept).sort()).toEqual(['seenMs', 'sharpness', 'version', 'view']);
  expect(Buffer.from(kept.view, 'base64')).toHaveLength(576);
});

test.each([
  ['nothing', null],
  ['an empty file', ''],
  ['half a file', '{"version":1,"view":"AAA'],
  ['another version', '{"version":2,"view":"","sharpness":null,"seenMs":1}'],
  ['too few cells', '{"version":1,"view":"AAAA","sharpness":null,"seenMs":1}'],
  ['no number', '{"version":1,"view":"AAAA","sharpness":"x","seenMs":1}'],
  ['null', 'null'],
] as const)('%s is no view', (_name, text) => {
  const views = new CameraViews(folder);
  views.write('lane-1', VIEW);
  const file = join(folder, 'cameras', 'lane-1.json');
  if (text === null) rmSync(file);
  else writeFileSync(file, text);
  expect(views.read('lane-1')).toBeNull();
});
