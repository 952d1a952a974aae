import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { toHex } from '../../kernel/bytes.ts';
import { compiledEntry } from '../../kernel/package-root.ts';
import type { Clock } from '../../ports/clock.ts';
import type { OpenerNews, OpenerOrder } from './opener-messages.ts';

const AGAIN_MS_MIN = 500;
const AGAIN_MS_MAX = 30_000;
/** A child that lived so long was well; the next wait begins small again. */
const WELL_MS = 60_000;

export type OpenerProcessOptions = {
  readonly folder: string;
  readonly recipients: string;
  readonly databaseKey: Uint8Array;
  readonly clock: Clock;
  readonly heard: (news: OpenerNews) => void;
  /** The child ended by itself; it is started again. */
  readonly lost: (how: string) => void;
};

/** Keeps an opener running beside the hub. */
export class OpenerProcess {
  readonly #options: OpenerProcessOptions;
  #child: ChildProcess | null = null;

  constructor(options: OpenerProcessOptions) {
    this.#options = options;
  }

  get pid(): number | null {
    return this.#child?.pid ?? null;
  }

  /** Runs until `signal` aborts and the child has ended. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, lost } = this.#options;
    let againMs = AGAIN_MS_MIN;
    while (!signal.aborted) {
      const startedMs = clock.monoMs();
      const how = await this.#live(signal);
      if (signal.aborted) return;
      lost(how);
      againMs = clock.monoMs() - startedMs > WELL_MS ? AGAIN_MS_MIN : againMs;
      await clock.sleep(againMs, signal);
      againMs = Math.min(AGAIN_MS_MAX, againMs * 2);
    }
  }

  /** Something was stored. */
  wake(): void {
    this.#send({ kind: 'stored' });
  }

  async #live(signal: AbortSignal): Promise<string> {
    const { folder, recipients, databaseKey, heard } = this.#options;
    const child = fork(compiledEntry('src/hub/opener/opener-main.ts'), [], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    this.#child = child;
    const stop = () => {
      if (child.connected) child.disconnect();
    };
    signal.addEventListener('abort', stop, { once: true });
    child.on('message', (news: OpenerNews) => heard(news));
    this.#send({ kind: 'start', folder, recipients, databaseKey: toHex(databaseKey) });
    try {
      const [code, killedBy] = await once(child, 'exit');
      return killedBy === null ? `ended with ${code}` : `killed by ${killedBy}`;
    } finally {
      signal.removeEventListener('abort', stop);
      this.#child = null;
    }
  }

  #send(order: OpenerOrder): void {
    const child = this.#child;
    if (child?.connected !== true) return;
    // A child that is just ending does not hear; the next one looks by itself.
    child.send(order, () => {});
  }
}
