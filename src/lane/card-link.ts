import type { CardChannel } from '../chip/card-channel.ts';
import type { CardConnection, InsertedCard } from '../ports/card-reader.ts';

/** The largest read over the slowest wire takes a tenth of it; a chip may think for a second over a key. */
const COMMAND_MS = 3_000;
const CONNECT_MS = 3_000;

/** A card's connection, remade after every loss. */
export class CardLink {
  readonly #card: InsertedCard;
  readonly #msLeft: () => number;
  #connection: CardConnection | null = null;

  constructor(card: InsertedCard, msLeft: () => number) {
    this.#card = card;
    this.#msLeft = msLeft;
  }

  async open(): Promise<CardChannel> {
    await this.close();
    const connection = await this.#card.connect(Math.min(CONNECT_MS, this.#msLeft()));
    this.#connection = connection;
    return {
      transmit: (command) => connection.transmit(command, Math.min(COMMAND_MS, this.#msLeft())),
    };
  }

  async close(): Promise<void> {
    const connection = this.#connection;
    this.#connection = null;
    await connection?.close();
  }
}
