import { StorageFault } from '../../kernel/errors.ts';
import { Bell } from '../bell.ts';
import { ownJournal } from './own-journal.ts';
import {
  nextStepMs,
  stepUplink,
  UPLINK_AT_START,
  type UplinkEffect,
  type UplinkInput,
  type UplinkState,
} from './step-uplink.ts';
import { actOn, startConflict } from './uplink-acts.ts';
import { JOURNAL_FAULT_MS, UplinkCalls } from './uplink-calls.ts';
import type { UplinkDeps } from './uplink-deps.ts';

const REST_MS_MAX = 3_600_000;

/** Carries the journal's closed segments to the hub. What lasts is in the journal: it may be killed anywhere. */
export class Uplink {
  readonly #deps: UplinkDeps;
  readonly #calls: UplinkCalls;
  readonly #queue: UplinkInput[] = [];
  readonly #bell = new Bell();
  readonly #running = new Set<Promise<void>>();
  #state: UplinkState = UPLINK_AT_START;
  #bug: { readonly error: unknown } | null = null;

  constructor(deps: UplinkDeps) {
    this.#deps = deps;
    this.#calls = new UplinkCalls(deps, () => this.#state);
  }

  /** A segment was closed. */
  wake(): void {
    this.#give({ kind: 'look' });
  }

  /** Somebody reached the hub. */
  lineUp(): void {
    this.#give({ kind: 'line-up' });
  }

  /** Heads are known, and every closed segment that the hub takes is there. Throws StorageFault. */
  isDrained(): boolean {
    const { heads, underWay, refused } = this.#state;
    if (heads.kind !== 'known' || underWay.size > 0 || this.#queue.length > 0) return false;
    return this.#deps.journal.uploads.unsentCount() <= refused.size;
  }

  /** Segments that the hub did not take when it was last asked. */
  get refusedCount(): number {
    return this.#state.refused.size;
  }

  /** How long after opening the hub may still fall back to before it; null before it said so. */
  get backupIntervalMs(): number | null {
    return this.#calls.backupIntervalMs;
  }

  /** Until `signal` aborts and every call under way has ended. Rejects only for what is a bug. */
  async run(signal: AbortSignal): Promise<void> {
    this.wake();
    try {
      while (!signal.aborted) {
        if (this.#bug !== null) throw this.#bug.error;
        this.#stepAll(signal);
        await this.#waitForInput(signal);
      }
    } finally {
      await Promise.all(this.#running);
    }
  }

  #give(input: UplinkInput): void {
    this.#queue.push(input);
    this.#bell.ring();
  }

  async #waitForInput(signal: AbortSignal): Promise<void> {
    if (this.#queue.length > 0 || this.#bug !== null) return;
    const { clock } = this.#deps;
    const restMs = Math.min(nextStepMs(this.#state) - clock.monoMs(), REST_MS_MAX);
    await this.#bell.sleep(Math.max(0, restMs), clock, signal);
    if (this.#queue.length === 0) this.#queue.push({ kind: 'look' });
  }

  #stepAll(signal: AbortSignal): void {
    for (let input = this.#queue.shift(); input !== undefined; input = this.#queue.shift()) {
      try {
        this.#step(input, signal);
      } catch (error) {
        if (!(error instanceof StorageFault)) throw error;
        // Nothing that was said is lost: what it was about is unsent still, and heads are asked again.
        const pause = { untilMs: this.#deps.clock.monoMs() + JOURNAL_FAULT_MS, by: 'hub' } as const;
        this.#state = { ...UPLINK_AT_START, refused: this.#state.refused, pause };
      }
    }
  }

  #step(input: UplinkInput, signal: AbortSignal): void {
    const { journal, clock } = this.#deps;
    const { underWay, refused } = this.#state;
    const own = ownJournal(journal, underWay.size + refused.size);
    const [state, effects] = stepUplink(this.#state, input, own, clock.monoMs());
    this.#state = state;
    for (const effect of effects) this.#carryOut(effect, signal);
  }

  #carryOut(effect: UplinkEffect, signal: AbortSignal): void {
    switch (effect.kind) {
      case 'ask-heads':
        this.#start(this.#calls.askHeads(signal));
        break;
      case 'announce':
        this.#start(this.#calls.announce(effect.epoch, signal));
        break;
      case 'send':
        this.#start(this.#calls.send(effect.place, signal));
        break;
      case 'judged':
        actOn(effect.judgement, this.#deps);
        this.wake();
        break;
      case 'start-conflict':
        startConflict(this.#deps);
        this.wake();
        break;
      case 'none-refused':
        this.#deps.alarms.over('journal.segment-refused');
        break;
      default:
        effect satisfies never;
    }
  }

  #start(call: Promise<UplinkInput>): void {
    const running = call
      .then(
        (input) => this.#give(input),
        (error: unknown) => {
          this.#bug = { error };
          this.#bell.ring();
        },
      )
      .finally(() => this.#running.delete(running));
    this.#running.add(running);
  }
}
