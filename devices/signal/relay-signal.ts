import type { Clock } from '../../src/ports/clock.ts';
import type { OutwardSignal, Signal, SignalEvent } from '../../src/ports/signal.ts';
import { BoardFault, type RelayBoard, type RelayBoardEvent } from '../relay/relay-board.ts';
import { SignalHealth } from './signal-health.ts';
import { signalOutputs } from './signal-outputs.ts';

export const SIGNAL_LIGHTS = ['green', 'amber', 'red'] as const;
type Light = (typeof SIGNAL_LIGHTS)[number];

/** A light whose lamp hangs on the relay's closed contact burns while the relay is at rest. */
export type LightOutput = { readonly channel: number; readonly burnsAtRest: boolean };

export type RelaySignalSettings = {
  readonly deviceId: string;
  readonly lights: Readonly<Partial<Record<Light, LightOutput>>>;
  /** Output channel; null: none. */
  readonly buzzer: number | null;
  /** What stays when the station ends in good order. */
  readonly atStop: 'red' | 'dark';
};

export type RelaySignalDeps = { readonly board: RelayBoard; readonly clock: Clock };

/** A board that was without power for a moment comes back dark, and may not have been missed. */
const AGAIN_MS = 10_000;
const RETRY_MS = 500;
const ORDERS_MS_MAX = 1_500;

/** A traffic light or andon tower with a buzzer, on a relay board. */
export class RelaySignal implements Signal {
  readonly deviceId: string;
  readonly #settings: RelaySignalSettings;
  readonly #board: RelayBoard;
  readonly #clock: Clock;
  readonly #health: SignalHealth;
  #wanted: OutwardSignal | null = null;
  /** Counts orders: lights and rhythm of one that is not the newest any more end. */
  #newest = 0;
  #lights: Promise<void> = Promise.resolve();
  #rhythm: Promise<void> = Promise.resolve();
  #isBoardThere = false;
  #wake = new AbortController();

  constructor(settings: RelaySignalSettings, { board, clock }: RelaySignalDeps) {
    this.deviceId = settings.deviceId;
    this.#settings = settings;
    this.#board = board;
    this.#clock = clock;
    this.#health = new SignalHealth(settings.deviceId, clock);
    board.onEvent((event) => this.#onBoard(event));
  }

  /** Resolves once the lights are as they should; the buzzer sounds after that. */
  async show(state: OutwardSignal, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    this.#newest += 1;
    const mine = this.#newest;
    this.#wanted = state;
    try {
      await this.#light(signalOutputs(state).light, signal);
    } catch (error) {
      this.#failed(error);
      this.#wake.abort();
      throw error;
    }
    if (mine === this.#newest) this.#buzz(mine, signalOutputs(state).buzzerMs);
  }

  onEvent(listener: (event: SignalEvent) => void): () => void {
    return this.#health.onEvent(listener);
  }

  async run(signal: AbortSignal): Promise<void> {
    const stop = () => this.#wake.abort();
    signal.addEventListener('abort', stop);
    while (!signal.aborted) {
      this.#wake = new AbortController();
      if (this.#isBoardThere) await this.#showAgain(signal);
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

  /** Without the sound of it: that belonged to a moment that is over. A buzzer that a crash left on is ended here. */
  async #showAgain(signal: AbortSignal): Promise<void> {
    const state = this.#wanted;
    try {
      if (!this.#health.isOnline) await this.#quiet(signal);
      if (state !== null) await this.#light(signalOutputs(state).light, signal);
      this.#health.online();
    } catch (error) {
      if (!signal.aborted) this.#failed(error);
    }
  }

  /** Never two lights at once: what must be dark goes first. All are ordered each time, whatever they were before. */
  #light(light: Light | 'dark', signal: AbortSignal): Promise<void> {
    const mine = this.#newest;
    const { lights } = this.#settings;
    const fitted = SIGNAL_LIGHTS.flatMap((name) => {
      const output = lights[name];
      return output === undefined ? [] : [{ ...output, on: name === light }];
    });
    const inOrder = [...fitted.filter(({ on }) => !on), ...fitted.filter(({ on }) => on)];
    const orders = this.#lights.then(async () => {
      for (const { channel, on, burnsAtRest } of inOrder) {
        if (mine !== this.#newest) return;
        await this.#board.set(channel, on !== burnsAtRest, signal);
      }
    });
    this.#lights = orders.catch(() => {});
    return orders;
  }

  /**
   * Each sound is a pulse of the board's own timer, where it has one: whatever ends this process cannot leave it
   * sounding. Faults are told, nobody waits for them.
   */
  #buzz(mine: number, buzzerMs: readonly number[]): void {
    const { buzzer } = this.#settings;
    if (buzzer === null || buzzerMs.length === 0) return;
    const { signal } = new AbortController();
    this.#rhythm = this.#rhythm.then(async () => {
      const beginsMonoMs = this.#clock.monoMs();
      let atMs = 0;
      for (const [index, ms] of buzzerMs.entries()) {
        if (mine !== this.#newest) return;
        if (index % 2 === 0) await this.#board.pulse(buzzer, ms, signal);
        atMs += ms;
        await this.#clock.sleep(beginsMonoMs + atMs - this.#clock.monoMs(), signal);
      }
    });
    this.#rhythm = this.#rhythm.catch((error: unknown) => this.#failed(error));
  }

  async #quiet(signal: AbortSignal): Promise<void> {
    const { buzzer } = this.#settings;
    if (buzzer !== null) await this.#board.set(buzzer, false, signal);
  }

  #failed(error: unknown): void {
    if (!this.#isBoardThere) return;
    if (!(error instanceof BoardFault)) throw error;
    this.#health.offline(error.reason, [error.message]);
  }

  /** The last order: what people see while nobody watches over the lane. */
  async #leave(): Promise<void> {
    this.#newest += 1;
    await this.#rhythm;
    if (!this.#isBoardThere) return;
    const late = new AbortController();
    const over = new AbortController();
    void this.#clock.sleep(ORDERS_MS_MAX, over.signal).then(() => late.abort());
    try {
      await this.#quiet(late.signal);
      await this.#light(this.#settings.atStop, late.signal);
    } catch {
      // Nobody is there any more to be told; the board's own fault was.
    } finally {
      over.abort();
    }
  }
}
