import type { Clock } from '../../src/ports/clock.ts';
import type { RelayBoardEvent } from './relay-board.ts';

type Listener = (event: RelayBoardEvent) => void;

/** What one board tells, each thing once: again only when it has changed. */
export class BoardEvents {
  readonly #deviceId: string;
  readonly #clock: Clock;
  readonly #listeners = new Set<Listener>();
  /** Last told: null is online. */
  #told: string | null | undefined;
  readonly #inputs = new Map<number, boolean>();

  constructor(deviceId: string, clock: Clock) {
    this.#deviceId = deviceId;
    this.#clock = clock;
  }

  on(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  online(): void {
    if (this.#told === null) return;
    this.#told = null;
    this.#inputs.clear();
    this.#tell({ kind: 'online', deviceId: this.#deviceId, atMs: this.#clock.wallMs() });
  }

  offline(reason: string, detail: readonly string[]): void {
    if (this.#told === reason) return;
    this.#told = reason;
    const atMs = this.#clock.wallMs();
    this.#tell({ kind: 'offline', deviceId: this.#deviceId, atMs, reason, detail });
  }

  /** Only while online. */
  input(channel: number, closed: boolean): void {
    if (this.#told !== null || this.#inputs.get(channel) === closed) return;
    this.#inputs.set(channel, closed);
    const atMs = this.#clock.wallMs();
    this.#tell({ kind: 'input', deviceId: this.#deviceId, atMs, channel, closed });
  }

  #tell(event: RelayBoardEvent): void {
    for (const listener of [...this.#listeners]) listener(event);
  }
}
