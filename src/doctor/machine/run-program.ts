import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../../ports/clock.ts';
import type { RunOutcome } from '../machine.ts';

const RUN_MS_MAX = 3_000;
const TEXT_BYTES_MAX = 64 * 1024;
/** Daemons lie where no ordinary user looks. */
const ALSO = ['/usr/local/sbin', '/usr/sbin', '/sbin'];

export function findProgram(name: string, path: string): string | null {
  const folders = [...path.split(':').filter((folder) => folder !== ''), ...ALSO];
  return folders.map((folder) => join(folder, name)).find(isExecutable) ?? null;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Without a shell; killed when it takes too long. */
export async function runProgram(
  program: string,
  args: readonly string[],
  clock: Clock,
): Promise<RunOutcome> {
  const done = new AbortController();
  const child = spawn(program, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'] ?? '', LC_ALL: 'C' },
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (part: string) => {
      if (text.length < TEXT_BYTES_MAX) text += part;
    });
  }
  const ended = new Promise<RunOutcome>((settle) => {
    child.once('error', () => settle({ kind: 'missing' }));
    child.once('close', (code) => settle({ kind: 'ended', code, text }));
  });
  const late = clock.sleep(RUN_MS_MAX, done.signal).then((): RunOutcome => {
    child.kill('SIGKILL');
    return { kind: 'late' };
  });
  return Promise.race([ended, late]).finally(() => done.abort());
}
