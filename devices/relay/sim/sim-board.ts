import type { Clock } from '../../../src/ports/clock.ts';
import { BoardEvents } from '../board-events.ts';
import { BoardFault, type RelayBoard, type RelayBoardEvent } from '../relay-board.ts';

export type SimBoardEvent = {
  readonly atMonoMs: number;
  readonly channel: number;
  readonly what: 'closed' | 'released';
};

export type SimBoardSettings = {
  readonly deviceId: string;
  readonly outputs: number;
  readonly inputs: number;
  /** None unless said. */
  readonly dimmers?: number;
};

const EVENTS_MAX = 1_000;

/** A relay board in memory, with timers of its own, a cable to pull and orders to lose. */
export class SimBoard implements RelayBoard {
  readonly deviceId: string;
  readonly #clock: Clock;
  readonly #events: BoardEvents;
  /** When each closed contact is released; Infinity for one that is held. */
  readonly #releaseAtMonoMs = new Map<number, number>();
  readonly #inputs: boolean[];
  readonly #outputs: number;
  readonly #levels: number[];
  #trace: readonly SimBoardEvent[] = [];
  #unanswered = 0;
  #isPlugged = true;
  #isRunning = false;

  constructor({ deviceId, outputs, inputs, dimmers = 0 }: SimBoardSettings, clock: Clock) {
    this.deviceId = deviceId;
    this.#clock = clock;
    this.#outputs = outputs;
    this.#levels = Array.from({ length: dimmers }, () => 0);
    this.#inputs = Array.from({ length: inputs }, () => false);
    this.#events = new BoardEvents(deviceId, clock);
  }

  /** The next `orders` orders get no answer and do nothing. */
  loseOrders(orders: number): void {
    this.#unanswered = orders;
  }

  /** Contacts keep as they are, as a board's do that has its own supply. */
  unplug(): void {
    this.#isPlugged = false;
    if (this.#isRunning) this.#events.offline('board.unplugged', [`${this.deviceId} is gone`]);
  }

  plug(): void {
    this.#isPlugged = true;
    if (this.#isRunning) this.#online();
  }

  setInput(channel: number, closed: boolean): void {
    this.#inputs[channel - 1] = closed;
    if (this.#isRunning && this.#isPlugged) this.#events.input(channel, closed);
  }

  /** Of a dimmed output, 0 to 1. */
  levelOf(channel: number): number {
    return this.#levels[channel - 1] ?? 0;
  }

  isClosed(channel: number): boolean {
    this.#settle();
    return this.#releaseAtMonoMs.has(channel);
  }

  /** What the contacts did, oldest first; the last thousand. */
  get trace(): readonly SimBoardEvent[] {
    this.#settle();
    return this.#trace;
  }

  async set(channel: number, on: boolean, signal: AbortSignal): Promise<void> {
    this.#take(channel, this.#outputs, signal);
    if (on) this.#close(channel, Number.POSITIVE_INFINITY);
    else this.#release(channel, this.#clock.monoMs());
  }

  async pulse(channel: number, holdMs: number, signal: AbortSignal): Promise<void> {
    this.#take(channel, this.#outputs, signal);
    this.#close(channel, this.#clock.monoMs() + holdMs);
  }

  async dim(channel: number, level: number, signal: AbortSignal): Promise<void> {
    this.#take(channel, this.#levels.length, signal);
    this.#levels[channel - 1] = level;
  }

  onEvent(listener: (event: RelayBoardEvent) => void): () => void {
    return this.#events.on(listener);
  }

  async run(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    this.#isRunning = true;
    if (this.#isPlugged) this.#online();
    else this.#events.offline('board.not-found', [`${this.deviceId} is not there`]);
    await new Promise<void>((resolve) => {
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
    this.#isRunning = false;
  }

  #online(): void {
    this.#events.online();
    this.#inputs.forEach((closed, index) => {
      this.#events.input(index + 1, closed);
    });
  }

  /** Throws for an order that does not arrive. */
  #take(channel: number, count: number, signal: AbortSignal): void {
    signal.throwIfAborted();
    this.#settle();
    const { deviceId } = this;
    if (channel < 1 || channel > count) {
      throw new BoardFault('board.refused', `board ${deviceId} has no output ${channel}`);
    }
    if (!this.#isRunning || !this.#isPlugged) {
      throw new BoardFault('board.unplugged', `board ${deviceId} is not there: check its cable`);
    }
    if (this.#unanswered === 0) return;
    this.#unanswered -= 1;
    throw new BoardFault(
      'board.no-answer',
      `board ${deviceId} did not answer: check its cable and power`,
    );
  }

  #close(channel: number, untilMonoMs: number): void {
    if (!this.#releaseAtMonoMs.has(channel)) this.#add(channel, 'closed', this.#clock.monoMs());
    this.#releaseAtMonoMs.set(channel, untilMonoMs);
  }

  #release(channel: number, atMonoMs: number): void {
    if (this.#releaseAtMonoMs.delete(channel)) this.#add(channel, 'released', atMonoMs);
  }

  /** The board's timers, looked at late: nothing happens in between that anybody could see. */
  #settle(): void {
    const due = [...this.#releaseAtMonoMs].filter(([, atMs]) => atMs <= this.#clock.monoMs());
    for (const [channel, atMs] of due.sort(([, a], [, b]) => a - b)) this.#release(channel, atMs);
  }

  #add(channel: number, what: SimBoardEvent['what'], atMonoMs: number): void {
    this.#trace = [...this.#trace.slice(1 - EVENTS_MAX), { atMonoMs, channel, what }];
  }
}
