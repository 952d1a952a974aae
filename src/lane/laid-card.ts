import type { CardChannel } from '../chip/card-channel.ts';
import type { ReadManners } from '../chip/read-manners.ts';
import { type ChipFields, NO_CHIP_FIELDS } from '../documents/chip-card.ts';
import { DeviceFault } from '../kernel/errors.ts';
import type { InsertedCard } from '../ports/card-reader.ts';
import type { Clock } from '../ports/clock.ts';
import { CardLink } from './card-link.ts';

/** A card that slips off while it is being read, and is laid back within so long, is read on. */
const SLIP_MS = 2_500;

export type LaidCardParts = {
  readonly number: number;
  readonly deviceId: string;
  readonly card: InsertedCard;
  readonly manners: ReadManners;
  readonly clock: Clock;
};

/** One insertion, from a card being laid down until it is taken away for good. */
export class LaidCard {
  readonly number: number;
  readonly deviceId: string;
  readonly manners: ReadManners;
  /** Attempts at access that failed (security C5). */
  failed = 0;
  /** What was read of its holder so far. */
  fields: ChipFields = NO_CHIP_FIELDS;
  reading = false;
  readonly #clock: Clock;
  readonly #gone = new AbortController();
  /** Null: slipped off. */
  #card: InsertedCard | null;
  #changed = new AbortController();
  #link: CardLink | null = null;

  constructor({ number, deviceId, card, manners, clock }: LaidCardParts) {
    this.number = number;
    this.deviceId = deviceId;
    this.manners = manners;
    this.#card = card;
    this.#clock = clock;
  }

  /** Aborts when it was taken away. */
  get gone(): AbortSignal {
    return this.#gone.signal;
  }

  get slipped(): boolean {
    return this.#card === null;
  }

  is(card: InsertedCard): boolean {
    return this.#card === card;
  }

  /** Off the reader; resolves after SLIP_MS, or once it is back or gone. */
  async slip(): Promise<void> {
    this.#change(null);
    await this.#clock.sleep(SLIP_MS, AbortSignal.any([this.#changed.signal, this.gone]));
  }

  /** This, or another: the reading finds out (security C1). */
  back(card: InsertedCard): void {
    this.#change(card);
  }

  end(): void {
    this.#gone.abort();
  }

  /** A channel to the card, freshly reset, in place of the one before. Waits for one that slipped; then DeviceFault. */
  async open(msLeft: () => number): Promise<CardChannel> {
    const tried = this.#card;
    try {
      if (tried !== null) return await this.#linkTo(tried, msLeft);
    } catch (error) {
      if (!(error instanceof DeviceFault) || this.gone.aborted) throw error;
    }
    // Gone from the field before the reader has said so, or while it has.
    if (this.#card === tried || this.#card === null) await this.#wait(msLeft());
    const card = this.#card;
    if (card === null || this.gone.aborted) {
      throw new DeviceFault('the card was taken away while it was being read: lay it down again');
    }
    return this.#linkTo(card, msLeft);
  }

  async close(): Promise<void> {
    await this.#link?.close();
  }

  async #linkTo(card: InsertedCard, msLeft: () => number): Promise<CardChannel> {
    await this.#link?.close();
    this.#link = new CardLink(card, msLeft);
    return this.#link.open();
  }

  /** Until a card lies there that was not there before, for a while. */
  async #wait(msLeft: number): Promise<void> {
    const untilMonoMs = this.#clock.monoMs() + Math.min(SLIP_MS, msLeft);
    const before = this.#card;
    for (;;) {
      const restMs = untilMonoMs - this.#clock.monoMs();
      if (restMs <= 0 || this.gone.aborted) return;
      if (this.#card !== null && this.#card !== before) return;
      await this.#clock.sleep(restMs, AbortSignal.any([this.#changed.signal, this.gone]));
    }
  }

  #change(card: InsertedCard | null): void {
    this.#card = card;
    const changed = this.#changed;
    this.#changed = new AbortController();
    changed.abort();
  }
}
