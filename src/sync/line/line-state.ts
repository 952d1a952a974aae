import type { Clock } from '../../ports/clock.ts';
import type { UnreachableReason } from '../../ports/upstream.ts';
import { Bell } from '../bell.ts';

export type LineSnapshot = {
  /** revoked: the hub answers, and takes nothing of this station any more. */
  readonly state: 'unknown' | 'up' | 'down' | 'revoked';
  /** Wall time of the change; null while unknown. */
  readonly sinceMs: number | null;
  readonly lastAnswerMs: number | null;
  /** Why the last call failed; null while the hub answers. */
  readonly reason: UnreachableReason | null;
};

/** The refusal of a station that its hub has revoked (docs/protocol.md). */
export const REVOKED = 'station.revoked';

/** Not let in, or not asked. */
const SAYS_NOTHING = new Set([401, 403, 429]);

/** Whether the hub answers, as the calls find it. */
export class LineState {
  readonly #clock: Clock;
  readonly #onChange: (line: LineSnapshot) => void;
  #snapshot: LineSnapshot = { state: 'unknown', sinceMs: null, lastAnswerMs: null, reason: null };
  readonly #isBack = new Bell();
  #isRevoked = false;
  #times = 0;

  constructor(clock: Clock, onChange: (line: LineSnapshot) => void) {
    this.#clock = clock;
    this.#onChange = onChange;
  }

  snapshot(): LineSnapshot {
    return this.#snapshot;
  }

  get isUp(): boolean {
    return this.#snapshot.state === 'up';
  }

  get isRevoked(): boolean {
    return this.#isRevoked;
  }

  /** How often the line came up since the start. */
  get times(): number {
    return this.#times;
  }

  /** The hub did what it was asked. */
  answered(): void {
    this.#isRevoked = false;
    this.#heard('up');
  }

  /** The hub answered with an error. A busy one says nothing of whether it still has this station revoked. */
  refused(status: number, code: string): void {
    if (code === REVOKED) this.#isRevoked = true;
    else if (!SAYS_NOTHING.has(status) && status < 500) this.#isRevoked = false;
    this.#heard(this.#isRevoked ? 'revoked' : 'up');
  }

  #heard(state: 'up' | 'revoked'): void {
    const nowMs = this.#clock.wallMs();
    const isSame = this.#snapshot.state === state;
    const sinceMs = isSame ? this.#snapshot.sinceMs : nowMs;
    this.#snapshot = { state, sinceMs, lastAnswerMs: nowMs, reason: null };
    if (isSame) return;
    if (state === 'up') this.#times++;
    this.#onChange(this.#snapshot);
    if (state === 'up') this.#isBack.ring();
  }

  failed(reason: UnreachableReason): void {
    if (reason === 'aborted') return;
    const wasDown = this.#snapshot.state === 'down';
    const { sinceMs, lastAnswerMs } = this.#snapshot;
    this.#snapshot = {
      ...{ state: 'down', lastAnswerMs, reason },
      sinceMs: wasDown ? sinceMs : this.#clock.wallMs(),
    };
    if (!wasDown) this.#onChange(this.#snapshot);
  }

  /** Ends every wait for the line. */
  hurry(): void {
    this.#isBack.ring();
  }

  /** Waits out a backoff, or until somebody else reached the hub. */
  waitFor(ms: number, signal: AbortSignal): Promise<void> {
    return this.#isBack.sleep(ms, this.#clock, signal);
  }
}
