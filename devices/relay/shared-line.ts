import { backoffDelayMs } from '../../src/kernel/backoff.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { Exchange, Received } from './exchange.ts';
import { isFault, type Link, type LinkFault, type OpenLink } from './link.ts';
import { BoardFault } from './relay-board.ts';

export type SharedLineSettings = {
  /** For messages: the port's path, or host and port. */
  readonly name: string;
  readonly answerMs: number;
  /** Silence between an answer and the next request. */
  readonly gapMs: number;
  /** After a question that got no good answer: how long the line must be silent, so that what comes late is nobody's. */
  readonly quietMs: number;
  /** What a link that is gone is called. */
  readonly goneReason: 'board.unplugged' | 'board.unreachable';
};

export type LineState =
  | { readonly isUp: true }
  | { readonly isUp: false; readonly reason: string; readonly detail: string };

/** Lower goes first; of equals the older. */
export const PRIORITY = { urgent: 0, order: 1, look: 2 } as const;
type Priority = (typeof PRIORITY)[keyof typeof PRIORITY];

type Job = {
  readonly request: Uint8Array;
  /** True once it is answered; null: nothing answers it. */
  readonly receive: ((bytes: Uint8Array) => boolean) | null;
  readonly priority: Priority;
  readonly signal: AbortSignal;
  readonly fail: (error: unknown) => void;
  readonly done: () => void;
};

const LINK_REASONS = {
  'not-found': 'board.not-found',
  busy: 'board.busy',
  denied: 'board.denied',
  fault: 'board.fault',
  unreachable: 'board.unreachable',
} as const satisfies Record<LinkFault['cause'], string>;

const REOPEN = { delayMsMin: 100, delayMsMax: 800 };
const LOOK_MS = 100;
/** Silences waited for one after the other, on a line that is never silent. */
const QUIETS_MAX = 4;
const JOBS_MAX = 64;

/** One line with one board or several on it: opened again whenever it is lost, one question at a time. */
export class SharedLine {
  readonly #settings: SharedLineSettings;
  readonly #openLink: OpenLink;
  readonly #deps: { readonly clock: Clock; readonly random: () => number };
  readonly #users = new Set<(state: LineState) => void>();
  #state: LineState = { isUp: false, reason: 'board.unplugged', detail: 'not opened yet' };
  #isTold = false;
  #jobs: Job[] = [];
  #running: Promise<void> = Promise.resolve();
  #stop = new AbortController();
  #reset = new AbortController();
  #wake = () => {};
  #onBytes: (bytes: Uint8Array) => void = () => {};

  constructor(
    settings: SharedLineSettings,
    openLink: OpenLink,
    deps: { readonly clock: Clock; readonly random: () => number },
  ) {
    this.#settings = settings;
    this.#openLink = openLink;
    this.#deps = deps;
  }

  get state(): LineState {
    return this.#state;
  }

  /** Keeps the line until `signal` aborts; the first who comes opens it, the last who goes closes it. Tells each change. */
  async use(onState: (state: LineState) => void, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    this.#users.add(onState);
    if (this.#users.size === 1) {
      const before = this.#running;
      const stop = new AbortController();
      this.#stop = stop;
      this.#running = before.then(() => this.#run(stop.signal));
    } else if (this.#isTold) onState(this.#state);
    await new Promise<void>((resolve) => {
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
    this.#users.delete(onState);
    if (this.#users.size > 0) return;
    this.#stop.abort();
    await this.#running;
  }

  /** Rejects with BoardFault when no good answer came in time, and with the signal's reason when it was given up before it was sent. */
  ask<T>(exchange: Exchange<T>, priority: Priority, signal: AbortSignal): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (signal.aborted) {
        reject(signal.reason);
        return;
      }
      if (!this.#state.isUp) {
        reject(this.#gone());
        return;
      }
      if (this.#jobs.length >= JOBS_MAX) {
        reject(new BoardFault('board.no-answer', `${this.#settings.name}: too many orders wait`));
        return;
      }
      const take = (received: Received<T>): boolean => {
        if (received.kind === 'answer') resolve(received.value);
        if (received.kind === 'wrong') throw new BoardFault(received.reason, received.detail);
        return received.kind === 'answer';
      };
      const { request, receive } = exchange;
      this.#jobs.push({
        ...{ request, priority, signal, fail: reject },
        receive: receive === null ? null : (bytes) => take(receive(bytes)),
        done: () => resolve(undefined as T),
      });
      this.#wake();
    });
  }

