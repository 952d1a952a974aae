import type { TimeInterval, TimeTrust } from '../kernel/time-interval.ts';
import type { Clock } from '../ports/clock.ts';

/** What survives a restart; written about once a minute. */
export type DurableTime = {
  /** The latest instant this station has lived through, ms since 1970 UTC. */
  readonly lastMs: number;
  /** Half the width of the interval then; null when nobody answered for it. */
  readonly uncertaintyMs: number | null;
  /** The last time that a hub signed, ms since 1970 UTC. */
  readonly signedMs?: number;
  /** How far the system's clock was off what is known here; the next start begins with that clock. */
  readonly wallErrorMs?: number;
};

/** What a hub signed over our nonce (docs/protocol.md). */
export type HubAnswer = {
  readonly hubMs: number;
  /** When the question was sent, by the monotonic clock, and how long its answer took. */
  readonly sentMonoMs: number;
  readonly roundTripMs: number;
};

/**
 * vouched: time is known to the round trip. too-slow: it would say too little. before-floor: before the build or before
 * what a hub signed already. contradicts: over a day from what a hub signed in this boot, and the system's clock is not
 * with it. The last three change nothing. `alarm`: over a day from what was carried.
 */
export type Vouching = {
  readonly kind: 'vouched' | 'too-slow' | 'before-floor' | 'contradicts';
  readonly alarm: 'time.jump' | null;
  /** From what was known to what was said; 0 where they overlap, negative for back. */
  readonly jumpMs: number;
};

/** contradicts: the hub has signed over a nonce that it is not so late; nothing changes. */
export type FloorRaising = Omit<Vouching, 'kind'> & { readonly kind: 'raised' | 'contradicts' };

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
/** A hub that takes longer says too little. */
const ROUND_TRIP_MS_MAX = 10_000;
const JUMP_MS = 86_400_000;
/** What rounding to whole milliseconds may take. */
const ROUNDING_MS = 1;
/** Unset time may be anything from the floor on. */
const UNSET_SPAN_MS = 100 * 365 * 86_400_000;

type Anchor = {
  readonly wallMs: number;
  readonly monoMs: number;
  /** Null: nobody answers for it. */
  readonly uncertaintyMs: number | null;
  readonly trust: TimeTrust;
};

type Bounds = { readonly earliestMs: number; readonly latestMs: number };

/**
 * Time as an interval (security T1), narrowed by nothing but a hub's signature. Read once from the system's clock at start, then carried by the monotonic clock:
 * what NTP or anybody does to the system's time afterwards changes nothing here.
 */
export class TimeKeeper {
  readonly #clock: Clock;
  readonly #buildMs: number;
  #signedMs: number;
  #floorMs: number;
  #anchor: Anchor;

