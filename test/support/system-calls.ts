import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { guarded } from './guarded.ts';

const STRACE = '/usr/bin/strace';

/** What keeps a process from being watched here, else null. */
export function systemCallsObstacle(): string | null {
  if (process.getuid?.() !== 0) return 'watching another process needs root';
  return existsSync(STRACE) ? null : `missing: ${STRACE}; run scripts/setup test`;
}

/**
 * strace on a process that runs already, on the threads that it has: what it asks of the kernel, in its order. Its children are left
 * alone: strace can wait for ever for one that ends while it lets go.
 */
export class SystemCalls {
  readonly #strace: ChildProcess;
  readonly #closed: Promise<unknown>;
  #said = '';

  private constructor(strace: ChildProcess) {
    this.#strace = strace;
    this.#closed = once(strace, 'close');
  }

  /** `options` as strace has them. Resolves once every call is seen. */
  static async of(pid: number, ...options: readonly string[]): Promise<SystemCalls> {
    const threads = readdirSync(`/proc/${pid}/task`);
    const which = threads.flatMap((thread) => ['-p', thread]);
    const strace = spawn(STRACE, [...options, ...which], { stdio: ['ignore', 'ignore', 'pipe'] });
    const calls = new SystemCalls(strace);
    await guarded(
      'strace attaches',
      new Promise<void>((resolve, reject) => {
        strace.stderr.on('data', (text: Buffer) => {
          calls.#said += text.toString();
          const attached = [...calls.#said.matchAll(/ attached$/gm)];
          if (attached.length === threads.length) resolve();
        });
        strace.once('close', () => reject(new Error(`strace: ${calls.#said.slice(-500)}`)));
      }),
    );
    return calls;
  }

  /** Lets the process go; gives the lines seen so far, a call a line. */
  async end(): Promise<readonly string[]> {
    this.#strace.kill('SIGINT');
    await guarded('strace lets go', this.#closed);
    return this.#said.split('\n');
  }
}