  /** Opens the line anew: of a connection that is half open nobody hears. */
  reset(): void {
    this.#reset.abort();
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { clock, random } = this.#deps;
    for (let failures = 0; !signal.aborted; failures++) {
      if (await this.#serveOnce(signal)) failures = 0;
      await clock.sleep(backoffDelayMs(REOPEN, failures, random()), signal);
    }
    this.#become({ isUp: false, reason: 'board.unplugged', detail: 'not in use' });
    this.#isTold = false;
  }

  /** Whether it could be opened. */
  async #serveOnce(signal: AbortSignal): Promise<boolean> {
    const { name, goneReason } = this.#settings;
    const link = await this.#openLink((bytes) => this.#onBytes(bytes));
    if (isFault(link)) {
      this.#become({ isUp: false, reason: LINK_REASONS[link.cause], detail: link.detail });
      return false;
    }
    const lost = new AbortController();
    link.onClosed(() => lost.abort());
    this.#reset = new AbortController();
    const either = AbortSignal.any([signal, lost.signal, this.#reset.signal]);
    this.#become({ isUp: true });
    try {
      await Promise.all([this.#watch(link, lost, either), this.#work(link, either)]);
    } finally {
      await link.close();
    }
    if (!signal.aborted) {
      this.#become({ isUp: false, reason: goneReason, detail: `${name} is gone` });
    }
    return true;
  }

  async #watch(link: Link, lost: AbortController, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      if (!(await link.isThere())) lost.abort();
      await this.#deps.clock.sleep(LOOK_MS, signal);
    }
  }

  async #work(link: Link, signal: AbortSignal): Promise<void> {
    signal.addEventListener('abort', () => this.#wake(), { once: true });
    while (!signal.aborted) {
      const job = this.#nextJob();
      if (job === null) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      } else if (job.signal.aborted) job.fail(job.signal.reason);
      else await this.#carryOut(job, link, signal);
    }
  }

  #nextJob(): Job | null {
    const next = this.#jobs.reduce<Job | null>(
      (first, job) => (first === null || job.priority < first.priority ? job : first),
      null,
    );
    this.#jobs = this.#jobs.filter((job) => job !== next);
    return next;
  }

  async #carryOut(job: Job, link: Link, signal: AbortSignal): Promise<void> {
    const { answerMs, gapMs, name } = this.#settings;
    const { clock } = this.#deps;
    const heard = new AbortController();
    const { receive } = job;
    let fault: unknown = null;
    let isAnswered = false;
    this.#onBytes = (bytes) => {
      if (receive === null || heard.signal.aborted) return;
      try {
        isAnswered = receive(bytes);
        if (isAnswered) heard.abort();
      } catch (error) {
        fault = error;
        heard.abort();
      }
    };
    link.write(job.request);
    if (receive === null) job.done();
    else await clock.sleep(answerMs, AbortSignal.any([heard.signal, signal]));
    this.#onBytes = () => {};
    if (receive !== null && !isAnswered) {
      const silent = () =>
        new BoardFault('board.no-answer', `${name}: no answer within ${answerMs} ms`);
      job.fail(fault ?? (signal.aborted ? this.#gone() : silent()));
      await this.#untilQuiet(signal);
    }
    await clock.sleep(gapMs, signal);
  }

  /** What comes too late is dropped here, so that the next question does not get it for an answer. */
  async #untilQuiet(signal: AbortSignal): Promise<void> {
    for (let round = 0; round < QUIETS_MAX && !signal.aborted; round++) {
      let isQuiet = true;
      this.#onBytes = () => {
        isQuiet = false;
      };
      await this.#deps.clock.sleep(this.#settings.quietMs, signal);
      if (isQuiet) break;
    }
    this.#onBytes = () => {};
  }

  #become(state: LineState): void {
    this.#state = state;
    this.#isTold = true;
    if (!state.isUp) {
      const jobs = this.#jobs;
      this.#jobs = [];
      for (const { fail } of jobs) fail(this.#gone());
    }
    for (const tell of [...this.#users]) tell(state);
  }

  #gone(): BoardFault {
    const { name } = this.#settings;
    if (this.#state.isUp) return new BoardFault(this.#settings.goneReason, `${name} is gone`);
    return new BoardFault(this.#state.reason, `${name}: ${this.#state.detail}`);
  }
}
