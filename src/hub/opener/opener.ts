import type { KeyObject } from 'node:crypto';
import { decodeSegment, openRecords } from '../../journal/segment.ts';
import { toHex } from '../../kernel/bytes.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Arrival, InboxStore } from '../inbox/inbox-store.ts';
import type { RaiseIncident } from '../ingest-port.ts';
import type { OpenedIndex, OpeningOutcome, SetAsideReason } from '../passages/index-store.ts';

/** Segments in one transaction: some 4,000 records, a fifth of a second. */
const BATCH_MAX = 16;
const LOOK_AGAIN_MS = 1_000;
const SET_ASIDE_MAX = 1_000;

export type OpenerOptions = {
  readonly inbox: Pick<InboxStore, 'arrivals' | 'arrival' | 'body' | 'epochs' | 'stations'>;
  readonly index: OpenedIndex;
  readonly keys: { find(id: string): KeyObject | null; reload(): boolean };
  readonly clock: Clock;
  readonly raise: RaiseIncident;
  /** Called with the number of records after every commit. */
  readonly indexed?: (records: number) => void;
};

/**
 * Opens what the inbox holds, in the order in which it came, and indexes it. Where it is is kept with what it indexed, in
 * one transaction, so that it may end anywhere. What does not open is set aside and holds nothing else up.
 */
export class Opener {
  readonly #options: OpenerOptions;
  /** Stations whose marks may lie behind what is opened. */
  readonly #behind = new Set<string>();
  #woken = new AbortController();

  constructor(options: OpenerOptions) {
    this.#options = options;
  }

  /** Runs until `signal` aborts. Throws StorageFault. */
  async run(signal: AbortSignal): Promise<void> {
    const { inbox, clock, keys } = this.#options;
    for (const station of await inbox.stations()) this.#behind.add(station);
    await this.#retrySetAside();
    while (!signal.aborted) {
      this.#woken = new AbortController();
      if (await this.step()) continue;
      await this.#advance([...this.#behind]);
      if (keys.reload()) await this.#retrySetAside();
      await clock.sleep(LOOK_AGAIN_MS, AbortSignal.any([signal, this.#woken.signal]));
    }
  }

  /** Something was stored: looks at once instead of within a second. */
  wake(): void {
    this.#woken.abort();
  }

  /** One batch. False when there was nothing to open. */
  async step(): Promise<boolean> {
    const { inbox, index } = this.#options;
    const arrivals = await inbox.arrivals(await index.position(), BATCH_MAX);
    if (arrivals.length === 0) return false;
    await this.#openAll(arrivals);
    return true;
  }

  async #openAll(arrivals: readonly Arrival[]): Promise<void> {
    const { index, clock, indexed } = this.#options;
    const outcomes: OpeningOutcome[] = [];
    for (const arrival of arrivals) outcomes.push(await this.#open(arrival));
    await index.add(outcomes, clock.wallMs());
    let records = 0;
    for (const outcome of outcomes) {
      if ('failure' in outcome) this.#tell(outcome.arrival, outcome.failure);
      else records += outcome.records.length;
    }
    const stations = new Set(arrivals.map(({ station }) => station));
    for (const station of stations) this.#behind.add(station);
    await this.#advance([...stations]);
    indexed?.(records);
  }

  async #open(arrival: Arrival): Promise<OpeningOutcome> {
    // What was erased before it was opened counts as opened: nothing is left of it to wait for.
    if (arrival.state === 'erased') return { arrival, records: [] };
    const bytes = await this.#read(arrival);
    if (bytes === null) return { arrival, failure: 'body.missing' };
    try {
      const segment = decodeSegment(bytes);
      const key = this.#options.keys.find(segment.keyId);
      if (key === null) return { arrival, failure: 'key.missing' };
      return { arrival, records: openRecords(segment, key) };
    } catch {
      // Whatever a station signed, or a disk made of it, ends here and stops nobody else.
      return { arrival, failure: 'not-opened' };
    }
  }

  async #read({ arrival }: Arrival): Promise<Uint8Array | null> {
    try {
      return await this.#options.inbox.body(arrival);
    } catch {
      return null;
    }
  }

  async #retrySetAside(): Promise<void> {
    const { inbox, index } = this.#options;
    for (const { station, epoch, first } of await index.setAside(SET_ASIDE_MAX)) {
      const arrival = await inbox.arrival({ station, epoch, first });
      if (arrival !== null) await this.#openAll([arrival]);
    }
  }

  async #advance(stations: readonly string[]): Promise<void> {
    const { inbox, index } = this.#options;
    for (const station of stations) {
      const epochs = await inbox.epochs(station);
      const marks = await index.advance(epochs);
      if (epochs.every(({ last }, at) => marks[at] === last)) this.#behind.delete(station);
    }
  }

  #tell({ station, epoch, first, last }: Arrival, reason: SetAsideReason): void {
    const { raise, clock } = this.#options;
    const detail = { epoch: toHex(epoch), first, last, reason };
    raise({ atMs: clock.wallMs(), station, code: 'segment.not-opened', detail });
  }
}
