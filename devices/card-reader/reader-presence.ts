import type { CardReaderEvent, InsertedCard } from '../../src/ports/card-reader.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { DeviceOffline, DeviceOnline } from '../../src/ports/device-event.ts';

type Told = { state: DeviceOnline | DeviceOffline | undefined; outages: number };

/**
 * What a card reader is now, and the events that lead a consumer there from what it was last told. No queue: a consumer
 * that dawdles is told what still counts, each insertion and removal in its turn, and costs nothing meanwhile.
 */
export class ReaderPresence {
  readonly #deviceId: string;
  readonly #clock: Clock;
  #state: DeviceOnline | DeviceOffline | undefined;
  #outage: DeviceOffline | undefined;
  #outages = 0;
  /** Insertions in their order, with the times they came. */
  readonly #cards = new Map<InsertedCard, number>();
  readonly #wakers = new Set<() => void>();

  constructor(deviceId: string, clock: Clock) {
    this.#deviceId = deviceId;
    this.#clock = clock;
  }

  get online(): boolean {
    return this.#state?.kind === 'online';
  }

  goOnline(): void {
    if (this.online) return;
    this.#state = { kind: 'online', deviceId: this.#deviceId, atMs: this.#clock.wallMs() };
    this.#wake();
  }

  /** Said once for each reason. Cards that lay there are removed first. */
  goOffline(reason: string, detail: readonly string[]): void {
    if (this.#state?.kind === 'offline' && this.#state.reason === reason) return;
    this.#cards.clear();
    const atMs = this.#clock.wallMs();
    this.#outage = { kind: 'offline', deviceId: this.#deviceId, atMs, reason, detail };
    this.#outages += 1;
    this.#state = this.#outage;
    this.#wake();
  }

  put(card: InsertedCard): void {
    this.#cards.set(card, this.#clock.wallMs());
    this.#wake();
  }

  take(card: InsertedCard): void {
    if (this.#cards.delete(card)) this.#wake();
  }

  /** Begins with what is now. Ends when `signal` aborts. Any number of consumers. */
  async *events(signal: AbortSignal): AsyncGenerator<CardReaderEvent, void> {
    const told: Told = { state: undefined, outages: this.#outages };
    const toldCards = new Set<InsertedCard>();
    let wakeUp = () => {};
    const wake = () => wakeUp();
    this.#wakers.add(wake);
    signal.addEventListener('abort', wake);
    try {
      while (!signal.aborted) {
        const event = this.#next(told, toldCards);
        if (event !== undefined) yield event;
        else {
          await new Promise<void>((resolve) => {
            wakeUp = resolve;
          });
        }
      }
    } finally {
      this.#wakers.delete(wake);
      signal.removeEventListener('abort', wake);
    }
  }

  #next(told: Told, toldCards: Set<InsertedCard>): CardReaderEvent | undefined {
    for (const card of toldCards) {
      if (this.#cards.has(card)) continue;
      toldCards.delete(card);
      const atMs = this.#clock.wallMs();
      return { kind: 'card-removed', deviceId: this.#deviceId, atMs, card };
    }
    if (told.state !== this.#state) {
      // An outage that is over is told too: somebody may have to look at the cable.
      const missed = told.state?.kind === 'online' && told.outages !== this.#outages;
      told.state = missed ? this.#outage : this.#state;
      told.outages = this.#outages;
      return told.state;
    }
    for (const [card, atMs] of this.#cards) {
      if (toldCards.has(card)) continue;
      toldCards.add(card);
      return { kind: 'card-inserted', deviceId: this.#deviceId, atMs, card };
    }
    return undefined;
  }

  #wake(): void {
    for (const wake of this.#wakers) wake();
  }
}
