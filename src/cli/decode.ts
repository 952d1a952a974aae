import { Command } from 'commander';
import { loadStill, STILL_LIMITS } from '../../devices/camera/load-still.ts';
import { openCamera } from '../../devices/camera/open-camera.ts';
import { toHex } from '../kernel/bytes.ts';
import { InputError } from '../kernel/errors.ts';
import { compiledEntry } from '../kernel/package-root.ts';
import { systemClock } from '../station/system-clock.ts';
import { systemRandom } from '../station/system-random.ts';
import { decodeStill, STILL_BUDGET_MS } from '../vision/decode-still.ts';
import { type DecoderPool, openDecoderPool } from '../vision/decoder-pool.ts';
import { USUAL_EFFORT } from '../vision/plan-effort.ts';
import type { DecodedCode, VisionEvent } from '../vision/vision-event.ts';
import { watchCamera } from '../vision/watch-camera.ts';
import { type CliIo, EXIT } from './cli-io.ts';

/** What a video is scaled to, in which its codes' corners are given. */
const VIDEO = { widthPx: 1920, heightPx: 1080, framesPerS: 30 } as const;
/** Nobody waits for the next frame of a recording. */
const RECORDED = {
  ...USUAL_EFFORT,
  deepBudgetMs: 400,
  engine: 'zxing-wasm',
  pace: 'recorded',
} as const;
const VIDEO_NAME = /\.(mp4|m4v|mkv|webm|mov|avi|ts|mjpe?g|h26[45])$/i;

export function decodeCommand(io: CliIo): Command {
  return new Command('decode')
    .description('codes in pictures and videos, one line of JSON a file')
    .argument(
      '<file...>',
      'JPEG, PNG, WebP, GIF, TIFF, AVIF, PGM; or a video (its corners in 1920x1080)',
    )
    .option('--json', 'JSON lines and nothing else, which is the only form there is')
    .addHelpText(
      'after',
      '\nExit status: 0 also when a file holds no code, 4 when a file cannot be read.',
    )
    .action(async (files: string[]) => {
      const pool = openDecoderPool({
        workers: 1,
        clock: systemClock,
        random: systemRandom,
        entry: compiledEntry('src/vision/decode-worker.ts'),
        deadlineMs: 2 * STILL_BUDGET_MS,
      });
      try {
        for (const file of files) await decodeFile(file, pool, io);
      } finally {
        await pool.close();
      }
    });
}

async function decodeFile(file: string, pool: DecoderPool, io: CliIo): Promise<void> {
  const startMs = systemClock.monoMs();
  try {
    const codes = VIDEO_NAME.test(file)
      ? await codesOfVideo(file, pool, io.signal)
      : (await decodeStill(pool, await loadStill(file, STILL_LIMITS))).codes;
    const ms = Math.round((systemClock.monoMs() - startMs) * 10) / 10;
    io.out(JSON.stringify({ file, ms, codes: codes.map(shapeOf) }));
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    io.tell(`chot decode: ${file}: ${error.message}`);
    io.exit(EXIT.notUnderstood);
  }
}

function shapeOf({ text, bytes, corners }: DecodedCode) {
  return { text, bytes: toHex(bytes), corners };
}

/** Each code that the video shows, once. */
async function codesOfVideo(
  file: string,
  pool: DecoderPool,
  signal: AbortSignal,
): Promise<DecodedCode[]> {
  const source = openCamera(
    { id: 'video', driver: 'file', source: file, ...VIDEO, loop: false, realtime: false },
    { clock: systemClock, random: systemRandom },
  );
  const stop = new AbortController();
  const codes = new Map<string, DecodedCode>();
  const onEvent = (event: VisionEvent) => {
    if (event.kind === 'code-shown') codes.set(toHex(event.code.bytes), event.code);
    if (event.kind !== 'offline') return;
    stop.abort();
    if (event.reason !== 'camera.ended') {
      throw new InputError(`the video cannot be read: ${event.detail.join(' ')} (${event.reason})`);
    }
  };
  await watchCamera(
    { source, pool, clock: systemClock, settings: RECORDED, onFrame: () => {}, onEvent },
    AbortSignal.any([signal, stop.signal]),
  );
  return [...codes.values()];
}
