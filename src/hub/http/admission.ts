import { CREDIT_MAX } from '../../sync/protocol/wire.ts';

const STATION_MAX = CREDIT_MAX + 4;
/** Bodies of segments in memory at once: at the most 3 MB each, nearly always 200 KB. */
const ALL_MAX = 192;
const EASY_MAX = ALL_MAX / 4;

/** Bounds what is under way: one station cannot take the room of the others, all together not that of the hub. */
export class Admission {
  readonly #stations = new Map<string, number>();
  #all = 0;

  /** `leave` must follow on `admitted`. */
  enter(station: string): 'admitted' | 'station-full' | 'hub-full' {
    const own = this.#stations.get(station) ?? 0;
    if (own >= STATION_MAX) return 'station-full';
    // The last quarter is for those who have nothing under way yet.
    if (this.#all >= (own === 0 ? ALL_MAX : ALL_MAX - EASY_MAX)) return 'hub-full';
    this.#stations.set(station, own + 1);
    this.#all++;
    return 'admitted';
  }

  leave(station: string): void {
    const own = (this.#stations.get(station) ?? 1) - 1;
    if (own === 0) this.#stations.delete(station);
    else this.#stations.set(station, own);
    this.#all--;
  }

  /** How many further segments a station may have under way before it gets an answer. */
  credit(): number {
    if (this.#all <= EASY_MAX) return CREDIT_MAX;
    const share = Math.floor((ALL_MAX - this.#all) / Math.max(1, this.#stations.size));
    return Math.max(0, Math.min(CREDIT_MAX, share));
  }
}
