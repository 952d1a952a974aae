import { backoffDelayMs } from '../../src/kernel/backoff.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { ScanEvent } from '../../src/ports/text-scanner.ts';
import { ScanQueue } from './scan-queue.ts';

export type ScannerDeps = { readonly clock: Clock; readonly random: () => number };

/** Together with the time to open, well within 2 s of the return. */
const REOPEN = { delayMsMin: 100, delayMsMax: 800 };

/** Says what happens to one scanner, and nothing of it twice in a row. */
export class ScanTeller {
  readonly #deviceId: string;
  readonly #clock: Clock;
  readonly #queue: ScanQueue;
  /** Last told: null is online. */
  #told: string | null | undefined;

  constructor(deviceId: string, clock: Clock, queue: ScanQueue) {
    this.#deviceId = deviceId;
    this.#clock = clock;
    this.#queue = queue;
  }

  /** A code was read, so the scanner is there and understood. */
  scan(bytes: Uint8Array, symbology: string | null): void {
    this.online();
    this.#queue.push({ kind: 'scan', ...this.#here(), bytes, symbology });
  }

  online(): void {
    if (this.#told === null) return;
    this.#told = null;
    this.#queue.push({ kind: 'online', ...this.#here() });
  }

  offline(reason: string, detail: readonly string[]): void {
    if (this.#told === reason) return;
    this.#told = reason;
    this.#queue.push({ kind: 'offline', ...this.#here(), reason, detail });
  }

  #here() {
    return { deviceId: this.#deviceId, atMs: this.#clock.wallMs() };
  }
}

/** One consumer's events, from a scanner that `run` keeps until its signal aborts. */
export async function* scanEvents(
  deviceId: string,
  { clock }: ScannerDeps,
  signal: AbortSignal,
  run: (teller: ScanTeller, signal: AbortSignal) => Promise<void>,
): AsyncGenerator<ScanEvent> {
  const left = new AbortController();
  const queue = new ScanQueue();
  const teller = new ScanTeller(deviceId, clock, queue);
  const running = run(teller, AbortSignal.any([signal, left.signal])).finally(() => queue.end());
  try {
    yield* queue.drain();
  } finally {
    left.abort();
    await running;
  }
}

/** Opens again and again until `signal` aborts. `listenOnce` resolves to whether it could be opened. */
export async function keepOpen(
  { clock, random }: ScannerDeps,
  signal: AbortSignal,
  listenOnce: () => Promise<boolean>,
): Promise<void> {
  for (let failures = 0; !signal.aborted; failures++) {
    if (await listenOnce()) failures = 0;
    await clock.sleep(backoffDelayMs(REOPEN, failures, random()), signal);
  }
}
