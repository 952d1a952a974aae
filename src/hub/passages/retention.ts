import type { StoredRecord } from '../../journal/record.ts';
import type { Clock } from '../../ports/clock.ts';
import type { InboxStore } from '../inbox/inbox-store.ts';
import { turn } from '../turn.ts';
import type { Eraser } from './eraser.ts';
import type { ErasableIndex } from './index-store.ts';

const DAY_MS = 86_400_000;
/** Records deleted in one transaction: some ten milliseconds. */
const BATCH_MAX = 2_000;
const PAGE_MAX = 500;

/** Days for which records are kept, by what they are. What belongs to a passage goes when it does. */
export type RetentionDays = {
  readonly passages: number;
  readonly lookUps: number;
  /** Officers, modes, gaps, changes of trust: what happened at a station, not who passed. */
  readonly service: number;
};

export type RetentionOptions = {
  readonly inbox: Pick<InboxStore, 'kept' | 'dropBodies'>;
  readonly index: ErasableIndex;
  readonly eraser: Eraser;
  readonly days: RetentionDays;
  readonly clock: Clock;
  /** When the last verified backup began; null while there is none. */
  readonly backedUpMs: () => number | null;
  /** Sealed bodies are let go of after so many days even where nobody makes backups. */
  readonly unbackedDays: number;
};

const GROUPS: { readonly [Type in StoredRecord['type']]: keyof RetentionDays } = {
  passage: 'passages',
  amendment: 'passages',
  action: 'passages',
  end: 'passages',
  paper: 'passages',
  'look-up': 'lookUps',
  mode: 'service',
  gap: 'service',
  trust: 'service',
  officer: 'service',
};
const TYPES = Object.keys(GROUPS) as StoredRecord['type'][];

/** Lets go of what the hub need not hold any more; leaves and headers stay for ever. */
export class Retention {
  readonly #options: RetentionOptions;

  constructor(options: RetentionOptions) {
    this.#options = options;
  }

  /** Gives how many records expired, and how many sealed bodies were let go of. */
  async run(signal: AbortSignal): Promise<{ readonly records: number; readonly bodies: number }> {
    const { index, eraser, days, clock } = this.#options;
    let records = 0;
    for (const type of TYPES) {
      const beforeMs = clock.wallMs() - days[GROUPS[type]] * DAY_MS;
      for (let expired = BATCH_MAX; expired === BATCH_MAX && !signal.aborted; await turn()) {
        expired = await index.expire(type, beforeMs, BATCH_MAX);
        records += expired;
      }
    }
    for (let after: number | null = records > 0 ? 0 : null; after !== null && !signal.aborted; ) {
      const page = await index.emptied(after, PAGE_MAX);
      await eraser.eraseEmptied(page.segments);
      after = page.next;
      await turn();
    }
    await eraser.wipe();
    return { records, bodies: await this.#dropBodies(signal) };
  }

  /**
   * A sealed body is a second copy of what is indexed. It goes once the index that has it is in a verified backup; until
   * then it is what a lost index would be made from again.
   */
  async #dropBodies(signal: AbortSignal): Promise<number> {
    const { inbox, index, clock, backedUpMs, unbackedDays } = this.#options;
    const unbackedMs = clock.wallMs() - unbackedDays * DAY_MS;
    const beforeMs = Math.max(backedUpMs() ?? 0, unbackedMs);
    let dropped = 0;
    let after = 0;
    while (!signal.aborted) {
      const kept = await inbox.kept(after, PAGE_MAX);
      const last = kept.at(-1);
      if (last === undefined) break;
      const opened = await index.openedBefore(kept, beforeMs);
      if (opened.length > 0) await inbox.dropBodies(opened, 'left');
      dropped += opened.length;
      after = last;
      await turn();
    }
    return dropped;
  }
}
