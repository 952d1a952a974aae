import { DeviceFault } from '../../../src/kernel/errors.ts';
import type {
  CardConnection,
  CardReader,
  CardReaderEvent,
  InsertedCard,
} from '../../../src/ports/card-reader.ts';
import type { Clock } from '../../../src/ports/clock.ts';
import { ReaderPresence } from '../reader-presence.ts';
import type { EmulatedCard } from './emulated-card.ts';
import { CCCD_ATR } from './vpcd-client.ts';

const SLOT = 'Emulated reader';

/** A card reader in memory with one slot: cards are laid on it and taken away, and it is unplugged, when told so. */
export class EmulatedReader implements CardReader {
  readonly deviceId: string;
  readonly #clock: Clock;
  readonly #presence: ReaderPresence;
  #lying: EmulatedInsertion | undefined;

  constructor(deviceId: string, clock: Clock) {
    this.deviceId = deviceId;
    this.#clock = clock;
    this.#presence = new ReaderPresence(deviceId, clock);
    this.#presence.goOnline();
  }

  events(signal: AbortSignal): AsyncIterable<CardReaderEvent> {
    return this.#presence.events(signal);
  }

  /**
   * Lays a card on the reader in place of whatever lay there. On a reader without cable it is seen once that is plugged
   * in. A card that pulls itself (CardFault) is removed, and comes back only by another `insert`.
   */
  insert(card: EmulatedCard, atr: Uint8Array = CCCD_ATR): InsertedCard {
    this.remove();
    const insertion = new EmulatedInsertion(card, atr, this.#clock, () => {
      if (this.#lying === insertion) this.remove();
    });
    this.#lying = insertion;
    if (this.#presence.online) this.#show(insertion);
    return insertion;
  }

  /** Takes the card away; without one nothing happens. */
  remove(): void {
    const lying = this.#lying;
    if (lying === undefined) return;
    this.#lying = undefined;
    this.#presence.take(lying);
    lying.end();
  }

  /** A card that lies there when the cable comes back is a new insertion. */
  plug(): void {
    if (this.#presence.online) return;
    this.#presence.goOnline();
    if (this.#lying !== undefined) this.#show(this.#lying);
  }

  unplug(): void {
    const lying = this.#lying;
    this.remove();
    this.#presence.goOffline('reader.not-found', ['the emulated reader was unplugged']);
    if (lying !== undefined) this.insert(lying.card, lying.atr);
  }

  #show(insertion: EmulatedInsertion): void {
    insertion.begin();
    this.#presence.put(insertion);
  }
}

/** Ends by itself when its card says that it is gone: then `gone` is called. */
class EmulatedInsertion implements InsertedCard {
  readonly slot = SLOT;
  readonly atr: Uint8Array;
  readonly card: EmulatedCard;
  readonly #clock: Clock;
  readonly #gone: () => void;
  #present = false;
  readonly #ended = new AbortController();
  /** Aborts when the connection is given back. */
  #held: AbortController | undefined;

  constructor(card: EmulatedCard, atr: Uint8Array, clock: Clock, gone: () => void) {
    this.card = card;
    this.atr = atr;
    this.#clock = clock;
    this.#gone = gone;
  }

  begin(): void {
    this.#present = true;
  }

  end(): void {
    this.#present = false;
    this.#ended.abort();
    this.card.reset();
  }

  /** Waits for an open connection to be closed, until the deadline. */
  async connect(deadlineMs: number): Promise<CardConnection> {
    const startMs = this.#clock.monoMs();
    for (;;) {
      this.#refuseWhenGone();
      if (this.#held === undefined) break;
      const leftMs = deadlineMs - (this.#clock.monoMs() - startMs);
      if (leftMs <= 0) {
        throw new DeviceFault(
          `the card on ${SLOT} was not free within ${deadlineMs} ms: close its other connection first`,
        );
      }
      await this.#clock.sleep(leftMs, AbortSignal.any([this.#held.signal, this.#ended.signal]));
    }
    const held = new AbortController();
    this.#held = held;
    this.card.reset();
    return {
      transmit: (command, commandDeadlineMs) => this.#transmit(held, command, commandDeadlineMs),
      close: async () => this.#close(held),
    };
  }

  #close(held: AbortController): void {
    held.abort();
    if (this.#held !== held) return;
    this.#held = undefined;
    this.card.reset();
  }

  async #transmit(
    held: AbortController,
    command: Uint8Array,
    deadlineMs: number,
  ): Promise<Uint8Array> {
    this.#refuseWhenGone();
    if (held.signal.aborted) {
      throw new DeviceFault('this connection to the card has ended: connect again');
    }
    const stop = AbortSignal.any([held.signal, this.#ended.signal]);
    const answered = new AbortController();
    const waiting = this.#clock.sleep(deadlineMs, AbortSignal.any([stop, answered.signal]));
    const answer = this.#answer(held, command);
    const first = await Promise.race([answer, waiting]).finally(() => answered.abort());
    if (first !== undefined) return first;
    this.#refuseWhenGone();
    this.#close(held);
    throw new DeviceFault(
      `no answer from the card within ${deadlineMs} ms: lay it down again, and try another one`,
    );
  }

  /** A card's DeviceFault says that it is gone from the field, unless it was reset meanwhile. */
  async #answer(held: AbortController, command: Uint8Array): Promise<Uint8Array> {
    try {
      return await this.card.transmit(command);
    } catch (error) {
      const stillHeld = this.#present && this.#held === held && !held.signal.aborted;
      if (error instanceof DeviceFault && stillHeld) this.#gone();
      throw error;
    }
  }

  #refuseWhenGone(): void {
    if (this.#present) return;
    throw new DeviceFault(`there is no card on ${SLOT} any more: lay it down again`);
  }
}
