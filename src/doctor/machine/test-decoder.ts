import { compiledEntry } from '../../kernel/package-root.ts';
import type { Clock } from '../../ports/clock.ts';
import { type SelfTestFault, selfTest } from '../../station/self-test/self-test.ts';
import { openDecoderPool } from '../../vision/decoder-pool.ts';

const DECODE_MS_MAX = 2_000;

/** The station's self-test with a decoder of its own, where no station runs that would have made it. */
export async function testDecoder(
  clock: Clock,
  random: () => number,
): Promise<SelfTestFault | null | 'late'> {
  const pool = openDecoderPool({
    ...{ workers: 1, clock, random, deadlineMs: DECODE_MS_MAX },
    entry: compiledEntry('src/vision/decode-worker.ts'),
  });
  const late = new AbortController();
  const none = clock.sleep(ANSWER_MS_MAX, late.signal).then(() => 'late' as const);
  try {
    return await Promise.race([selfTest(pool), none]);
  } finally {
    late.abort();
    await pool.close();
  }
}

/** Less than a check may take, so that it has its own words for a decoder that does not start. */
const ANSWER_MS_MAX = 3_500;
