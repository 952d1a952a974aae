import type { CardReaderEvent, InsertedCard } from '../../src/ports/card-reader.ts';
import type { DeviceOffline } from '../../src/ports/device-event.ts';
import type { RelayBoard, RelayBoardEvent } from '../relay/relay-board.ts';

type AnyEvent = DeviceOffline | { readonly kind: string };
type Device<Event> = { events(signal: AbortSignal): AsyncIterable<Event> };

/** One consumer of a device's events. */
export class DeviceWatch<Event extends AnyEvent> {
  /** All that was heard so far. */
  readonly events: Event[] = [];
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;
  #looked = 0;
  #wake = () => {};

  constructor(device: Device<Event>) {
    this.#running = this.#run(device);
  }

  /** The next event of that kind, past those that `next` gave or skipped before. */
  async next<Kind extends Event['kind']>(
    kind: Kind,
    fits: (event: Extract<Event, { kind: Kind }>) => boolean = () => true,
  ): Promise<Extract<Event, { kind: Kind }>> {
    type Wanted = Extract<Event, { kind: Kind }>;
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

  /** What was heard, without times: `online`, `card-inserted`, `offline reader.fault`. */
  get words(): readonly string[] {
    return this.events.map((event) =>
      'reason' in event ? `${event.kind} ${event.reason}` : event.kind,
    );
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #run(device: Device<Event>): Promise<void> {
    for await (const event of device.events(this.#stop.signal)) {
      this.events.push(event);
      this.#wake();
    }
  }
}

export class ReaderWatch extends DeviceWatch<CardReaderEvent> {
  async inserted(): Promise<InsertedCard> {
    return (await this.next('card-inserted')).card;
  }
}

/** Runs a board, and hears it. */
export class BoardWatch extends DeviceWatch<RelayBoardEvent> {
  constructor(board: RelayBoard) {
    super({ events: (signal) => eventsOf(board, signal) });
  }
}

async function* eventsOf(board: RelayBoard, signal: AbortSignal): AsyncGenerator<RelayBoardEvent> {
  const events: RelayBoardEvent[] = [];
  let wake = () => {};
  const stop = board.onEvent((event) => {
    events.push(event);
    wake();
  });
  let isEnded = false;
  const running = board.run(signal).finally(() => {
    isEnded = true;
    wake();
  });
  while (!isEnded || events.length > 0) {
    const event = events.shift();
    if (event !== undefined) yield event;
    else {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  }
  stop();
  await running;
}
