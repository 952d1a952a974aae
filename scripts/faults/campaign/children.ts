import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { compiledEntry } from '../../../src/kernel/package-root.ts';

const CHOT = fileURLToPath(compiledEntry('src/cli/chot.ts'));

/** One `chot` command; its standard output. Rejects when it fails. */
export async function chot(...args: readonly string[]): Promise<string> {
  const child = spawn(process.execPath, [CHOT, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let out = '';
  let told = '';
  child.stdout.on('data', (part: Buffer) => {
    out += part.toString();
  });
  child.stderr.on('data', (part: Buffer) => {
    told += part.toString();
  });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`chot ${args.slice(0, 2).join(' ')} ended with ${code}: ${told}`);
  return out;
}

/** A `chot` command that goes on; what it tells comes line by line. */
export function startChot(args: readonly string[], onLine: (line: string) => void): ChildProcess {
  const child = spawn(process.execPath, [CHOT, ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
  let rest = '';
  child.stderr.on('data', (part: Buffer) => {
    const lines = (rest + part.toString()).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) onLine(line);
  });
  return child;
}

export async function endOf(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
}
