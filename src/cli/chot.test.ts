import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { compiledEntry } from '../kernel/package-root.ts';
import { readBuildInfo } from '../station/build-info.ts';

function chot(...args: readonly string[]) {
  const command = compiledEntry('src/cli/chot.ts').pathname;
  return spawnSync(process.execPath, [command, ...args], { encoding: 'utf8', timeout: 30_000 });
}

test('--version says what is running', () => {
  const { status, stdout } = chot('--version');
  expect({ status, stdout }).toEqual({
    status: 0,
    stdout: `chot ${readBuildInfo().software}\n`,
  });
});

test('a command that is misspelt is answered with the one that was meant', () => {
  const { status, stderr } = chot('jornal', 'verify');
  expect(status).toBe(2);
  expect(stderr).toContain('Did you mean journal?');
});
