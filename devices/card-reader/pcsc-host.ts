import { backoffDelayMs } from '../../src/kernel/backoff.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { CardCommand, ChildMessage, CommandResult, SlotState } from './pcsc-messages.ts';
import { type Outcome, PcscSession } from './pcsc-session.ts';

const RESTART = { delayMsMin: 50, delayMsMax: 500 };
/** A child that lived shorter than this was no recovery: the pause before the next one goes on growing. */
const STEADY_MS_MIN = 10_000;

export type PcscHostDeps = {
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  /** Where pcscd listens, if it is not the system's own. */
  readonly socketPath?: string;
};

export type PcscPicture =
  | { readonly kind: 'unknown' }
  /** `life` tells children apart: an insertion's number means nothing in another one. */
  | { readonly kind: 'slots'; readonly life: number; readonly slots: readonly SlotState[] }
  | { readonly kind: 'service-down'; readonly detail: readonly string[] }
  /** The child died or hung; another one is on its way. */
  | { readonly kind: 'fault'; readonly detail: readonly string[] };

/**
 * The one child of this process that talks to pcscd, shared by all readers of all lanes. Started by the first who watches;
 * killed when it hangs and started again, for ever, until the host is closed.
 */
export class PcscHost {
  readonly clock: Clock;
  readonly random: () => number;
  readonly #socketPath: string | undefined;
  readonly #watchers = new Set<(picture: PcscPicture) => void>();
  readonly #stop = new AbortController();
  #picture: PcscPicture = { kind: 'unknown' };
  #session: PcscSession | undefined;
  #life = 0;
  #running: Promise<void> | undefined;

  constructor({ clock, random, socketPath }: PcscHostDeps) {
    this.clock = clock;
    this.random = random;
    this.#socketPath = socketPath;
  }

  /** Calls `watcher` with what is now, and at each change, until the host is closed. */
  watch(watcher: (picture: PcscPicture) => void): void {
    if (this.#stop.signal.aborted) return;
    this.#watchers.add(watcher);
    watcher(this.#picture);
    this.#running ??= this.#run();
  }

  /** Carries out a command within a child's life. Never rejects. */
  command(life: number, command: CardCommand, deadlineMs: number): Promise<Outcome> {
    const session = this.#session;
    if (session !== undefined && life === this.#life) return session.command(command, deadlineMs);
    const detail = 'the child that saw this card is gone';
    const result: CommandResult = { kind: 'failed', failure: 'no-card', detail };
    return Promise.resolve(result);
  }

  /** Resolves when no process is left. */
  async close(): Promise<void> {
    this.#stop.abort();
    await this.#running;
    this.#watchers.clear();
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    for (let failures = 0; !signal.aborted; failures++) {
      const startMs = this.clock.monoMs();
      this.#life += 1;
      const session = new PcscSession(this.clock, this.#socketPath, signal, (message) =>
        this.#hear(message),
      );
      this.#session = session;
      const detail = await session.ended;
      this.#session = undefined;
      if (signal.aborted) return;
      if (this.#picture.kind !== 'service-down') this.#show({ kind: 'fault', detail });
      if (this.clock.monoMs() - startMs >= STEADY_MS_MIN) failures = 0;
      await this.clock.sleep(backoffDelayMs(RESTART, failures, this.random()), signal);
    }
  }

  #hear(message: Exclude<ChildMessage, { kind: 'result' }>): void {
    switch (message.kind) {
      case 'slots':
        this.#show({ kind: 'slots', life: this.#life, slots: message.slots });
        return;
      case 'service-down':
      case 'service-lost':
        this.#show({ kind: 'service-down', detail: [message.detail] });
        return;
      default:
        message satisfies never;
    }
  }

  #show(picture: PcscPicture): void {
    this.#picture = picture;
    for (const watcher of this.#watchers) watcher(picture);
  }
}
