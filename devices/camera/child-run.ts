import { spawn } from 'node:child_process';
import type { LineTail } from './line-tail.ts';

/** Children see these folders and nothing of our environment: no proxy, no token, no language of messages. */
const ENVIRONMENT = { PATH: '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C' };

export type ChildEnd =
  | { readonly kind: 'exited'; readonly code: number | null }
  | { readonly kind: 'not-started'; readonly errorCode: string };

/**
 * Runs a program until it ends, handing its output to `onOutput` with backpressure and its stderr to `tail`. When
 * `signal` aborts, the child is killed with SIGKILL, for it may hang. Resolves only once the child is reaped and its
 * pipes are closed. Never rejects because of the child.
 */
export async function runChild(
  program: string,
  programArguments: readonly string[],
  tail: LineTail,
  signal: AbortSignal,
  onOutput: (chunk: Uint8Array) => Promise<void>,
): Promise<ChildEnd> {
  if (signal.aborted) return { kind: 'exited', code: null };
  const child = spawn(program, programArguments, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: ENVIRONMENT,
  });
  const ended = new Promise<ChildEnd>((resolve) => {
    child.once('error', (error: NodeJS.ErrnoException) => {
      if (child.pid === undefined)
        resolve({ kind: 'not-started', errorCode: error.code ?? 'unknown' });
    });
    child.once('close', (code) => resolve({ kind: 'exited', code }));
  });
  if (child.pid === undefined) return ended;
  const kill = () => void child.kill('SIGKILL');
  signal.addEventListener('abort', kill, { once: true });
  child.stderr.on('data', (chunk: Uint8Array) => tail.push(chunk));
  try {
    for await (const chunk of child.stdout) await onOutput(chunk);
  } catch (error) {
    // A broken pipe is the child's end; anything else is ours, and the child must not outlive it.
    kill();
    if (!child.stdout.errored) throw error;
  } finally {
    await ended;
    signal.removeEventListener('abort', kill);
  }
  return ended;
}
