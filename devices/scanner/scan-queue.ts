import type { ScanEvent } from '../../src/ports/text-scanner.ts';

const EVENTS_MAX = 256;

/** What a scanner tells one consumer. Of a consumer that sleeps the oldest events are forgotten. */
export class ScanQueue {
  #events: ScanEvent[] = [];
  #isEnded = false;
  #wake = () => {};

  push(event: ScanEvent): void {
    this.#events.push(event);
    if (this.#events.length > EVENTS_MAX) this.#events.shift();
    this.#wake();
  }

  end(): void {
    this.#isEnded = true;
    this.#wake();
  }

  /** Until it is ended and empty. */
  async *drain(): AsyncGenerator<ScanEvent> {
    for (;;) {
      const event = this.#events.shift();
      if (event !== undefined) {
        yield event;
        continue;
      }
      if (this.#isEnded) return;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}