  constructor({ clock, buildMs, batteryClock, durable }: TimeKeeperDeps) {
    this.#clock = clock;
    this.#buildMs = buildMs;
    this.#signedMs = durable?.signedMs ?? 0;
    this.#floorMs = Math.max(buildMs, durable?.lastMs ?? 0, this.#signedMs);
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

  /** What `confirm` would confirm now; null for a time before the floor. */
  confirmableMs(): number | null {
    const wallMs = this.#clock.wallMs();
    return wallMs < this.#floorMs ? null : wallMs;
  }

  /**
   * An officer has compared the system's date and time with another clock. False, and nothing changes, when the
   * system's time is before the floor: that cannot be right, whoever says so. What a hub vouched for stays as it is.
   */
  confirm(): boolean {
    if (this.#anchor.trust === 'vouched') return true;
    const wallMs = this.confirmableMs();
    if (wallMs === null) return false;
    this.#anchor = {
      wallMs,
      monoMs: this.#clock.monoMs(),
      uncertaintyMs: CONFIRMED_MS,
      trust: 'carried',
    };
    return true;
  }

  /**
   * Takes a time whose signature and nonce were checked. It was true between sending and answer, whatever the system's
   * clock says; what was only lived through, and might have been wrong, binds it no more.
   */
  vouch({ hubMs, sentMonoMs, roundTripMs }: HubAnswer): Vouching {
    if (!(roundTripMs >= 0 && roundTripMs <= ROUND_TRIP_MS_MAX)) {
      return { kind: 'too-slow', alarm: null, jumpMs: 0 };
    }
    const elapsedMs = Math.max(0, this.#clock.monoMs() - sentMonoMs - roundTripMs);
    const said = {
      earliestMs: hubMs + elapsedMs - driftMs(elapsedMs),
      latestMs: hubMs + roundTripMs + elapsedMs + driftMs(roundTripMs + elapsedMs),
    };
    const jumpMs = this.#anchor.trust === 'unset' ? 0 : distanceMs(this.#bounds(), said);
    const alarm = Math.abs(jumpMs) > JUMP_MS ? 'time.jump' : null;
    if (said.latestMs < Math.max(this.#buildMs, this.#signedMs)) {
      return { kind: 'before-floor', alarm, jumpMs };
    }
    if (alarm !== null && this.#contradicts(hubMs)) return { kind: 'contradicts', alarm, jumpMs };
    this.#take(said, hubMs);
    return { kind: 'vouched', alarm, jumpMs };
  }

  /**
   * What a hub signed at some time before now, without a nonce: it is later than that, and nothing else is known. Narrows nothing
   * from above and vouches for nothing; a carried time that must be before it was wrong, and nobody answers for it any more.
   */
  raiseFloor(hubMs: number): FloorRaising {
    const { trust } = this.#anchor;
    const jumpMs = trust === 'unset' ? 0 : Math.max(0, hubMs - this.#bounds().latestMs);
    const alarm = jumpMs > JUMP_MS ? 'time.jump' : null;
    if (jumpMs > 0 && trust === 'vouched') return { kind: 'contradicts', alarm, jumpMs };
    const elapsedMs = this.#clock.monoMs() - this.#anchor.monoMs;
    this.#floorMs = Math.max(this.#floorMs, Math.floor(hubMs - elapsedMs));
    if (jumpMs > 0) this.#anchor = { ...this.#anchor, uncertaintyMs: null, trust: 'unset' };
    return { kind: 'raised', alarm, jumpMs };
  }

  durable(): DurableTime {
    return {
      lastMs: this.#bounds().earliestMs,
      uncertaintyMs: this.uncertaintyMs(),
      signedMs: this.#signedMs,
      wallErrorMs: Math.ceil(Math.abs(this.#clock.wallMs() - this.nowMs())),
    };
  }

  /** Two signed times that differ by more than passed between them; after a machine slept, its clock knows. */
  #contradicts(hubMs: number): boolean {
    const isWithClock = Math.abs(this.#clock.wallMs() - hubMs) <= JUMP_MS;
    return this.#anchor.trust === 'vouched' && !isWithClock;
  }

  #take(said: Bounds, hubMs: number): void {
    this.#signedMs = Math.max(this.#signedMs, Math.floor(hubMs));
    const floorMs = Math.max(this.#buildMs, this.#signedMs);
    const before = this.#bounds();
    // Two honest answers are both true, so the time is where they overlap.
    const isFiner = this.#anchor.trust === 'vouched' && distanceMs(before, said) === 0;
    const earliestMs = Math.max(said.earliestMs, floorMs, isFiner ? before.earliestMs : 0);
    const latestMs = isFiner ? Math.min(said.latestMs, before.latestMs) : said.latestMs;
    this.#floorMs = floorMs;
    this.#anchor = {
      wallMs: (earliestMs + latestMs) / 2,
      monoMs: this.#clock.monoMs(),
      uncertaintyMs: Math.abs(latestMs - earliestMs) / 2 + ROUNDING_MS,
      trust: 'vouched',
    };
  }

  #bounds(): Bounds {
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
      : durable.uncertaintyMs + (durable.wallErrorMs ?? 0) + driftMs(wallMs - durable.lastMs);
  return { wallMs, monoMs, uncertaintyMs: carriedMs, trust: 'carried' };
}

/** From one interval to another: 0 where they overlap, negative for back. */
function distanceMs(from: Bounds, to: Bounds): number {
  if (to.earliestMs > from.latestMs) return to.earliestMs - from.latestMs;
  return Math.min(0, to.latestMs - from.earliestMs);
}

function driftMs(elapsedMs: number): number {
  return Math.max(0, (elapsedMs * DRIFT_PPM) / 1_000_000);
}
