import type { Clock } from '../../src/ports/clock.ts';

/** Time for frames that wait in the pipe to be read, when it was this process that stood still. */
const SECOND_LOOK_MS = 200;
/** The limit may become shorter while we wait for a longer one. */
const LOOK_EVERY_MS = 1_000;

/** When something last came, and how old it may get. `limitMs` may depend on what came before. */
export type Freshness = { readonly lastMonoMs: () => number; readonly limitMs: () => number };

/** Resolves true once nothing has come for too long, false when `signal` aborts before that. */
export async function becomesOverdue(
  { lastMonoMs, limitMs }: Freshness,
  clock: Clock,
  signal: AbortSignal,
): Promise<boolean> {
  while (!signal.aborted) {
    const last = lastMonoMs();
    const leftMs = last + limitMs() - clock.monoMs();
    if (leftMs > 0) {
      await clock.sleep(Math.min(leftMs, LOOK_EVERY_MS), signal);
      continue;
    }
    await clock.sleep(SECOND_LOOK_MS, signal);
    if (!signal.aborted && lastMonoMs() === last) return true;
  }
  return false;
}
