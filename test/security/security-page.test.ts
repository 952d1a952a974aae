import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { packageRoot } from '../../src/kernel/package-root.ts';

const page = readFileSync(join(packageRoot(), 'docs', 'security.md'), 'utf8');
const rows = page.split('\n').filter((line) => /^\| [RJTCAE]\d \|/.test(line));

test('every requirement stands on the security page', () => {
  const counts = { R: 6, J: 6, T: 1, C: 6, A: 8, E: 8 };
  const wanted = Object.entries(counts).flatMap(([letter, count]) =>
    Array.from({ length: count }, (_, at) => `${letter}${at + 1}`),
  );
  expect([...new Set(rows.map((row) => row.slice(2, 4)))].sort()).toEqual(wanted.sort());
});

test('what is said to hold now names a test, and every test named is there', () => {
  for (const row of rows) {
    const [, , , today = '', tests = ''] = row.split('|');
    const named = [...tests.matchAll(/`([^`]+)`/g)].map(([, path]) => path ?? '');
    if (/^now$/.test(today.trim())) expect(named, row).not.toEqual([]);
    for (const path of named) expect(existsSync(join(packageRoot(), path)), path).toBe(true);
  }
});
