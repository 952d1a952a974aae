import type { Moment } from './plan.ts';

const LOOK_MS = 1_000;

type Waiting = { readonly at: Moment; readonly resolve: () => void };

/** How far a round is, and who waits for it; and whether anything happens at all. */
export class Progress {
  /** Rejects when nothing happens for too long, or with what `fail` was told. */
  readonly failure: Promise<never>;
  readonly #quietMsMax: number;
  readonly #watch: NodeJS.Timeout;
  #waiting: Waiting[] = [];
  #goal = { written: 0, sent: 0 };
  #done = { written: 0, sent: 0 };
  #lastMs = performance.now();
  #reject: (error: Error) => void = () => {};

  constructor(quietMsMax: number) {
    this.#quietMsMax = quietMsMax;
    this.failure = new Promise((_, reject) => {
      this.#reject = reject;
    });
    this.failure.catch(() => {});
    this.#watch = setInterval(() => this.#look(), LOOK_MS);
  }

  begin(goal: { readonly written: number; readonly sent: number }): void {
    this.#goal = goal;
    this.#done = { written: 0, sent: 0 };
  }

  add(what: Moment['of'], amount: number): void {
    this.#lastMs = performance.now();
    this.#done[what] += amount;
    const [due, rest] = [[] as Waiting[], [] as Waiting[]];
    for (const each of this.#waiting) (this.#isPast(each.at) ? due : rest).push(each);
    this.#waiting = rest;
    for (const { resolve } of due) resolve();
  }

  /** Something else happened. */
  note(): void {
    this.#lastMs = performance.now();
  }

  reached(at: Moment): Promise<void> {
    if (this.#isPast(at)) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push({ at, resolve }));
  }

  fail(how: string): void {
    this.#reject(new Error(how));
  }

  end(): void {
    clearInterval(this.#watch);
  }

  #isPast({ of, share }: Moment): boolean {
    return this.#done[of] >= share * this.#goal[of];
  }

  #look(): void {
    if (performance.now() - this.#lastMs > this.#quietMsMax) {
      this.fail(`nothing happened for ${this.#quietMsMax} ms`);
    }
  }
}
