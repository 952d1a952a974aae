import type { OutwardSignal, Signal } from '../ports/signal.ts';

/** Of a signal a lane only needs to give orders; whether it is there is told to the station. */
export type OutwardDevice = Pick<Signal, 'deviceId' | 'show'>;

/**
 * Tells the outside, newest first: a lamp that is slow to answer gets what holds now, never a queue of what held before.
 */
export class OutwardSignals {
  readonly #signals: readonly OutwardDevice[];
  readonly #stop: AbortSignal;
  readonly #failed: (deviceId: string) => void;
  readonly #next = new Map<string, OutwardSignal>();
  readonly #busy = new Set<string>();

  constructor(
    signals: readonly OutwardDevice[],
    stop: AbortSignal,
    failed: (deviceId: string) => void,
  ) {
    this.#signals = signals;
    this.#stop = stop;
    this.#failed = failed;
  }

  show(state: OutwardSignal): void {
    for (const signal of this.#signals) {
      this.#next.set(signal.deviceId, state);
      if (!this.#busy.has(signal.deviceId)) void this.#drain(signal);
    }
  }

  async #drain(signal: OutwardDevice): Promise<void> {
    this.#busy.add(signal.deviceId);
    for (;;) {
      const state = this.#next.get(signal.deviceId);
      if (state === undefined || this.#stop.aborted) break;
      this.#next.delete(signal.deviceId);
      try {
        await signal.show(state, this.#stop);
      } catch {
        this.#failed(signal.deviceId);
      }
    }
    this.#busy.delete(signal.deviceId);
  }
}
