import type { Clock } from '../../ports/clock.ts';
import type { UnreachableReason, UpstreamRequest } from '../../ports/upstream.ts';

const CONNECT_MS = 10_000;
const FIRST_BYTE_MS = 10_000;
/** An answer that has begun may pause so long. */
const PAUSE_MS = 10_000;
const BYTES_A_MS_MIN = 4.096;
/** How late an end that came nearer is noticed. */
const SLICE_MS = 2_000;

type Late = { readonly reason: UnreachableReason; readonly message: string };

/**
 * When a call has lasted too long (docs/protocol.md, "The line"). TCP alone notices a peer that has gone after minutes or
 * never, so this decides.
 */
export class CallDeadline {
  readonly #clock: Clock;
  readonly #thinkMs: number;
  #phase: 'connecting' | 'waiting' | 'reading' = 'connecting';
  #sinceMs: number;
  #partMs: number;
  #bytes = 0;

  constructor(clock: Clock, { body, waitMs = 0 }: UpstreamRequest) {
    this.#clock = clock;
    this.#thinkMs = FIRST_BYTE_MS + waitMs + (body?.bytes.length ?? 0) / BYTES_A_MS_MIN;
    this.#sinceMs = clock.monoMs();
    this.#partMs = this.#sinceMs;
  }

  get isConnected(): boolean {
    return this.#phase !== 'connecting';
  }

  connected(): void {
    this.#enter('waiting');
  }

  answered(): void {
    this.#enter('reading');
  }

  received(bytes: number): void {
    this.#bytes += bytes;
    this.#partMs = this.#clock.monoMs();
  }

  /** Resolves with what was too slow, or with null once `settled` aborts. */
  async passed(settled: AbortSignal): Promise<Late | null> {
    while (!settled.aborted) {
      const leftMs = this.#endMs() - this.#clock.monoMs();
      if (leftMs <= 0) return this.#late();
      await this.#clock.sleep(Math.min(SLICE_MS, Math.ceil(leftMs)), settled);
    }
    return null;
  }

  #enter(phase: 'waiting' | 'reading'): void {
    this.#phase = phase;
    this.#sinceMs = this.#clock.monoMs();
    this.#partMs = this.#sinceMs;
  }

  #endMs(): number {
    switch (this.#phase) {
      case 'connecting':
        return this.#sinceMs + CONNECT_MS;
      case 'waiting':
        return this.#sinceMs + this.#thinkMs;
      case 'reading':
        return Math.min(
          this.#partMs + PAUSE_MS,
          this.#sinceMs + PAUSE_MS + this.#bytes / BYTES_A_MS_MIN,
        );
      default:
        return this.#phase satisfies never;
    }
  }

  #late(): Late {
    switch (this.#phase) {
      case 'connecting':
        return { reason: 'connect', message: `no connection within ${CONNECT_MS} ms` };
      case 'waiting':
        return { reason: 'silent', message: `no answer within ${Math.ceil(this.#thinkMs)} ms` };
      case 'reading':
        return { reason: 'slow', message: 'the answer came slower than 4 KB a second' };
      default:
        return this.#phase satisfies never;
    }
  }
}
