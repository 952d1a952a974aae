import type { Clock } from '../../src/ports/clock.ts';
import type { SignalEvent } from '../../src/ports/signal.ts';

/** Whether a signal or lamp is there, told to whoever listens when it changes. */
export class SignalHealth {
  readonly #deviceId: string;
  readonly #clock: Clock;
  readonly #listeners = new Set<(event: SignalEvent) => void>();
  /** Last told: null is online. */
  #told: string | null | undefined;

  constructor(deviceId: string, clock: Clock) {
    this.#deviceId = deviceId;
    this.#clock = clock;
  }

  get isOnline(): boolean {
    return this.#told === null;
  }

  onEvent(listener: (event: SignalEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  online(): void {
    if (this.#told === null) return;
    this.#told = null;
    this.#tell({ kind: 'online', ...this.#now() });
  }

  offline(reason: string, detail: readonly string[]): void {
    if (this.#told === reason) return;
    this.#told = reason;
    this.#tell({ kind: 'offline', ...this.#now(), reason, detail });
  }

  #now() {
    return { deviceId: this.#deviceId, atMs: this.#clock.wallMs() };
  }

  #tell(event: SignalEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}
