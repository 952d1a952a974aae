import type { Clock } from '../../ports/clock.ts';
import type { HubCalls } from '../line/hub-calls.ts';
import { waitAfter } from '../line/patience.ts';

/** So often in a row without a byte more, and the file is left for the next round. */
const FRUITLESS_MAX = 3;
const FRUITLESS_WAIT_MS_MAX = 10_000;

type Deps = {
  readonly calls: HubCalls;
  readonly clock: Clock;
  readonly random: () => number;
};

/**
 * One published file, whole; after a cut it goes on where it stopped. Rejects when the hub does not have it or the line gives
 * nothing. Whether it is the right one is for the caller to see.
 */
export async function fetchFile(
  sha256: string,
  bytesMax: number,
  { calls, clock, random }: Deps,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const received = new Received(bytesMax);
  for (let fruitless = 0; ; ) {
    const before = received.length;
    const reply = await calls.getBytes(
      {
        path: `/v1/registers/chunks/${sha256}`,
        ...(before === 0 ? {} : { headers: { range: `bytes=${before}-` } }),
        answerBytesMax: bytesMax,
        sink: received,
      },
      signal,
    );
    if (reply.kind === 'ok' || received.length === bytesMax) return received.whole();
    signal.throwIfAborted();
    fruitless = received.length > before ? 0 : fruitless + 1;
    const mayPass = reply.kind === 'unreachable' || reply.status === 429 || reply.status >= 500;
    if (!mayPass || fruitless >= FRUITLESS_MAX) throw new Error(`${reply.kind}: ${reply.message}`);
    const waitMs = Math.min(waitAfter(reply, fruitless, random()), FRUITLESS_WAIT_MS_MAX);
    await clock.sleep(waitMs, signal);
  }
}

/** A body in parts, from wherever the hub begins. */
class Received {
  readonly #bytes: Buffer;
  #length = 0;

  constructor(bytesMax: number) {
    this.#bytes = Buffer.alloc(bytesMax);
  }

  get length(): number {
    return this.#length;
  }

  begin(start: number): void {
    // A hub without Range begins anew; one that begins anywhere else is of no use.
    this.#length = start === this.#length ? start : 0;
  }

  part(bytes: Uint8Array): void {
    const room = this.#bytes.subarray(this.#length, this.#length + bytes.length);
    room.set(bytes.subarray(0, room.length));
    this.#length += room.length;
  }

  whole(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }
}
