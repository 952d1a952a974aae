import { Readable } from 'node:stream';
import { hubCommand } from '../../src/cli/hub.ts';
import { InputError } from '../../src/kernel/errors.ts';
import type { Finished } from './station-process.ts';

/** `chot hub ...` in this process, as `chot` would end: what it printed, what it said, its exit status. */
export async function runHubCommand(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Finished> {
  let code = 0;
  let stdout = '';
  let stderr = '';
  const command = hubCommand({
    stdin: Readable.from([]),
    out: (line) => {
      stdout += `${line}\n`;
    },
    tell: (line) => {
      stderr += `${line}\n`;
    },
    ...{ env, signal: new AbortController().signal },
    exit: (given) => {
      code = given;
    },
  });
  try {
    await command.parseAsync([...args], { from: 'user' });
  } catch (error) {
    code = error instanceof InputError ? 4 : 1;
    stderr += `${error instanceof Error ? error.message : String(error)}\n`;
  }
  return { code, stdout, stderr };
}
