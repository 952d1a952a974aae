/** Our own readers as the product runs them: a still at full effort, and a lane's camera. */
import type { GreyPlane } from '../../fixtures/scenes/spec.ts';
import { compiledEntry } from '../../src/kernel/package-root.ts';
import type { FrameEvent, FrameSource } from '../../src/ports/frame-source.ts';
import { systemClock } from '../../src/station/system-clock.ts';
import { decodeStill, STILL_BUDGET_MS } from '../../src/vision/decode-still.ts';
import { type DecoderPool, openDecoderPool } from '../../src/vision/decoder-pool.ts';
import { USUAL_EFFORT } from '../../src/vision/plan-effort.ts';
import { watchCamera } from '../../src/vision/watch-camera.ts';

const FRAME_MS = 1_000 / 15;

export type Ours = {
  readonly pool: DecoderPool;
  readonly readStill: (frame: GreyPlane) => Promise<readonly Uint8Array[]>;
  readonly readSequence: (frames: readonly GreyPlane[]) => Promise<readonly Uint8Array[]>;
};

export function openOurs(): Ours {
  const pool = openDecoderPool({
    workers: 2,
    clock: systemClock,
    random: Math.random,
    entry: compiledEntry('src/vision/decode-worker.ts'),
    deadlineMs: 2 * STILL_BUDGET_MS,
  });
  return {
    pool,
    readStill: async (frame) =>
      (await decodeStill(pool, { ...frame, stride: frame.width })).codes.map(({ bytes }) => bytes),
    readSequence: (frames) => readSequence(pool, frames),
  };
}

async function readSequence(
  pool: DecoderPool,
  frames: readonly GreyPlane[],
): Promise<readonly Uint8Array[]> {
  const read: Uint8Array[] = [];
  await watchCamera(
    {
      source: sourceOf(frames),
      pool,
      clock: systemClock,
      settings: { ...USUAL_EFFORT, engine: 'zxing-wasm', pace: 'live' },
      onFrame: () => {},
      onEvent: (event) => {
        if (event.kind === 'code-shown') read.push(event.code.bytes);
      },
    },
    new AbortController().signal,
  );
  return read;
}

function sourceOf(frames: readonly GreyPlane[]): FrameSource {
  const deviceId = 'scene';
  return {
    deviceId,
    async *events(signal: AbortSignal): AsyncIterable<FrameEvent> {
      for (const [index, { width, height, data }] of frames.entries()) {
        if (index > 0) await systemClock.sleep(FRAME_MS, signal);
        const frame = {
          width,
          height,
          stride: width,
          data,
          sequence: index + 1,
          atMonoMs: systemClock.monoMs(),
        };
        yield { kind: 'frame', deviceId, frame };
      }
    },
  };
}
