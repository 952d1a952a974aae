import type { TimeInterval, TimeTrust } from '../kernel/time-interval.ts';
import type { Clock } from '../ports/clock.ts';

/** What survives a restart; written about once a minute. */
export type DurableTime = {
  /** The latest instant this station has lived through, ms since 1970 UTC. */
  readonly lastMs: number;
  /** Half the width of the interval then; null when nobody answered for it. */
  readonly uncertaintyMs: number | null;
};

export type TimeKeeperDeps = {
  readonly clock: Clock;
  /** No true time is before the software was built. */
  readonly buildMs: number;
  /** A battery clock set the system's time at boot. */
  readonly batteryClock: boolean;
  readonly durable: DurableTime | null;
};

/** Quartz of a small computer in the sun, with a wide margin. */
const DRIFT_PPM = 100;
/** A battery clock that nobody ever vouched for: what a careful installer leaves it at. */
const BATTERY_CLOCK_MS = 10 * 60_000;
/** A station is not left without power for longer; a clock this far ahead has jumped, and somebody has to look. */
const AHEAD_MS_MAX = 7 * 86_400_000;
/** An officer compares date and time with a wrist watch. */
const CONFIRMED_MS = 15 * 60_000;
/** Unset time may be anything from the floor on. */
const UNSET_SPAN_MS = 100 * 365 * 86_400_000;

type Anchor = {
  readonly wallMs: number;
  readonly monoMs: number;
  /** Null: nobody answers for it. */
  readonly uncertaintyMs: number | null;
  readonly trust: TimeTrust;
};

/**
 * Time as an interval (security T1). Read once from the system's clock at start, then carried by the monotonic clock:
 * what NTP or anybody does to the system's time afterwards changes nothing here.
 */
export class TimeKeeper {
  readonly #clock: Clock;
  readonly #floorMs: number;
  #anchor: Anchor;

  constructor({ clock, buildMs, batteryClock, durable }: TimeKeeperDeps) {
    this.#clock = clock;
    this.#floorMs = Math.max(buildMs, durable?.lastMs ?? 0);
    this.#anchor = startAnchor(clock, this.#floorMs, batteryClock, durable);
  }

  interval(): TimeInterval {
    const { earliestMs, latestMs } = this.#bounds();
    return { earliestMs, latestMs, trust: this.#anchor.trust };
  }

  /** The best single guess, for stamps and screens; never below the floor. */
  nowMs(): number {
    const elapsedMs = this.#clock.monoMs() - this.#anchor.monoMs;
    return Math.round(Math.max(this.#floorMs, this.#anchor.wallMs) + elapsedMs);
  }

  /** Half the width of the interval; null while unset. */
  uncertaintyMs(): number | null {
    const { uncertaintyMs, monoMs } = this.#anchor;
    if (uncertaintyMs === null) return null;
    return uncertaintyMs + driftMs(this.#clock.monoMs() - monoMs);
  }

  /**
   * An officer has compared the system's date and time with another clock. False, and nothing changes, when the
   * system's time is before the floor: that cannot be right, whoever says so.
   */
  confirm(): boolean {
    const wallMs = this.#clock.wallMs();
    if (wallMs < this.#floorMs) return false;
    this.#anchor = {
      wallMs,
      monoMs: this.#clock.monoMs(),
      uncertaintyMs: CONFIRMED_MS,
      trust: 'carried',
    };
    return true;
  }

  durable(): DurableTime {
    return { lastMs: this.#bounds().earliestMs, uncertaintyMs: this.uncertaintyMs() };
  }

  #bounds(): { readonly earliestMs: number; readonly latestMs: number } {
    const nowMs = this.nowMs();
    const uncertaintyMs = this.uncertaintyMs();
    const floorMs = this.#floorMs + (this.#clock.monoMs() - this.#anchor.monoMs);
    if (uncertaintyMs === null) {
      // The floor was true when it was written, so at least what has passed since this start has to be added to it.
      return { earliestMs: Math.floor(floorMs), latestMs: Math.ceil(floorMs + UNSET_SPAN_MS) };
    }
    return {
      earliestMs: Math.floor(Math.max(this.#floorMs, nowMs - uncertaintyMs)),
      latestMs: Math.ceil(nowMs + uncertaintyMs),
    };
  }
}

function startAnchor(
  clock: Clock,
  floorMs: number,
  batteryClock: boolean,
  durable: DurableTime | null,
): Anchor {
  const wallMs = clock.wallMs();
  const monoMs = clock.monoMs();
  const jumped = durable !== null && wallMs - durable.lastMs > AHEAD_MS_MAX;
  if (!batteryClock || wallMs < floorMs || jumped) {
    return { wallMs, monoMs, uncertaintyMs: null, trust: 'unset' };
  }
  const carriedMs =
    durable === null || durable.uncertaintyMs === null
      ? BATTERY_CLOCK_MS
      : durable.uncertaintyMs + driftMs(wallMs - durable.lastMs);
  return { wallMs, monoMs, uncertaintyMs: carriedMs, trust: 'carried' };
}

function driftMs(elapsedMs: number): number {
  return Math.max(0, (elapsedMs * DRIFT_PPM) / 1_000_000);
}
