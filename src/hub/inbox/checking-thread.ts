import { Worker } from 'node:worker_threads';
import { compiledEntry } from '../../kernel/package-root.ts';
import type { SegmentCheck, UncheckedSegment } from './check-segments.ts';

/** To the thread; the segments' bytes are in shared memory. Back comes one `SegmentCheck` each. */
export type CheckTask = {
  readonly batch: readonly UncheckedSegment[];
  readonly recipients: ReadonlySet<string>;
};

/** A batch of the largest segments is 200 MB, but outside of this: only what is computed of them is here. */
const HEAP = { maxOldGenerationSizeMb: 128 };

/**
 * Checks segments in a thread of its own, so that hashing does not hold up the lines. Begun at the first batch, and again
 * after it died: what it had under way is lost then, and so answered.
 */
export class CheckingThread {
  readonly #died: (how: string) => void;
  #worker: Worker | null = null;

  /** `died` is told how the thread ended when nobody had closed it. */
  constructor(died: (how: string) => void) {
    this.#died = died;
  }

  /** One batch at a time. */
  async check(
    batch: readonly UncheckedSegment[],
    recipients: ReadonlySet<string>,
  ): Promise<readonly SegmentCheck[]> {
    if (batch.length === 0) return [];
    const given = batch.map(({ from, address, bytes }) => ({
      ...{ from, bytes: shared(bytes) },
      address: { ...address, epoch: Uint8Array.from(address.epoch) },
    }));
    const worker = this.#worker ?? this.#begin();
    const answered = answerOf(worker);
    worker.postMessage({ batch: given, recipients } satisfies CheckTask);
    return (await answered) ?? batch.map(() => ({ kind: 'lost' }));
  }

  async close(): Promise<void> {
    const worker = this.#worker;
    this.#worker = null;
    await worker?.terminate();
  }

  #begin(): Worker {
    const worker = new Worker(compiledEntry('src/hub/inbox/check-worker.ts'), {
      ...{ execArgv: [], resourceLimits: HEAP },
    });
    let how = 'ended by itself';
    worker.on('error', (error) => {
      how = error.name;
    });
    worker.once('exit', () => {
      if (this.#worker !== worker) return;
      this.#worker = null;
      this.#died(how);
    });
    this.#worker = worker;
    return worker;
  }
}

/** Null when the thread ended before it answered. */
function answerOf(worker: Worker): Promise<readonly SegmentCheck[] | null> {
  return new Promise((resolve) => {
    const end = () => settle(null);
    const settle = (checks: readonly SegmentCheck[] | null) => {
      worker.off('message', settle);
      worker.off('exit', end);
      resolve(checks);
    };
    worker.on('message', settle);
    worker.on('exit', end);
  });
}

function shared(bytes: Uint8Array): Uint8Array {
  if (bytes.buffer instanceof SharedArrayBuffer) return bytes;
  const copy = new Uint8Array(new SharedArrayBuffer(bytes.byteLength));
  copy.set(bytes);
  return copy;
}
