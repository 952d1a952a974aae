import type { CardChannel } from '../chip/card-channel.ts';
import { DeviceFault } from '../kernel/errors.ts';
import { CardLink } from '../lane/card-link.ts';
import type { CardReader, CardReaderEvent, InsertedCard } from '../ports/card-reader.ts';
import type { Clock } from '../ports/clock.ts';

const NO_CARD = 'no card was laid on a reader';
/** A card that slipped is laid back at once, or not at all. */
const BACK_MS = 5_000;

/** Cards as they are laid on a reader, and the conversation with the one that lies there. */
export class CardWatch {
  readonly #clock: Clock;
  readonly #tell: (line: string) => void;
  readonly #stop = new AbortController();
  readonly #events: AsyncIterator<CardReaderEvent>;
  readonly #msLeft: () => number;
  /** Asked for, and not come yet when time was over. */
  #waiting: Promise<IteratorResult<CardReaderEvent>> | null = null;
  #problem = NO_CARD;
  #link: CardLink | null = null;

  /** `msLeft`: until when the card must have been read. */
  constructor(
    reader: CardReader,
    options: {
      readonly clock: Clock;
      readonly tell: (line: string) => void;
      readonly signal: AbortSignal;
      readonly msLeft: () => number;
    },
  ) {
    this.#clock = options.clock;
    this.#tell = options.tell;
    this.#msLeft = options.msLeft;
    const stop = AbortSignal.any([options.signal, this.#stop.signal]);
    this.#events = reader.events(stop)[Symbol.asyncIterator]();
  }

  /** To the first card that comes. Throws DeviceFault when none does in time. */
  async first(waitMs: number): Promise<CardChannel> {
    const card = await this.#next(waitMs);
    if (card !== null) return this.#connect(card);
    throw new DeviceFault(`${this.#problem} (waited ${waitMs / 1_000} s; --wait waits longer)`);
  }

  /** To the card that lies there, or to the one that is laid there soon; null: there is none. */
  async again(): Promise<CardChannel | null> {
    try {
      if (this.#link !== null) return await this.#link.open();
    } catch (error) {
      if (!(error instanceof DeviceFault)) throw error;
    }
    this.#tell('the card slipped or was taken away: lay it back');
    const card = await this.#next(Math.min(BACK_MS, this.#msLeft()));
    return card === null ? null : this.#connect(card);
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#link?.close();
  }

  async #connect(card: InsertedCard): Promise<CardChannel> {
    await this.#link?.close();
    this.#link = new CardLink(card, this.#msLeft);
    return this.#link.open();
  }

  async #next(waitMs: number): Promise<InsertedCard | null> {
    const done = new AbortController();
    const late = this.#clock.sleep(waitMs, done.signal).then(() => null);
    try {
      for (;;) {
        this.#waiting ??= this.#events.next();
        const next = await Promise.race([this.#waiting, late]);
        if (next === null) return null;
        this.#waiting = null;
        if (next.done === true) return null;
        if (next.value.kind === 'card-inserted') return next.value.card;
        this.#hear(next.value);
      }
    } finally {
      done.abort();
    }
  }

  #hear(event: CardReaderEvent): void {
    if (event.kind === 'online') {
      this.#problem = NO_CARD;
      if (this.#link === null) this.#tell('lay the card on the reader');
    }
    if (event.kind === 'offline') {
      this.#problem = `${event.reason}: ${event.detail.join('; ')}`;
      this.#tell(this.#problem);
    }
  }
}
