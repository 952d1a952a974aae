import type { Clock } from '../../src/ports/clock.ts';
import { BoardEvents } from './board-events.ts';
import type { BoardProtocol } from './board-protocol.ts';
import { Debounce } from './debounce.ts';
import type { Exchange } from './exchange.ts';
import { OrderTurns } from './order-turns.ts';
import { BoardFault, type RelayBoard, type RelayBoardEvent } from './relay-board.ts';
import { type LineState, PRIORITY, type SharedLine } from './shared-line.ts';

export type LineBoardSettings = {
  readonly deviceId: string;
  readonly outputs: number;
  readonly debounceMs: number;
  /** Whether it has inputs, which must be looked at often. */
  readonly hasInputs: boolean;
  /** Channels whose orders go before others'. */
  readonly urgent: readonly number[];
  /** A line that is this board's alone and may be open to nobody (TCP) is opened anew when nothing answers. */
  readonly resetsLine: boolean;
};

/** 20 times a second: a button that is pressed for 100 ms is seen. */
const LOOK_INPUTS_MS = 50;
const LOOK_MS = 500;
/** One that does not answer is asked less often, because everybody else on its line waits for it. */
const LOOK_LOST_MS = 900;
const MISSED_MAX = 2;
/** An order that got no good answer is given once more. */
const TRIES = 2;
const RELEASE_AGAIN_MS = 200;
/** Two tries and two others' orders before them. */
const ORDER_MS = 3_000;

/** A board on a line, whatever it speaks. */
export class LineBoard implements RelayBoard {
  readonly deviceId: string;
  readonly #settings: LineBoardSettings;
  readonly #protocol: BoardProtocol;
  readonly #line: SharedLine;
  readonly #clock: Clock;
  readonly #events: BoardEvents;
  readonly #debounce: Debounce;
  readonly #turns = new OrderTurns();
  /** Of a board without a timer: what is to be released, and when. */
  readonly #releaseAtMonoMs = new Map<number, number>();
  #wakeRelease = () => {};
  #missed = 0;
  #isLost = true;
  #isRunning = false;

  constructor(
    settings: LineBoardSettings,
    protocol: BoardProtocol,
    line: SharedLine,
    clock: Clock,
  ) {
    this.deviceId = settings.deviceId;
    this.#settings = settings;
    this.#protocol = protocol;
    this.#line = line;
    this.#clock = clock;
    this.#events = new BoardEvents(settings.deviceId, clock);
    this.#debounce = new Debounce(settings.debounceMs);
  }

  async set(channel: number, on: boolean, signal: AbortSignal): Promise<void> {
    this.#check(channel);
    await this.#order(channel, () => this.#protocol.set(channel, on), on, signal);
    this.#releaseAtMonoMs.delete(channel);
  }

  async pulse(channel: number, holdMs: number, signal: AbortSignal): Promise<void> {
    this.#check(channel);
    const byItself = this.#protocol.pulse(channel, holdMs);
    if (byItself !== null) {
      const exchange = () => this.#protocol.pulse(channel, holdMs) ?? byItself;
      await this.#order(channel, exchange, holdMs, signal);
      return;
    }
    signal.throwIfAborted();
    // Noted before it is sent: of an order without an answer nobody knows whether it holds.
    this.#releaseAtMonoMs.set(channel, this.#clock.monoMs() + holdMs);
    this.#wakeRelease();
    await this.#order(channel, () => this.#protocol.set(channel, true), holdMs, signal);
    this.#releaseAtMonoMs.set(channel, this.#clock.monoMs() + holdMs);
  }

  async dim(channel: number, level: number, signal: AbortSignal): Promise<void> {
    const first = this.#protocol.dim(channel, level);
    if (first === null) {
      const message = `board ${this.deviceId} has no dimmed output ${channel}: mend the configuration or the profile`;
      throw new BoardFault('board.refused', message);
    }
    const exchange = () => this.#protocol.dim(channel, level) ?? first;
    await this.#order(null, exchange, 0, signal);
  }

  onEvent(listener: (event: RelayBoardEvent) => void): () => void {
    return this.#events.on(listener);
  }

  async run(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    this.#isRunning = true;
    const releasing = new AbortController();
    const held = new AbortController();
    const using = this.#line.use((state) => this.#onLine(state), held.signal);
    const released = this.#release(releasing.signal);
    await this.#lookOn(signal);
    // Nothing that waits for its release is left closed behind.
    for (const channel of this.#releaseAtMonoMs.keys()) await this.#releaseNow(channel);
    this.#isRunning = false;
    releasing.abort();
    held.abort();
    await Promise.all([using, released]);
    this.#isLost = true;
  }

  #isUrgent(channel: number | null): boolean {
    return channel !== null && this.#settings.urgent.includes(channel);
  }

