import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

type Ban = { readonly pattern: RegExp; readonly instead: string; readonly allowedIn?: RegExp };

/** Composition roots, the only places that meet the world directly; and scripts, which are run by people. */
const ROOTS = /^src\/(station|hub|cli|demo|doctor)\/|^scripts\//;

const BANS: readonly Ban[] = [
  {
    pattern: /\bDate\.now\(|\bnew Date\(\)|\bsetTimeout\(|\bsetInterval\(|\bperformance\.now\(/,
    instead: 'the injected Clock',
    allowedIn: /^src\/station\/system-clock\.ts|^scripts\/|-(worker|child)\.ts$/,
  },
  {
    pattern: /\bMath\.random\(/,
    instead: 'the injected random source',
    allowedIn: /^src\/station\/system-random\.ts/,
  },
  { pattern: /\bprocess\.(env|exit)\b/, instead: 'the Config object', allowedIn: ROOTS },
  {
    pattern: /from 'better-sqlite3'/,
    instead: 'src/kernel/encrypted-database.ts',
    allowedIn: /^src\/kernel\/native-sqlite\.ts/,
  },
  {
    pattern: /from '(serialport|pcsclite|sharp|@julusian\/jpeg-turbo)'/,
    instead: 'the port in src/ports',
    allowedIn: /^devices\/[a-z-]+\/native-[a-z-]+\.ts/,
  },
  { pattern: /FIXME|TODO|XXX|debugger;/, instead: 'finishing it before merge' },
  { pattern: /\bas any\b|: any\b|@ts-ignore|@ts-expect-error/, instead: 'a type' },
];

test('the tree is tidy', () => {
  const complaints: string[] = [];
  for (const path of sourceFiles('src', 'devices', 'fixtures')) {
    readFileSync(path, 'utf8')
      .split('\n')
      .forEach((line, index) => {
        for (const { pattern, instead, allowedIn } of BANS) {
          if (allowedIn?.test(path) === true || /^\s*(\/\/|\*|\/\*|import type)/.test(line))
            continue;
          if (pattern.test(line))
            complaints.push(
              `${path}:${index + 1}: ${pattern.source} is banned here, use ${instead}`,
            );
        }
      });
  }
  expect(complaints).toEqual([]);
});

function sourceFiles(...roots: readonly string[]): string[] {
  const paths = roots
    .filter((root) => existsSync(root))
    .flatMap((root) =>
      readdirSync(root, { recursive: true, encoding: 'utf8' }).map((name) => join(root, name)),
    );
  return paths.filter((path) => path.endsWith('.ts') && !path.endsWith('.test.ts')).sort();
}
