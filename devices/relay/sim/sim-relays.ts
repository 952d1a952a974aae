import type { Clock } from '../../../src/ports/clock.ts';

type Watcher = () => void;

/** Contacts and inputs of a simulated board, from their far side. Timers are the board's own. */
export class SimRelays {
  readonly outputs: number;
  readonly inputs: boolean[];
  /** Holding registers: levels of dimmed outputs. */
  readonly registers: number[];
  readonly #clock: Clock;
  readonly #closed = new Map<number, AbortController>();
  readonly #closings = new Map<number, number>();
  readonly #watchers = new Set<Watcher>();

  constructor(outputs: number, inputs: number, clock: Clock, registers = 0) {
    this.outputs = outputs;
    this.inputs = Array.from({ length: inputs }, () => false);
    this.registers = Array.from({ length: registers }, () => 0);
    this.#clock = clock;
  }

  /** Channels count from 1. `holdMs` null: until it is told otherwise. */
  close(channel: number, holdMs: number | null): void {
    const before = this.#closed.get(channel);
    before?.abort();
    const timer = new AbortController();
    this.#closed.set(channel, timer);
    if (before === undefined) {
      this.#closings.set(channel, this.closings(channel) + 1);
      this.#tell();
    }
    if (holdMs === null) return;
    void this.#clock.sleep(holdMs, timer.signal).then(() => {
      if (!timer.signal.aborted) this.release(channel);
    });
  }

  release(channel: number): void {
    this.#closed.get(channel)?.abort();
    if (this.#closed.delete(channel)) this.#tell();
  }

  isClosed(channel: number): boolean {
    return this.#closed.has(channel);
  }

  /** How often that contact has closed so far. */
  closings(channel: number): number {
    return this.#closings.get(channel) ?? 0;
  }

  setInput(channel: number, closed: boolean): void {
    this.inputs[channel - 1] = closed;
  }

  /** Resolves once the contact is so. */
  async until(channel: number, closed: boolean): Promise<void> {
    while (this.isClosed(channel) !== closed) {
      await new Promise<void>((resolve) => {
        const watcher = () => {
          this.#watchers.delete(watcher);
          resolve();
        };
        this.#watchers.add(watcher);
      });
    }
  }

  /** As when its supply goes. */
  powerDown(): void {
    for (const channel of [...this.#closed.keys()]) this.release(channel);
  }

  #tell(): void {
    for (const watcher of [...this.#watchers]) watcher();
  }
}
