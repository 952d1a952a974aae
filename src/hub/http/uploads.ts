import type { Socket } from 'node:net';
import type { Clock } from '../../ports/clock.ts';

const GRACE_MS = 10_000;
const BYTES_PER_S_MIN = 4_096;

type Upload = { readonly socket: Socket; readonly bytesBefore: number; readonly sinceMs: number };

/** Requests whose body is still to come: who sends slower than 4 KB a second is cut off. */
export class Uploads {
  readonly #clock: Clock;
  readonly #under = new Map<object, Upload>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  begin(request: object, socket: Socket): void {
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
      if (
        tookMs < GRACE_MS ||
        (socket.bytesRead - bytesBefore) * 1_000 >= BYTES_PER_S_MIN * tookMs
      ) {
        continue;
      }
      this.#under.delete(request);
      socket.destroy();
      cut++;
    }
    return cut;
  }
}
