import type { CardReader, CardReaderEvent, InsertedCard } from '../../src/ports/card-reader.ts';

/** One consumer of a reader's events. */
export class ReaderWatch {
  /** All that was heard so far. */
  readonly events: CardReaderEvent[] = [];
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;
  #looked = 0;
  #wake = () => {};

  constructor(reader: CardReader) {
    this.#running = this.#run(reader);
  }

  /** The next event of that kind, past those that `next` gave or skipped before. */
  async next<Kind extends CardReaderEvent['kind']>(
    kind: Kind,
    fits: (event: Extract<CardReaderEvent, { kind: Kind }>) => boolean = () => true,
  ): Promise<Extract<CardReaderEvent, { kind: Kind }>> {
    type Wanted = Extract<CardReaderEvent, { kind: Kind }>;
    for (;;) {
      const event = this.events[this.#looked];
      if (event === undefined) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
        continue;
      }
      this.#looked += 1;
      if (event.kind === kind && fits(event as Wanted)) return event as Wanted;
    }
  }

  async inserted(): Promise<InsertedCard> {
    return (await this.next('card-inserted')).card;
  }

  /** What was heard, without times: `online`, `card-inserted`, `offline reader.fault`. */
  get words(): readonly string[] {
    return this.events.map((event) =>
      event.kind === 'offline' ? `${event.kind} ${event.reason}` : event.kind,
    );
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #run(reader: CardReader): Promise<void> {
    for await (const event of reader.events(this.#stop.signal)) {
      this.events.push(event);
      this.#wake();
    }
  }
}
