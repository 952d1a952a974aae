import type { Clock } from '../../ports/clock.ts';

const GRACE_MS = 10_000;
const BYTES_PER_S_MIN = 4_096;
/** A body at 4 KB a second, the slowest that is borne, for the longest segment there is nearly always. */
const BODY_MS_MAX = 120_000;

/** What is needed of a `net.Socket`. */
type Connection = { readonly bytesRead: number; destroy(): unknown };
type Upload = {
  readonly socket: Connection;
  readonly bytesBefore: number;
  readonly sinceMs: number;
};

/** Requests whose body is still to come: who sends slower than 4 KB a second, or for longer than two minutes, is cut off. */
export class Uploads {
  readonly #clock: Clock;
  readonly #under = new Map<object, Upload>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  begin(request: object, socket: Connection): void {
    const sinceMs = this.#clock.monoMs();
    this.#under.set(request, { socket, bytesBefore: socket.bytesRead, sinceMs });
  }

  end(request: object): void {
    this.#under.delete(request);
  }

  /** Called about every second. How many were cut off. */
  sweep(): number {
    let cut = 0;
    for (const [request, { socket, bytesBefore, sinceMs }] of this.#under) {
      const tookMs = this.#clock.monoMs() - sinceMs;
      const isFast = (socket.bytesRead - bytesBefore) * 1_000 >= BYTES_PER_S_MIN * tookMs;
      if (tookMs < GRACE_MS || (isFast && tookMs < BODY_MS_MAX)) continue;
      this.#under.delete(request);
      socket.destroy();
      cut++;
    }
    return cut;
  }
}
