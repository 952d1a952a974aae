import { Worker } from 'node:worker_threads';
import { type BackoffPolicy, backoffDelayMs } from '../kernel/backoff.ts';
import type { Clock } from '../ports/clock.ts';
import type { Decodable, DecodePlan, Reading, WorkerReply, WorkerRequest } from './decode-job.ts';
import { checkFrame } from './grey-image.ts';

/** A frame's outcome. `busy`: too many wait already. `closed`: the pool ends or the caller gave up. */
export type DecodeOutcome =
  | { readonly kind: 'read'; readonly reading: Reading }
  | {
      readonly kind: 'failed';
      readonly reason: 'deadline' | 'died' | 'busy' | 'closed';
      readonly message: string;
    };

/**
 * Decoder workers, each with an own instance. Frames are begun in the order they came, except that filters never take
 * the last worker: a camera's next pass finds one free. A worker that misses its deadline or dies is replaced; its frame
 * is lost, nothing else.
 */
export interface DecoderPool {
  readonly workers: number;
  /** The frame's pixels may be changed as soon as this returns. Throws InputError for a frame of impossible measures. */
  decode(frame: Decodable, plan: DecodePlan): Promise<DecodeOutcome>;
  /** Ends every worker; what is under way ends as `closed`. */
  close(): Promise<void>;
}

export type DecoderPoolOptions = {
  readonly workers: number;
  readonly clock: Clock;
  /** In [0, 1): spreads restarts. */
  readonly random: () => number;
  /** Compiled decode-worker. */
  readonly entry: URL;
  /** From handing a frame to a ready worker until its answer. */
  readonly deadlineMs: number;
};

const RESTART: BackoffPolicy = { delayMsMin: 50, delayMsMax: 10_000 };
/** A worker compiles its decoder when it starts, on a busy small machine beside everything else that starts. */
const START_DEADLINE_MS = 30_000;
/** Pictures and the decoder's memory lie outside this heap; what is in it is short-lived and small. */
const HEAP = { maxYoungGenerationSizeMb: 4, maxOldGenerationSizeMb: 128 };
/** Callers wait for their answer before they send the next frame, so this is far more than there are cameras. */
const WAITING_MAX = 64;

/** Frames under way at once in practice: one a camera. */
const SPARE_MAX = 4;

export function openDecoderPool(options: DecoderPoolOptions): DecoderPool {
  return new Pool(options);
}

type Waiting = {
  readonly frame: Decodable;
  readonly plan: DecodePlan;
  readonly settle: (outcome: DecodeOutcome) => void;
};

class Pool implements DecoderPool {
  readonly workers: number;
  readonly #options: DecoderPoolOptions;
  readonly #waiting: Waiting[] = [];
  readonly #memory = new SharedPixels();
  readonly #idle = new Set<RunningWorker>();
  readonly #stop = new AbortController();
  readonly #seats: Promise<void>[];

  constructor(options: DecoderPoolOptions) {
    this.#options = options;
    this.workers = options.workers;
    this.#seats = Array.from({ length: options.workers }, () => this.#keepSeatTaken());
  }

