import type { StationEvent } from './events.ts';
import type { RecentView } from './lane-shape.ts';

const ROWS_MAX = 200;

type HistoryEvent = Extract<StationEvent, { event: 'history' }>;

/** The last ended passages, without personal fields, so that a page that reconnects misses none. */
export class HistoryBuffer {
  readonly #boot: string;
  readonly #events: HistoryEvent[] = [];
  #last = 0;

  constructor(boot: string) {
    this.#boot = boot;
  }

  add(lane: string, row: RecentView): HistoryEvent {
    this.#last += 1;
    const event: HistoryEvent = {
      event: 'history',
      id: `${this.#boot}.${this.#last}`,
      data: { ...row, lane },
    };
    this.#events.push(event);
    if (this.#events.length > ROWS_MAX) this.#events.shift();
    return event;
  }

  /** What came after `lastEventId`; all that is kept when the id is null, of another start, or nonsense. */
  after(lastEventId: string | null): readonly HistoryEvent[] {
    const [boot, number] = (lastEventId ?? '').split('.');
    const seen = boot === this.#boot && /^\d{1,15}$/.test(number ?? '') ? Number(number) : 0;
    const first = this.#last - this.#events.length + 1;
    return this.#events.slice(Math.max(0, seen - first + 1));
  }
}
