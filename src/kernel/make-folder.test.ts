import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeFolder } from './make-folder.ts';

test('a folder and those above it are made for their owner, and stay as they are the second time', () => {
  const root = mkdtempSync(join(tmpdir(), 'chot-folder-'));
  try {
    const path = join(root, 'a', 'b');
    makeFolder(path);
    makeFolder(path);
    expect(statSync(path).mode & 0o777).toBe(0o700);
    expect(statSync(join(root, 'a')).mode & 0o777).toBe(0o700);
  } finally {
    rmSync(root, { recursive: true });
  }
});

test('where no folder can be made, it throws and returns', () => {
  expect(() => makeFolder('/proc/chot/keys')).toThrow(/ENOENT|EACCES|EPERM/);
});
