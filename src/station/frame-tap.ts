import type { Clock } from '../ports/clock.ts';
import type { GreyFrame } from '../ports/frame-source.ts';

/** Five pictures a second are enough to aim a camera and to see who stands there. */
const INTERVAL_MS = 200;

/**
 * Lets pages watch a camera. While nobody does, frames pass by untouched; otherwise at most one copy is in memory, and
 * it goes with the last watcher.
 */
export class FrameTap {
  readonly #clock: Clock;
  readonly #waiting = new Set<(frame: GreyFrame | null) => void>();
  #nextMonoMs = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** To be called with every frame; the frame itself is not kept. */
  push(frame: GreyFrame): void {
    if (this.#waiting.size === 0 || this.#clock.monoMs() < this.#nextMonoMs) return;
    this.#nextMonoMs = this.#clock.monoMs() + INTERVAL_MS;
    // The camera's driver may write its next picture over this one.
    const copy = { ...frame, data: frame.data.slice() };
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const give of waiting) give(copy);
  }

  async *frames(signal: AbortSignal): AsyncGenerator<GreyFrame, void> {
    while (!signal.aborted) {
      const frame = await this.#next(signal);
      if (frame === null) return;
      yield frame;
    }
  }

  #next(signal: AbortSignal): Promise<GreyFrame | null> {
    return new Promise((resolve) => {
      const give = (frame: GreyFrame | null) => {
        signal.removeEventListener('abort', stop);
        resolve(frame);
      };
      const stop = () => {
        this.#waiting.delete(give);
        resolve(null);
      };
      this.#waiting.add(give);
      signal.addEventListener('abort', stop, { once: true });
    });
  }
}
