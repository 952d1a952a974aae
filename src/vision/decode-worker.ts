/** Worker thread: one decoder instance, one frame at a time. Started by decoder-pool.ts. */
import { performance } from 'node:perf_hooks';
import { parentPort } from 'node:worker_threads';
import type { WorkerReply, WorkerRequest } from './decode-job.ts';
import { climb, type Engines } from './effort-ladder.ts';
import { cropFrame, type GreyImage } from './grey-image.ts';
import { openZxingLibraryEngine } from './zxing-library-engine.ts';
import { openZxingWasmEngine } from './zxing-wasm-engine.ts';

/** WebAssembly memory never shrinks: after one huge picture the instance is given back whole. */
const MEMORY_BYTES_MAX = 192 * 1024 * 1024;

const port = parentPort;
if (port === null) throw new Error('decode-worker runs as a worker thread only');

const library = openZxingLibraryEngine();
let wasm = await openZxingWasmEngine();
const reply = (message: WorkerReply) => port.postMessage(message);

port.on('message', (request: WorkerRequest) => {
  serve(request).catch((error: unknown) =>
    reply({ kind: 'failed', id: request.id, message: String(error) }),
  );
});
reply({ kind: 'ready' });

async function serve(request: WorkerRequest): Promise<void> {
  const engines: Engines =
    request.plan.engine === 'zxing-wasm'
      ? { first: wasm, second: library }
      : { first: library, second: wasm };
  const startMs = performance.now();
  const reading = climb(engines, imageOf(request), request.plan, () => performance.now() - startMs);
  reply({ kind: 'read', id: request.id, reading });
  if (wasm.memoryBytes() > MEMORY_BYTES_MAX) wasm = await openZxingWasmEngine();
}

function imageOf({ width, height, stride, pixels }: WorkerRequest): GreyImage {
  if (stride === width) return { width, height, data: pixels.subarray(0, width * height) };
  return cropFrame({ width, stride, data: pixels }, { x: 0, y: 0, width, height });
}
