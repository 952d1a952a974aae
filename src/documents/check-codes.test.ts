import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { DOCUMENT_CHECKS } from './check-codes.ts';

test('the README lists every check and its meaning, and no other', () => {
  const readme = readFileSync(new URL('./README.md', import.meta.url), 'utf8');
  const rows = [...readme.matchAll(/^\| `([^`]+)` *\| (.+?) *\|$/gm)].map(([, code, meaning]) => [
    code,
    meaning,
  ]);
  expect(Object.fromEntries(rows)).toEqual(DOCUMENT_CHECKS);
});
