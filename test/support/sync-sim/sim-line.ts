import type { Clock } from '../../../src/ports/clock.ts';
import type { Upstream, UpstreamRequest, UpstreamResult } from '../../../src/ports/upstream.ts';
import type { Seeded } from './seeded.ts';

const SILENT_MS = 20_000;

/** Answers a request, or null when nobody is there. */
export type Answering = (request: UpstreamRequest) => UpstreamResult | null;

/** A line that loses, delays, doubles and reorders; what was sent may arrive after its sender has died. */
export class SimLine implements Upstream {
  readonly #clock: Clock;
  readonly #random: Seeded;
  readonly #answer: Answering;
  readonly #never = new AbortController().signal;
  isCut = false;
  isCalm = false;

  constructor(clock: Clock, random: Seeded, answer: Answering) {
    this.#clock = clock;
    this.#random = random;
    this.#answer = answer;
  }

  async ask(request: UpstreamRequest, signal: AbortSignal): Promise<UpstreamResult> {
    if (signal.aborted) return unreachable('aborted');
    let give = () => {};
    const aborted = new Promise<UpstreamResult>((resolve) => {
      give = () => resolve(unreachable('aborted'));
    });
    signal.addEventListener('abort', give, { once: true });
    const result = await Promise.race([this.#carry(request), aborted]);
    signal.removeEventListener('abort', give);
    return result;
  }

  async #carry(request: UpstreamRequest): Promise<UpstreamResult> {
    const fate = this.isCalm ? 1 : this.#random.next();
    await this.#clock.sleep(this.#delayMs(), this.#never);
    if (this.isCut) return unreachable('connect');
    if (fate < 0.05) return this.#silence();
    if (fate < 0.1) void this.#again(request);
    const answer = this.#answer(request);
    if (answer === null) return unreachable('connect');
    await this.#clock.sleep(this.#delayMs(), this.#never);
    if (fate >= 0.1 && fate < 0.15) return unreachable('cut');
    if (this.isCut || (fate >= 0.15 && fate < 0.2)) return this.#silence();
    return answer;
  }

  async #again(request: UpstreamRequest): Promise<void> {
    await this.#clock.sleep(this.#delayMs() * 20, this.#never);
    this.#answer(request);
  }

  async #silence(): Promise<UpstreamResult> {
    await this.#clock.sleep(SILENT_MS, this.#never);
    return unreachable('silent');
  }

  #delayMs(): number {
    if (this.isCalm) return 5;
    return this.#random.chance(0.05) ? 8_000 * this.#random.next() : 200 * this.#random.next();
  }
}

function unreachable(reason: 'aborted' | 'connect' | 'silent' | 'cut'): UpstreamResult {
  return { kind: 'unreachable', reason, message: reason };
}
