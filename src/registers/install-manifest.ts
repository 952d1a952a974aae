import { Worker } from 'node:worker_threads';
import { InputError, StorageFault } from '../kernel/errors.ts';
import { compiledEntry } from '../kernel/package-root.ts';
import type { FetchFile } from './fetched-files.ts';
import type { InstallOutcome, InstallTask } from './install-all.ts';

export type { FetchFile } from './fetched-files.ts';
export type { InstallOutcome, InstallTask } from './install-all.ts';

/** From the worker: a file it lacks, or how it ended. */
export type InstallWish =
  | {
      readonly kind: 'fetch';
      readonly id: number;
      readonly sha256: string;
      readonly bytesMax: number;
    }
  | { readonly kind: 'done'; readonly outcome: InstallOutcome }
  | { readonly kind: 'failed'; readonly isInput: boolean; readonly message: string };

/** To the worker; null: it did not come. */
export type InstallReply = {
  readonly id: number;
  readonly content: Uint8Array | null;
  readonly problem: string;
};

/** What is held at once: two versions' changes of the longest delta, far under this. */
const HEAP = { maxOldGenerationSizeMb: 768 };

/**
 * Installs a manifest that was accepted, in a thread of its own so that look-ups never wait; the store takes up what is in
 * place by `refresh`. Killed at any point, every register is the old one or the new one, whole, and what was fetched is kept.
 * `fetchFile` gives a published file or rejects; only one install or import runs in a folder at a time. Rejects with
 * InputError while another runs, with StorageFault when the thread died, with the signal's reason when it was stopped.
 */
export async function installManifest(
  task: InstallTask,
  fetchFile: FetchFile,
  signal: AbortSignal,
): Promise<InstallOutcome> {
  signal.throwIfAborted();
  const worker = new Worker(compiledEntry('src/registers/install-worker.ts'), {
    workerData: task,
    execArgv: [],
    resourceLimits: HEAP,
  });
  const stop = () => void worker.terminate();
  signal.addEventListener('abort', stop, { once: true });
  try {
    const wish = await ended(worker, fetchFile);
    signal.throwIfAborted();
    if (wish.kind === 'done') return wish.outcome;
    throw wish.isInput ? new InputError(wish.message) : new StorageFault('io', wish.message);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

type Ending = Exclude<InstallWish, { readonly kind: 'fetch' }>;

function ended(worker: Worker, fetchFile: FetchFile): Promise<Ending> {
  let ending: Ending = {
    kind: 'failed',
    isInput: false,
    message: 'the installing thread ended by itself',
  };
  worker.on('message', (wish: InstallWish) => {
    if (wish.kind === 'fetch') void serve(worker, fetchFile, wish);
    else ending = wish;
  });
  worker.on('error', (error) => {
    ending = { kind: 'failed', isInput: false, message: `the installing thread died: ${error}` };
  });
  return new Promise((resolve) => {
    worker.once('exit', () => resolve(ending));
  });
}

async function serve(
  worker: Worker,
  fetchFile: FetchFile,
  { id, sha256, bytesMax }: Extract<InstallWish, { readonly kind: 'fetch' }>,
): Promise<void> {
  let reply: InstallReply;
  try {
    reply = { id, content: await fetchFile(sha256, bytesMax), problem: '' };
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    reply = { id, content: null, problem };
  }
  worker.postMessage(reply);
}
