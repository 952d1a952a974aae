import { DeviceFault } from '../kernel/errors.ts';
import type { Decodable, Effort, Reading } from './decode-job.ts';
import type { DecoderPool } from './decoder-pool.ts';

/** Nobody waits at a gate for a still; the pool's own deadline must lie above this. */
export const STILL_BUDGET_MS = 20_000;

/**
 * Everything one picture holds. Throws InputError for a frame of impossible measures and DeviceFault when the decoder
 * did not answer.
 */
export async function decodeStill(
  pool: DecoderPool,
  frame: Decodable,
  effort: Effort = 'full',
): Promise<Reading> {
  const outcome = await pool.decode(frame, {
    effort,
    focus: null,
    furniture: [],
    earlier: null,
    budgetMs: STILL_BUDGET_MS,
    engine: 'zxing-wasm',
  });
  if (outcome.kind === 'failed') throw new DeviceFault(`picture not decoded: ${outcome.message}`);
  return outcome.reading;
}