  #check(channel: number): void {
    const { deviceId, outputs } = this.#settings;
    if (Number.isInteger(channel) && channel >= 1 && channel <= outputs) return;
    const message = `board ${deviceId} has outputs 1 to ${outputs}, not ${channel}: mend the configuration or the profile`;
    throw new BoardFault('board.refused', message);
  }

  /**
   * `channel` null: no relay, and nothing to read back. `expected`: what the output must then be; a number: closed, but only for
   * so long.
   */
  async #order(
    channel: number | null,
    exchange: () => Exchange<void>,
    expected: boolean | number,
    signal: AbortSignal,
  ): Promise<void> {
    const over = new AbortController();
    const late = new AbortController();
    void this.#clock.sleep(ORDER_MS, over.signal).then(() => {
      const message = `board ${this.deviceId}: not done within ${ORDER_MS} ms`;
      late.abort(new BoardFault('board.no-answer', message));
    });
    const either = AbortSignal.any([signal, late.signal]);
    const isUrgent = this.#isUrgent(channel);
    try {
      await this.#turns.run(isUrgent, () => this.#tryOrder(channel, exchange, expected, either));
    } finally {
      over.abort();
    }
  }

  async #tryOrder(
    channel: number | null,
    exchange: () => Exchange<void>,
    expected: boolean | number,
    signal: AbortSignal,
  ): Promise<void> {
    for (let tries = 1; ; tries++) {
      signal.throwIfAborted();
      const error = await this.#orderOnce(channel, exchange(), expected, signal);
      if (error === null) return;
      if (tries < TRIES && isWorthAnotherTry(error)) continue;
      throw this.#named(error);
    }
  }

  /** What it failed with, or null. */
  async #orderOnce(
    channel: number | null,
    exchange: Exchange<void>,
    expected: boolean | number,
    signal: AbortSignal,
  ): Promise<unknown> {
    const priority = this.#isUrgent(channel) ? PRIORITY.urgent : PRIORITY.order;
    const { readOutput } = this.#protocol;
    try {
      await this.#line.ask(exchange, priority, signal);
      if (readOutput === null || channel === null) return null;
      const sinceMonoMs = this.#clock.monoMs();
      const isClosed = await this.#line.ask(readOutput(channel), priority, signal);
      const tookMs = this.#clock.monoMs() - sinceMonoMs;
      const isOver = typeof expected === 'number' && tookMs > expected / 2;
      if (isOver || isClosed === (expected !== false)) return null;
      const state = isClosed ? 'closed' : 'open';
      return new BoardFault('board.not-done', `took the order, but output ${channel} is ${state}`);
    } catch (error) {
      return error;
    }
  }

  #named(error: unknown): unknown {
    if (!(error instanceof BoardFault)) return error;
    const message = `board ${this.deviceId}: ${error.message}`;
    return new BoardFault(error.reason, message, { cause: error });
  }

  #onLine(state: LineState): void {
    if (!this.#isRunning) return;
    this.#missed = 0;
    this.#isLost = true;
    if (!state.isUp) this.#events.offline(state.reason, [state.detail]);
    else if (this.#protocol.look === null) this.#found([]);
    this.#wakeRelease();
  }

  async #lookOn(signal: AbortSignal): Promise<void> {
    const { look } = this.#protocol;
    while (!signal.aborted) {
      if (look !== null && this.#line.state.isUp) await this.#lookOnce(look(), signal);
      await this.#clock.sleep(this.#pauseMs(), signal);
    }
  }

  #pauseMs(): number {
    if (!this.#line.state.isUp) return LOOK_INPUTS_MS;
    if (this.#missed >= MISSED_MAX) return LOOK_LOST_MS;
    return this.#settings.hasInputs || this.#isLost ? LOOK_INPUTS_MS : LOOK_MS;
  }

  async #lookOnce(exchange: Exchange<readonly boolean[]>, signal: AbortSignal): Promise<void> {
    try {
      this.#found(await this.#line.ask(exchange, PRIORITY.look, signal));
    } catch (error) {
      if (!(error instanceof BoardFault) || !this.#line.state.isUp) return;
      this.#missed += 1;
      if (this.#missed < MISSED_MAX) return;
      this.#isLost = true;
      this.#events.offline(error.reason, [error.message]);
      if (this.#settings.resetsLine && isWorthAnotherTry(error)) this.#line.reset();
    }
  }

  #found(inputs: readonly boolean[]): void {
    this.#missed = 0;
    if (this.#isLost) this.#debounce.forget();
    this.#isLost = false;
    this.#events.online();
    const atMonoMs = this.#clock.monoMs();
    inputs.forEach((closed, index) => {
      const channel = index + 1;
      if (this.#debounce.isStable(channel, closed, atMonoMs)) this.#events.input(channel, closed);
    });
  }

  /** Opens what a board without a timer holds closed, once it is due, and until the board has taken it. */
  async #release(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const [next] = [...this.#releaseAtMonoMs].sort(([, a], [, b]) => a - b);
      const restMs = next === undefined ? Number.POSITIVE_INFINITY : next[1] - this.#clock.monoMs();
      if (next !== undefined && restMs <= 0) {
        if (!(await this.#releaseNow(next[0]))) await this.#clock.sleep(RELEASE_AGAIN_MS, signal);
      } else await this.#restOrWake(restMs, signal);
    }
  }

  async #restOrWake(restMs: number, signal: AbortSignal): Promise<void> {
    const woken = new AbortController();
    this.#wakeRelease = () => woken.abort();
    const either = AbortSignal.any([signal, woken.signal]);
    await this.#clock.sleep(Math.min(restMs, 60_000), either);
  }

  async #releaseNow(channel: number): Promise<boolean> {
    const dueMonoMs = this.#releaseAtMonoMs.get(channel);
    try {
      const exchange = () => this.#protocol.set(channel, false);
      await this.#order(channel, exchange, false, new AbortController().signal);
    } catch {
      return false;
    }
    // Unless it was closed anew meanwhile.
    if (this.#releaseAtMonoMs.get(channel) === dueMonoMs) this.#releaseAtMonoMs.delete(channel);
    return true;
  }
}

function isWorthAnotherTry(error: unknown): boolean {
  return error instanceof BoardFault && AGAIN.has(error.reason);
}

const AGAIN: ReadonlySet<string> = new Set([
  'board.no-answer',
  'board.noise',
  'board.wrong-unit',
  'board.not-done',
]);
