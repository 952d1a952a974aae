import type { Clock } from '../../ports/clock.ts';
import type { DecoderPool } from '../../vision/decoder-pool.ts';
import type { SelfTestView } from '../http/shapes.ts';
import type { Telemetry } from '../telemetry.ts';
import { type SelfTestFault, selfTest } from './self-test.ts';

/** A decoder starts within a second; on a small machine at boot, within some. */
const ANSWER_MS_MAX = 15_000;
const AGAIN_MS = 60_000;

type Parts = {
  readonly pool: Pick<DecoderPool, 'decode'>;
  readonly clock: Clock;
  readonly telemetry: Pick<Telemetry, 'selfTest'>;
};

/**
 * The test of a start, beside everything else that starts. Until it has passed no lane opens by itself; what is shown is
 * decided and told all the same, and staff open. One that failed is made again each minute.
 */
export class KeptTest {
  readonly #parts: Parts;
  #view: SelfTestView;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#view = { state: 'running', code: null, atMs: parts.clock.wallMs() };
  }

  view(): SelfTestView {
    return this.#view;
  }

  get hasPassed(): boolean {
    return this.#view.state === 'passed';
  }

  /** Until it has passed, or `signal` aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, telemetry } = this.#parts;
    while (!signal.aborted) {
      const startMs = clock.monoMs();
      const code = await testWithin(this.#parts, signal);
      if (signal.aborted) return;
      this.#view = { state: code === null ? 'passed' : 'failed', code, atMs: clock.wallMs() };
      telemetry.selfTest(code, clock.monoMs() - startMs);
      if (code === null) return;
      await clock.sleep(AGAIN_MS, signal);
    }
  }
}

/** The test, or `self-test.no-decoder` when nothing comes of it. */
export async function testWithin(
  { pool, clock }: Pick<Parts, 'pool' | 'clock'>,
  signal: AbortSignal,
): Promise<SelfTestFault | null> {
  const done = new AbortController();
  const late = clock
    .sleep(ANSWER_MS_MAX, AbortSignal.any([signal, done.signal]))
    .then((): SelfTestFault => 'self-test.no-decoder');
  try {
    return await Promise.race([selfTest(pool), late]);
  } finally {
    done.abort();
  }
}
