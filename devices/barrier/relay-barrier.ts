import type { Barrier, BarrierEvent, BarrierInput, BarrierState } from '../../src/ports/barrier.ts';
import type { Clock } from '../../src/ports/clock.ts';
import { BoardFault, type RelayBoard, type RelayBoardEvent } from '../relay/relay-board.ts';
import { armState } from './arm-state.ts';

export const BARRIER_INPUTS = [
  'presence',
  'closing',
  'limitOpen',
  'limitClosed',
  'tamper',
  'emergency',
] as const;
type Wired = (typeof BARRIER_INPUTS)[number];

export type RelayBarrierSettings = {
  readonly deviceId: string;
  /** Output that tells the barrier to open. */
  readonly output: number;
  readonly pulseMs: number;
  readonly staysOpenMs: number;
  /** With an upper limit: how long the arm may take to it. */
  readonly travelMs: number;
  /** closed: the contact is released; open: held closed, which keeps the way open; keep: left alone. */
  readonly safe: 'closed' | 'open' | 'keep';
  readonly inputs: Readonly<
    Partial<Record<Wired, { readonly channel: number; readonly normallyClosed: boolean }>>
  >;
};

export type RelayBarrierDeps = { readonly board: RelayBoard; readonly clock: Clock };

/** Between two closings of the contact, so that every controller sees two. */
const GAP_MS = 200;
const TICK_MS = 200;
const AGAIN_MS = 500;
const END_MS = 1_500;

/** A barrier whose controller opens on a dry contact. */
export class RelayBarrier implements Barrier {
  readonly deviceId: string;
  readonly #settings: RelayBarrierSettings;
  readonly #board: RelayBoard;
  readonly #clock: Clock;
  readonly #listeners = new Set<(event: BarrierEvent) => void>();
  readonly #inputs = new Map<Wired, boolean>();
  #isBoardThere = false;
  /** The contact is held, as far as the board has taken it; null: nobody knows. */
  #isHeld: boolean | null = null;
  #isUnsure = false;
  /** Until when a pulse may still hold the contact; Infinity while its order is on its way. */
  #pulseEndMonoMs = Number.NEGATIVE_INFINITY;
  #orderedMonoMs: number | null = null;
  /** Until when an arm that leaves its lower limit was told to. */
  #expectedMonoMs = Number.NEGATIVE_INFINITY;
  #dueMonoMs: number | null = null;
  #state: BarrierState = 'unknown';
  /** Last told: null is online. */
  #told: string | null | undefined;
  #wake = () => {};

  constructor(settings: RelayBarrierSettings, { board, clock }: RelayBarrierDeps) {
    this.deviceId = settings.deviceId;
    this.#settings = settings;
    this.#board = board;
    this.#clock = clock;
    board.onEvent((event) => this.#onBoard(event));
  }

  async open(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const { pulseMs, staysOpenMs, travelMs } = this.#settings;
    this.#expectedMonoMs = this.#clock.monoMs() + Math.max(staysOpenMs, travelMs) + pulseMs;
    try {
      await this.#release(signal);
      // A pulse would end the holding.
      if (this.#is('emergency')) await this.#hold(true, signal);
      else await this.#pulse(signal);
    } catch (error) {
      this.#failed(error);
      throw error;
    }
    this.#isUnsure = false;
    this.#health(null, []);
    this.#orderedMonoMs = this.#clock.monoMs();
    if (this.#settings.inputs.limitOpen !== undefined && !this.#is('limitOpen')) {
      this.#dueMonoMs = this.#clock.monoMs() + travelMs;
    }
    this.#look();
    this.#wake();
  }

  /**
   * Whoever comes while the order before still holds the contact gets a closing of their own: controllers that count closings would
   * take a longer one for the same order and come down before them.
   */
  async #release(signal: AbortSignal): Promise<void> {
    const leftMs = this.#pulseEndMonoMs - this.#clock.monoMs();
    if (leftMs <= -GAP_MS || this.#is('emergency')) return;
    if (leftMs > 0) await this.#board.set(this.#settings.output, false, signal);
    await this.#clock.sleep(leftMs > 0 ? GAP_MS : GAP_MS + leftMs, signal);
    signal.throwIfAborted();
  }

  async #pulse(signal: AbortSignal): Promise<void> {
    const { output, pulseMs } = this.#settings;
    this.#pulseEndMonoMs = Number.POSITIVE_INFINITY;
    try {
      await this.#board.pulse(output, pulseMs, signal);
      this.#pulseEndMonoMs = this.#clock.monoMs() + pulseMs;
    } catch (error) {
      this.#pulseEndMonoMs = Number.NEGATIVE_INFINITY;
      throw error;
    }
  }

  state(): BarrierState {
    return this.#isBoardThere ? armState(this.#signs()) : 'unknown';
  }

  onEvent(listener: (event: BarrierEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.#look();
      const isWanted = this.#is('emergency');
      const differs = this.#isBoardThere && this.#isHeld !== isWanted;
      if (differs) await this.#hold(isWanted, signal).catch(() => {});
      const failed = differs && this.#isHeld !== isWanted;
      await this.#rest(failed ? AGAIN_MS : TICK_MS, signal);
    }
    await this.#end();
  }

  /** The contact is left as configured; nobody is there any more to wait for long. */
  async #end(): Promise<void> {
    if (this.#settings.safe === 'keep' || !this.#isBoardThere) return;
    const late = new AbortController();
    const ended = new AbortController();
    void this.#clock.sleep(END_MS, ended.signal).then(() => late.abort());
    await this.#hold(this.#settings.safe === 'open' || this.#is('emergency'), late.signal).catch(
      () => {},
    );
    ended.abort();
  }

