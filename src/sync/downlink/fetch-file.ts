import { createHash } from 'node:crypto';
import type { Clock } from '../../ports/clock.ts';
import type { AnswerSink } from '../../ports/upstream.ts';
import type { HubCalls } from '../line/hub-calls.ts';
import { waitAfter } from '../line/patience.ts';

/** So often in a row without a byte more, or with pieces that do not fit, and the file is left for the next round. */
const FRUITLESS_MAX = 3;
const WAIT_MS_MAX = 10_000;

type Deps = {
  readonly calls: HubCalls;
  readonly clock: Clock;
  readonly random: () => number;
};

/**
 * One published file, whole; after a cut it goes on where it stopped, and starts over when the pieces are not of one file. Rejects
 * when the hub does not have it or the line gives nothing. Whether what came in one piece is the right one is for the caller to see.
 */
export async function fetchFile(
  sha256: string,
  bytesMax: number,
  { calls, clock, random }: Deps,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const received = new Received(bytesMax);
  const attempts = new Attempts();
  for (;;) {
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
    const isEnded = reply.kind === 'ok' || received.length === bytesMax;
    if (isEnded && received.isUsable(sha256)) return received.whole();
    signal.throwIfAborted();
    if (!attempts.mayGoOn(received, before, isEnded) || (!isEnded && isFinal(reply))) {
      throw new Error(whyNot(sha256, reply));
    }
    const failure = reply.kind === 'ok' ? null : reply;
    const waitMs = Math.min(waitAfter(failure, attempts.fruitless, random()), WAIT_MS_MAX);
    await clock.sleep(waitMs, signal);
  }
}

type Answer = Awaited<ReturnType<HubCalls['getBytes']>>;

function isFinal(reply: Answer): boolean {
  return reply.kind === 'refused' && reply.status !== 429 && reply.status < 500;
}

function whyNot(sha256: string, reply: Answer): string {
  if (reply.kind !== 'ok') return `${reply.kind}: ${reply.message}`;
  return `expected file ${sha256.slice(0, 12)} in pieces that fit, came others: look at the hub`;
}

/** How many answers brought nothing. */
class Attempts {
  fruitless = 0;
  #misfits = 0;

  /** What is here is let go of where it leads nowhere. False: enough. */
  mayGoOn(received: Received, before: number, isEnded: boolean): boolean {
    // A hub may give less than it was asked for, and the rest when asked again.
    const isPart = received.length > before && received.length < received.bytesMax;
    if (isEnded && !isPart) {
      received.startOver();
      this.#misfits++;
    }
    this.fruitless = received.length > before ? 0 : this.fruitless + 1;
    return Math.max(this.fruitless, this.#misfits) < FRUITLESS_MAX;
  }
}

/** A body in parts, from wherever the hub begins. */
class Received implements AnswerSink {
  readonly #bytes: Buffer;
  #length = 0;
  /** Answers that it is made of. */
  #pieces = 0;
  #isStray = false;

  constructor(bytesMax: number) {
    this.#bytes = Buffer.alloc(bytesMax);
  }

  get bytesMax(): number {
    return this.#bytes.length;
  }

  get length(): number {
    return this.#length;
  }

  begin(start: number): void {
    // A hub without Range begins anew; one that begins anywhere else is of no use.
    if (start === 0) this.startOver();
    this.#isStray = start !== this.#length;
    this.#pieces++;
  }

  part(bytes: Uint8Array): void {
    if (this.#isStray) return;
    const room = this.#bytes.subarray(this.#length, this.#length + bytes.length);
    room.set(bytes.subarray(0, room.length));
    this.#length += room.length;
  }

  startOver(): void {
    this.#length = 0;
    this.#pieces = 0;
  }

  /** Whole as the hub gave it, or made of pieces that fit. */
  isUsable(sha256: string): boolean {
    if (this.#isStray) return false;
    return this.#pieces <= 1 || createHash('sha256').update(this.whole()).digest('hex') === sha256;
  }

  whole(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }
}
