import type { Clock } from '../ports/clock.ts';
import type { SyncLoop, SyncSnapshot } from './sync-loop.ts';

const LOOK_MS = 200;
/** A call that fails takes this long at most, and the next one is tried soon: a line that comes back within is no dead line. */
const DOWN_MS = 15_000;
/** Somebody waits: a line that is gone is tried this often, for the fifteen seconds at most. */
const HURRY_MS = 2_000;

/** How a round ended. done: everything is sent and in place. down: no line. refused: the hub does not take this station. */
export type RoundEnd = 'done' | 'down' | 'refused' | 'stopped';
export type Round = { readonly kind: RoundEnd; readonly last: SyncSnapshot };

type Deps = {
  readonly sync: Pick<SyncLoop, 'run' | 'snapshot' | 'hurry'>;
  readonly clock: Clock;
  /** Called when something changed. */
  readonly progress: (snapshot: SyncSnapshot) => void;
};

/** Runs the dealings with the hub until everything is done, or it is clear that nothing will come of it now. */
export async function oneRound(
  { sync, clock, progress }: Deps,
  signal: AbortSignal,
): Promise<Round> {
  const stop = new AbortController();
  const running = sync.run(AbortSignal.any([signal, stop.signal]));
  const outcome = new RoundOutcome();
  let told = '';
  let round: Round | null = null;
  while (round === null) {
    const last = sync.snapshot();
    const text = JSON.stringify({ ...last, line: last.line.state });
    if (text !== told) progress(last);
    told = text;
    const kind = outcome.of(last, clock.monoMs()) ?? (signal.aborted ? 'stopped' : null);
    if (kind !== null) round = { kind, last };
    else await clock.sleep(LOOK_MS, signal);
    if (outcome.isHurryDue(clock.monoMs())) sync.hurry();
  }
  stop.abort();
  await running;
  return round;
}

/** What one snapshot after another says of how a round ends. */
export class RoundOutcome {
  #downSinceMs: number | null = null;
  #hurryMs = 0;

  /** `nowMs`: monotonic. Null: it goes on. */
  of({ isCurrent, line, alarms }: SyncSnapshot, nowMs: number): RoundEnd | null {
    if (isCurrent) return 'done';
    if (line.state === 'revoked' || alarms.includes('station.copied')) return 'refused';
    if (alarms.includes('certificate.ended')) return 'refused';
    this.#downSinceMs = line.state === 'down' ? (this.#downSinceMs ?? nowMs) : null;
    const isDown = this.#downSinceMs !== null && nowMs - this.#downSinceMs >= DOWN_MS;
    return isDown ? 'down' : null;
  }

  /** `nowMs`: monotonic. True once every few seconds while there is no line. */
  isHurryDue(nowMs: number): boolean {
    if (this.#downSinceMs === null || nowMs < this.#hurryMs) return false;
    this.#hurryMs = nowMs + HURRY_MS;
    return true;
  }
}