  async #hold(on: boolean, signal: AbortSignal): Promise<void> {
    if (this.#isHeld === on) return;
    if (on) this.#expectedMonoMs = Number.POSITIVE_INFINITY;
    this.#isHeld = null;
    await this.#board.set(this.#settings.output, on, signal);
    this.#isHeld = on;
    this.#isUnsure = false;
    const { staysOpenMs } = this.#settings;
    if (on) this.#orderedMonoMs = this.#clock.monoMs();
    else this.#expectedMonoMs = this.#clock.monoMs() + staysOpenMs;
    this.#look();
  }

  #failed(error: unknown): void {
    if (!(error instanceof BoardFault)) return;
    this.#isUnsure = true;
    if (this.#isBoardThere) this.#health(error.reason, [error.message]);
    this.#look();
  }

  #onBoard(event: RelayBoardEvent): void {
    switch (event.kind) {
      case 'online':
        this.#isBoardThere = true;
        this.#isUnsure = false;
        // Whatever was held before, the board may have been without power meanwhile.
        this.#isHeld = null;
        this.#health(null, []);
        break;
      case 'offline':
        this.#isBoardThere = false;
        this.#dueMonoMs = null;
        this.#health(event.reason, event.detail);
        break;
      case 'input':
        this.#onInput(event.channel, event.closed);
        break;
      default:
        event satisfies never;
    }
    this.#look();
    this.#wake();
  }

  #onInput(channel: number, closed: boolean): void {
    for (const wired of BARRIER_INPUTS) {
      const input = this.#settings.inputs[wired];
      if (input?.channel !== channel) continue;
      const on = closed !== input.normallyClosed;
      const before = this.#inputs.get(wired);
      this.#inputs.set(wired, on);
      if (wired === 'limitClosed') {
        if (before === true && !on) this.#leftItsPlace();
      } else if (wired !== 'limitOpen') {
        this.#tell({ kind: 'input', ...this.#now(), input: wired satisfies BarrierInput, on });
      }
    }
  }

  #leftItsPlace(): void {
    const isExpected = this.#is('emergency') || this.#clock.monoMs() <= this.#expectedMonoMs;
    if (!isExpected) this.#tell({ kind: 'moved', ...this.#now() });
  }

  /** Tells the state when it has changed, and an arm that does not arrive. */
  #look(): void {
    const state = this.state();
    if (this.#is('limitOpen')) this.#dueMonoMs = null;
    if (this.#dueMonoMs !== null && this.#clock.monoMs() >= this.#dueMonoMs) {
      this.#dueMonoMs = null;
      this.#tell({ kind: 'stuck', ...this.#now() });
    }
    if (state === this.#state) return;
    this.#state = state;
    this.#tell({ kind: 'state', ...this.#now(), state });
  }

  #signs() {
    const at = this.#orderedMonoMs;
    return {
      limitOpen: this.#inputs.get('limitOpen') ?? null,
      limitClosed: this.#inputs.get('limitClosed') ?? null,
      orderedMsAgo: at === null ? null : this.#clock.monoMs() - at,
      isHeld: this.#isHeld === true,
      isUnsure: this.#isUnsure,
      staysOpenMs: this.#settings.staysOpenMs,
    };
  }

  #is(wired: Wired): boolean {
    return this.#inputs.get(wired) === true;
  }

  async #rest(ms: number, signal: AbortSignal): Promise<void> {
    const woken = new AbortController();
    this.#wake = () => woken.abort();
    await this.#clock.sleep(ms, AbortSignal.any([signal, woken.signal]));
  }

  #health(reason: string | null, detail: readonly string[]): void {
    if (this.#told === reason) return;
    this.#told = reason;
    if (reason === null) this.#tell({ kind: 'online', ...this.#now() });
    else this.#tell({ kind: 'offline', ...this.#now(), reason, detail });
  }

  #now() {
    return { deviceId: this.deviceId, atMs: this.#clock.wallMs() };
  }

  #tell(event: BarrierEvent): void {
    for (const listener of [...this.#listeners]) listener(event);
  }
}
