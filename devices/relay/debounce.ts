type Candidate = { readonly closed: boolean; readonly sinceMonoMs: number };

/** Inputs as they are looked at, told once they have been the same for `stableMs`. */
export class Debounce {
  readonly #stableMs: number;
  readonly #candidates = new Map<number, Candidate>();

  constructor(stableMs: number) {
    this.#stableMs = stableMs;
  }

  /** Whether it has been so for long enough. */
  isStable(channel: number, closed: boolean, atMonoMs: number): boolean {
    const candidate = this.#candidates.get(channel);
    if (candidate?.closed === closed) return atMonoMs - candidate.sinceMonoMs >= this.#stableMs;
    this.#candidates.set(channel, { closed, sinceMonoMs: atMonoMs });
    return this.#stableMs === 0;
  }

  forget(): void {
    this.#candidates.clear();
  }
}
