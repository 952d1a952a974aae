import type { Clock } from '../../src/ports/clock.ts';
import type { Lamp, LampEvent } from '../../src/ports/lamp.ts';
import { BoardFault, type RelayBoard, type RelayBoardEvent } from '../relay/relay-board.ts';
import { SignalHealth } from '../signal/signal-health.ts';

export type BoardLampSettings = {
  readonly deviceId: string;
  readonly dims: boolean;
  /** Gives the board a level of 0 to 1; one that cannot dim is on above 0. */
  readonly order: (level: number, signal: AbortSignal) => Promise<void>;
};

export type BoardLampDeps = { readonly board: Pick<RelayBoard, 'onEvent'>; readonly clock: Clock };

const AGAIN_MS = 10_000;
const RETRY_MS = 500;
const LEAVE_MS_MAX = 1_500;

/** A lamp on an output of a board, switched or dimmed. */
export class BoardLamp implements Lamp {
  readonly deviceId: string;
  readonly dims: boolean;
  readonly #settings: BoardLampSettings;
  readonly #clock: Clock;
  readonly #health: SignalHealth;
  #level = 0;
  #orders: Promise<void> = Promise.resolve();
  #isBoardThere = false;
  #wake = new AbortController();

  constructor(settings: BoardLampSettings, { board, clock }: BoardLampDeps) {
    this.deviceId = settings.deviceId;
    this.dims = settings.dims;
    this.#settings = settings;
    this.#clock = clock;
    this.#health = new SignalHealth(settings.deviceId, clock);
    board.onEvent((event) => this.#onBoard(event));
  }

  async shine(level: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    this.#level = level;
    try {
      await this.#order(signal);
    } catch (error) {
      this.#failed(error);
      this.#wake.abort();
      throw error;
    }
  }

  onEvent(listener: (event: LampEvent) => void): () => void {
    return this.#health.onEvent(listener);
  }

  async run(signal: AbortSignal): Promise<void> {
    const stop = () => this.#wake.abort();
    signal.addEventListener('abort', stop);
    while (!signal.aborted) {
      this.#wake = new AbortController();
      if (this.#isBoardThere) await this.#shineAgain(signal);
      const isDue = this.#isBoardThere && !this.#health.isOnline;
      if (!signal.aborted) await this.#clock.sleep(isDue ? RETRY_MS : AGAIN_MS, this.#wake.signal);
    }
    signal.removeEventListener('abort', stop);
    await this.#leave();
  }

  #onBoard(event: RelayBoardEvent): void {
    if (event.kind === 'input') return;
    this.#isBoardThere = event.kind === 'online';
    if (event.kind === 'offline') this.#health.offline(event.reason, event.detail);
    this.#wake.abort();
  }

  async #shineAgain(signal: AbortSignal): Promise<void> {
    try {
      await this.#order(signal);
      this.#health.online();
    } catch (error) {
      if (!signal.aborted) this.#failed(error);
    }
  }

  /** One after the other; each gives what holds when its turn has come. */
  #order(signal: AbortSignal): Promise<void> {
    const order = this.#orders.then(() => this.#settings.order(this.#level, signal));
    this.#orders = order.catch(() => {});
    return order;
  }

  #failed(error: unknown): void {
    if (!this.#isBoardThere) return;
    if (!(error instanceof BoardFault)) throw error;
    this.#health.offline(error.reason, [error.message]);
  }

  async #leave(): Promise<void> {
    if (!this.#isBoardThere) return;
    this.#level = 0;
    const late = new AbortController();
    const over = new AbortController();
    void this.#clock.sleep(LEAVE_MS_MAX, over.signal).then(() => late.abort());
    await this.#order(late.signal).catch(() => {});
    over.abort();
  }
}
