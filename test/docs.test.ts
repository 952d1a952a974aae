import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { parseConfig } from '../src/station/config.ts';

const PAGES = ['README.md', 'CONTRIBUTING.md', 'SECURITY.md', ...markdownIn('docs')];

function markdownIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(folder, name));
}

test('the complete configuration of docs/operations.md is one', () => {
  const text = readFileSync('docs/operations.md', 'utf8');
  const example = /```toml\n([\s\S]*?)```/.exec(text)?.[1] ?? '';
  expect(parseConfig(example, 'docs/operations.md').lane[0]?.devices).toEqual([
    'cam-1',
    'reader-1',
  ]);
});

test('every link between pages leads somewhere', () => {
  const dead = PAGES.flatMap((page) =>
    [...readFileSync(page, 'utf8').matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)]
      .map(([, target = '']) => join(dirname(page), target))
      .filter((target) => !existsSync(target))
      .map((target) => `${page}: ${target}`),
  );
  expect(dead).toEqual([]);
});
