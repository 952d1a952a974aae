import type { Clock } from '../../ports/clock.ts';

/** One thing that must really answer before the watchdog is fed. */
export type Probe = {
  /** As in the log: `lane lane-1`, `disk`, `camera camera-1`. */
  readonly name: string;
  /** Resolves, to whether all is well, once it has had its turn; what never does is stuck. */
  readonly answer: () => Promise<boolean>;
};

/** Where a service manager listens. */
export interface ServiceManager {
  ready(status: string): Promise<void>;
  feed(): Promise<void>;
  /** Between two feedings at most; null: nobody waits for any. */
  readonly watchdogMs: number | null;
}

export type WatchdogDeps = {
  readonly clock: Clock;
  readonly manager: ServiceManager;
  readonly probes: readonly Probe[];
  /** Told at each look that did not feed: the names of what did not answer. */
  readonly starved: (names: readonly string[]) => void;
};

/** Three looks fit between two feedings, so that a busy moment costs nothing. */
const LOOKS = 4;

/**
 * Feeds the service manager's watchdog until `signal` aborts, and only when every probe has answered within its time: a
 * daemon that hangs in one part is killed and started again as a whole.
 */
export async function runWatchdog(deps: WatchdogDeps, signal: AbortSignal): Promise<void> {
  const { clock, manager, probes, starved } = deps;
  if (manager.watchdogMs === null) return;
  const everyMs = manager.watchdogMs / LOOKS;
  const asked = new Map<string, Promise<boolean>>();
  while (!signal.aborted) {
    const stuck = await unanswered(probes, asked, { clock, deadlineMs: everyMs, signal });
    if (signal.aborted) return;
    if (stuck.length === 0) await manager.feed();
    else starved(stuck);
    await clock.sleep(everyMs, signal);
  }
}

type Deadline = {
  readonly clock: Clock;
  readonly deadlineMs: number;
  readonly signal: AbortSignal;
};

/** Names of what did not answer. A question that hangs is not asked a second time. */
async function unanswered(
  probes: readonly Probe[],
  asked: Map<string, Promise<boolean>>,
  { clock, deadlineMs, signal }: Deadline,
): Promise<readonly string[]> {
  const open = new Set(probes.map(({ name }) => name));
  const all = Promise.all(
    probes.map(async ({ name, answer }) => {
      const question = asked.get(name) ?? answer();
      asked.set(name, question);
      const isWell = await question;
      asked.delete(name);
      if (isWell) open.delete(name);
    }),
  );
  const over = new AbortController();
  const late = clock.sleep(deadlineMs, AbortSignal.any([over.signal, signal]));
  await Promise.race([all, late]);
  over.abort();
  return [...open];
}
