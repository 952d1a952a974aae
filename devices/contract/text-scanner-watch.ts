import type { ScanEvent, TextScanner } from '../../src/ports/text-scanner.ts';

/** One consumer of a scanner's events. */
export class ScannerWatch {
  /** All that was heard so far. */
  readonly events: ScanEvent[] = [];
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;
  #looked = 0;
  #wake = () => {};

  constructor(scanner: TextScanner) {
    this.#running = this.#run(scanner);
  }

  /** The next event of that kind, past those that `next` gave or skipped before. */
  async next<Kind extends ScanEvent['kind']>(
    kind: Kind,
  ): Promise<Extract<ScanEvent, { kind: Kind }>> {
    for (;;) {
      const event = this.events[this.#looked];
      if (event === undefined) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
        continue;
      }
      this.#looked += 1;
      if (event.kind === kind) return event as Extract<ScanEvent, { kind: Kind }>;
    }
  }

  /** What was heard, without times and details. */
  get words(): readonly string[] {
    return this.events.map((event) =>
      event.kind === 'offline' ? `offline ${event.reason}` : event.kind,
    );
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #run(scanner: TextScanner): Promise<void> {
    for await (const event of scanner.events(this.#stop.signal)) {
      this.events.push(event);
      this.#wake();
    }
  }
}
