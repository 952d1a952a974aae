import type { Clock } from '../../../src/ports/clock.ts';
import type { ScanEvent, TextScanner } from '../../../src/ports/text-scanner.ts';
import { ScanQueue } from '../scan-queue.ts';

/** A scanner in memory, for any number of consumers. */
export class SimScanner implements TextScanner {
  readonly deviceId: string;
  readonly #clock: Clock;
  readonly #queues = new Set<ScanQueue>();
  #reason: string | null = null;

  constructor(deviceId: string, clock: Clock) {
    this.deviceId = deviceId;
    this.#clock = clock;
  }

  /** Reads a code; nothing while it is unplugged. */
  scan(bytes: Uint8Array, symbology: string | null = null): void {
    if (this.#reason !== null) return;
    const { deviceId } = this;
    this.#tell({ kind: 'scan', deviceId, atMs: this.#clock.wallMs(), bytes, symbology });
  }

  unplug(reason = 'scanner.unplugged'): void {
    this.#reason = reason;
    this.#tell(this.#state());
  }

  plug(): void {
    this.#reason = null;
    this.#tell(this.#state());
  }

  async *events(signal: AbortSignal): AsyncGenerator<ScanEvent> {
    if (signal.aborted) return;
    const queue = new ScanQueue();
    const end = () => queue.end();
    signal.addEventListener('abort', end, { once: true });
    this.#queues.add(queue);
    queue.push(this.#state());
    try {
      yield* queue.drain();
    } finally {
      this.#queues.delete(queue);
      signal.removeEventListener('abort', end);
    }
  }

  #state(): ScanEvent {
    const atMs = this.#clock.wallMs();
    const { deviceId } = this;
    const reason = this.#reason;
    if (reason === null) return { kind: 'online', deviceId, atMs };
    return { kind: 'offline', deviceId, atMs, reason, detail: [] };
  }

  #tell(event: ScanEvent): void {
    for (const queue of this.#queues) queue.push(event);
  }
}