  decode(frame: Decodable, plan: DecodePlan): Promise<DecodeOutcome> {
    checkFrame(frame);
    if (this.#stop.signal.aborted)
      return Promise.resolve(failed('closed', 'the decoder has ended'));
    if (this.#waiting.length >= WAITING_MAX) {
      return Promise.resolve(failed('busy', `${WAITING_MAX} frames wait already`));
    }
    const pixels = this.#memory.take(frame.data.length);
    pixels.set(frame.data);
    const { width, height, stride } = frame;
    return new Promise((resolve) => {
      const settle = (outcome: DecodeOutcome) => {
        this.#memory.giveBack(pixels);
        resolve(outcome);
      };
      this.#waiting.push({ frame: { width, height, stride, data: pixels }, plan, settle });
      this.#handOut();
    });
  }

  async close(): Promise<void> {
    this.#stop.abort();
    for (const { settle } of this.#waiting.splice(0)) settle(failed('closed', 'the decoder ends'));
    await Promise.all(this.#seats);
  }

  #handOut(): void {
    for (const worker of this.#idle) {
      const isLast = this.workers > 1 && this.#idle.size === 1;
      const next = this.#waiting.findIndex(({ plan }) => plan.effort !== 'deep' || !isLast);
      const [job] = next < 0 ? [] : this.#waiting.splice(next, 1);
      if (job === undefined) return;
      this.#idle.delete(worker);
      worker.run(job);
    }
  }

  /** Starts a worker, and another when it is gone, until the pool closes. */
  async #keepSeatTaken(): Promise<void> {
    const { clock, random } = this.#options;
    let failures = 0;
    while (!this.#stop.signal.aborted) {
      const worker = new RunningWorker(this.#options, (free) => {
        failures = 0;
        this.#idle.add(free);
        this.#handOut();
      });
      await worker.gone(this.#stop.signal);
      this.#idle.delete(worker);
      await clock.sleep(backoffDelayMs(RESTART, failures, random()), this.#stop.signal);
      failures += 1;
    }
  }
}

function failed(
  reason: Extract<DecodeOutcome, { kind: 'failed' }>['reason'],
  message: string,
): DecodeOutcome {
  return { kind: 'failed', reason, message };
}

/** Lasting memory that pool and workers both see: the one copy a frame costs, and nothing for the collector. */
class SharedPixels {
  readonly #spare: SharedArrayBuffer[] = [];

  take(bytes: number): Uint8Array {
    const index = this.#spare.findIndex((spare) => spare.byteLength >= bytes);
    const buffer = this.#spare.splice(index, index < 0 ? 0 : 1)[0] ?? new SharedArrayBuffer(bytes);
    return new Uint8Array(buffer, 0, bytes);
  }

  giveBack(pixels: Uint8Array): void {
    if (!(pixels.buffer instanceof SharedArrayBuffer)) return;
    this.#spare.push(pixels.buffer);
    if (this.#spare.length > SPARE_MAX) this.#spare.shift();
  }
}

/** One worker thread from start to end. `free` is called when it is ready and after each frame. */
class RunningWorker {
  readonly #clock: Clock;
  readonly #deadlineMs: number;
  readonly #thread: Worker;
  readonly #free: (worker: RunningWorker) => void;
  readonly #ended: Promise<void>;
  #watch = new AbortController();
  #job: Waiting | null = null;
  #lost: DecodeOutcome = failed('died', 'the decoder worker ended by itself');
  #jobs = 0;

  constructor(options: DecoderPoolOptions, free: (worker: RunningWorker) => void) {
    this.#clock = options.clock;
    this.#deadlineMs = options.deadlineMs;
    this.#free = free;
    this.#thread = new Worker(options.entry, {
      resourceLimits: HEAP,
      stdout: false,
      stderr: false,
    });
    this.#ended = new Promise((resolve) => this.#thread.once('exit', () => resolve()));
    this.#thread.on('message', (reply: WorkerReply) => this.#onReply(reply));
    this.#thread.on('error', (error) => {
      this.#lost = failed('died', `the decoder worker died: ${String(error)}`);
    });
    this.#expectWithin(START_DEADLINE_MS);
  }

  run(job: Waiting): void {
    this.#job = job;
    this.#jobs += 1;
    const { width, height, stride, data } = job.frame;
    const request: WorkerRequest = {
      id: this.#jobs,
      width,
      height,
      stride,
      pixels: data,
      plan: job.plan,
    };
    this.#thread.postMessage(request);
    this.#expectWithin(this.#deadlineMs);
  }

  /** Resolves once the thread has ended, which `stop` brings about. */
  async gone(stop: AbortSignal): Promise<void> {
    const end = () => {
      this.#lost = failed('closed', 'the decoder ends');
      void this.#thread.terminate();
    };
    if (stop.aborted) end();
    stop.addEventListener('abort', end, { once: true });
    await this.#ended;
    stop.removeEventListener('abort', end);
    this.#watch.abort();
    this.#settle(this.#lost);
  }

  #onReply(reply: WorkerReply): void {
    this.#watch.abort();
    if (reply.kind === 'read') this.#settle({ kind: 'read', reading: reply.reading });
    if (reply.kind === 'failed') {
      // The instance may be in any state: a fresh one is cheaper than a doubt.
      this.#lost = failed('died', reply.message);
      void this.#thread.terminate();
      return;
    }
    this.#free(this);
  }

  #settle(outcome: DecodeOutcome): void {
    const job = this.#job;
    this.#job = null;
    job?.settle(outcome);
  }

  #expectWithin(ms: number): void {
    const watch = new AbortController();
    this.#watch = watch;
    void this.#clock.sleep(ms, watch.signal).then(() => {
      if (watch.signal.aborted) return;
      this.#lost = failed('deadline', `no answer from the decoder within ${ms} ms`);
      void this.#thread.terminate();
    });
  }
}
