import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { adviceFor, advisedCodes } from './advice.ts';

/** What drivers, their supervisors in the station and a camera's health say. */
const FOLDERS = ['devices', 'src/station', 'src/vision'];
/** Pages that have a table of codes. */
const PAGES = ['docs/devices.md', ...pagesIn('docs/devices')];
/** Kinds of devices, as codes begin. */
const KINDS = 'camera|reader|scanner|barrier|board|relay|signal|lamp|sound|light|input';

/** Read like codes and are none: names of files, keys of the configuration. */
const NO_CODES = new Set(['scanner.token', 'camera.source', 'scanner.path', 'lamp.wav']);

test('every reason code of a driver has its advice, and every advice a driver', () => {
  const used = codesIn(sources(), new RegExp(`'((?:${KINDS})\\.[a-z]+(?:-[a-z]+)*)'`, 'g'));
  expect([...used].filter((code) => adviceFor(code) === null)).toEqual([]);
  expect(advisedCodes().filter((code) => !used.has(code))).toEqual([]);
});

test('every reason code of the pages has its advice', () => {
  const documented = codesIn(
    PAGES.map((page) => readFileSync(page, 'utf8')),
    new RegExp(`^\\| \`((?:${KINDS})\\.[a-z-]+)\``, 'gm'),
  );
  expect(documented.size).toBeGreaterThan(20);
  expect([...documented].filter((code) => adviceFor(code) === null)).toEqual([]);
});

test('an advice is one line each, and says what to do', () => {
  for (const code of advisedCodes()) {
    const { cause, next } = adviceFor(code) ?? { cause: '', next: '' };
    expect(cause, code).toMatch(/^.{15,140}$/);
    expect(next, code).toMatch(/^.{10,140}$/);
  }
});

function sources(): string[] {
  return FOLDERS.flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
      .filter((name) => !/^config(-schema)?\.ts$/.test(name))
      .map((name) => readFileSync(join(folder, name), 'utf8')),
  );
}

function codesIn(texts: readonly string[], pattern: RegExp): Set<string> {
  const found = texts.flatMap((text) => [...text.matchAll(pattern)].map(([, code = '']) => code));
  return new Set(found.filter((code) => !NO_CODES.has(code)));
}

function pagesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith('.md'))
      .map((name) => join(folder, name));
  } catch {
    return [];
  }
}
