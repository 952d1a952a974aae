/** Worker thread: installs one manifest, asking for the files it lacks. Started by install-manifest.ts. */
import { setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import type { FetchFile } from './fetched-files.ts';
import { type InstallTask, installAll } from './install-all.ts';
import type { InstallReply, InstallWish } from './install-manifest.ts';

const port = parentPort;
if (port === null) throw new Error('install-worker runs as a worker thread only');

/** Where cores are short the gate comes first, and an installation keeps a quarter of one. */
const NICENESS = 5;

type Waiting = {
  readonly resolve: (content: Uint8Array) => void;
  readonly reject: (error: Error) => void;
};

const waiting = new Map<number, Waiting>();
let asked = 0;

const fetchFile: FetchFile = (sha256, bytesMax) =>
  new Promise((resolve, reject) => {
    asked += 1;
    waiting.set(asked, { resolve, reject });
    tell({ kind: 'fetch', id: asked, sha256, bytesMax });
  });

port.on('message', (reply: InstallReply) => {
  const asker = waiting.get(reply.id);
  waiting.delete(reply.id);
  if (reply.content === null) asker?.reject(new Error(reply.problem));
  else asker?.resolve(reply.content);
});

yieldToGate();
try {
  const outcome = await installAll(workerData as InstallTask, fetchFile);
  tell({ kind: 'done', outcome });
} catch (error) {
  const isInput = error instanceof Error && error.name === 'InputError';
  tell({
    kind: 'failed',
    isInput,
    message: error instanceof Error ? error.message : String(error),
  });
}
port.close();

function tell(wish: InstallWish): void {
  port?.postMessage(wish);
}

function yieldToGate(): void {
  // Elsewhere it would be the priority of the whole process.
  if (process.platform !== 'linux') return;
  try {
    setPriority(NICENESS);
  } catch {
    // A sandbox may forbid it; the installation then competes as an equal.
  }
}
