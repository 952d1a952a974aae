/** Worker thread: checks segments, one batch after another. Started by checking-thread.ts. */
import { parentPort } from 'node:worker_threads';
import { checkHere, type SegmentCheck } from './check-segments.ts';
import type { CheckTask } from './checking-thread.ts';

const port = parentPort;
if (port === null) throw new Error('check-worker runs as a worker thread only');

port.on('message', ({ batch, recipients }: CheckTask) => {
  void checkHere(batch, recipients).then((checks) => {
    port.postMessage(checks, checks.flatMap(leavesOf));
  });
});

/** Given away instead of copied; the segment's own bytes are shared. */
function leavesOf(check: SegmentCheck): ArrayBuffer[] {
  return 'bytes' in check ? [check.leaves.buffer as ArrayBuffer] : [];
}
