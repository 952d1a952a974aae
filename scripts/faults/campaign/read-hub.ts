import type { KeyObject } from 'node:crypto';
import { randomBytes } from 'node:crypto';
import type { HubDirectory } from '../../../src/hub/hub-directory.ts';
import { proveStation } from '../../../src/hub/inbox/prove-station.ts';
import { openSqliteInbox, type SqliteInbox } from '../../../src/hub/inbox/sqlite-inbox.ts';
import type { IndexStore } from '../../../src/hub/passages/index-store.ts';
import { openSqliteIndex } from '../../../src/hub/passages/sqlite-index.ts';
import { SqliteHubStore } from '../../../src/hub/store/sqlite-hub-store.ts';
import type { StoredRecord } from '../../../src/journal/record.ts';
import { systemClock } from '../../../src/station/system-clock.ts';
import { cardNumberOf, type Mark, subjectKeyOf } from './messages.ts';
import type { Held } from './verdict.ts';

const PAGE = 5_000;
const INCIDENTS_MAX = 1_000;
const HEADERS = 50;

/** A hub's journals, read beside the daemon or after it. */
export class HubReader {
  readonly #inbox: SqliteInbox;
  readonly #index: IndexStore;

  constructor(directory: HubDirectory) {
    const key = directory.databaseKey();
    const common = { folder: directory.path, key, random: randomBytes, clock: systemClock };
    this.#inbox = openSqliteInbox({ ...common, mode: 'open' });
    this.#index = openSqliteIndex({ ...common, mode: 'open' });
  }

  /** Everything from a station's first record to this one is stored, linked, opened and indexed. */
  async isDrained(station: string, head: number): Promise<boolean> {
    const epochs = await this.#inbox.epochs(station);
    const newest = epochs.at(-1);
    if (newest === undefined || newest.through < head || newest.last !== newest.through)
      return false;
    return (await this.#index.opened.openedThrough(newest)) === newest.through;
  }

  /** The export feed from its beginning. Throws for a record that does not say itself what it is. */
  async *records(): AsyncGenerator<Held> {
    let cursor: string | null = null;
    for (;;) {
      const page: Awaited<ReturnType<IndexStore['feed']['page']>> = await this.#index.feed.page(
        cursor,
        PAGE,
      );
      if (page.lines.length === 0) return;
      cursor = page.cursor;
      for (const line of page.lines) {
        const { record, ...place } = JSON.parse(line) as Omit<Held, 'mark'> & {
          readonly record: StoredRecord;
        };
        yield { ...place, mark: markOf(record) };
      }
    }
  }

  /** What the hub's own proof says against a station's journal being whole; nothing when it is. */
  async *complaints(station: string, verifyingKey: KeyObject): AsyncGenerator<string> {
    for await (const proof of proveStation(this.#inbox, station, verifyingKey)) {
      const { state, through, records, gapCount, misfitCount, provenHead, joint } = proof;
      const said = JSON.stringify({ state, through, records, gapCount, misfitCount, joint });
      const isWhole = gapCount + misfitCount === 0 && provenHead?.sequence === through;
      if (!isWhole || records !== through || state !== 'granted') yield `${station}: proof ${said}`;
    }
  }

  /**
   * Gaps that the hub names against those that there are, by the segments it holds; for a hub that is not running. Gives how many
   * there are, or null when a name is missing or wrong.
   */
  async namedGaps(station: string): Promise<number | null> {
    const named = await this.#inbox.gaps(station, INCIDENTS_MAX);
    const real: string[] = [];
    for (const epoch of await this.#inbox.epochs(station)) {
      let end = epoch.first - 1;
      for (let after = 0; ; ) {
        const page = await this.#inbox.headers(epoch, after, HEADERS);
        for (const { first, last } of page) {
          if (first > end + 1) real.push(`${end + 1}-${first - 1}`);
          end = last;
        }
        const last = page.at(-1);
        if (last === undefined) break;
        after = last.first;
      }
    }
    const said = named.map(({ from, to }) => `${from}-${to}`);
    return said.join() === real.join() ? real.length : null;
  }

  async close(): Promise<void> {
    await this.#index.close();
    await this.#inbox.close();
  }
}

export async function incidentsOf(directory: HubDirectory): Promise<readonly string[]> {
  const store = new SqliteHubStore(directory.databaseFile, directory.databaseKey());
  try {
    const all = await store.incidents({ open: true, before: null, limit: INCIDENTS_MAX });
    return all.map(({ code }) => code);
  } finally {
    await store.close();
  }
}

function markOf(record: StoredRecord): Mark {
  const [, life, count] = /^m(\d+)-(\d+)$/.exec(record.officer ?? '') ?? [];
  if (life === undefined) throw new Error(`a ${record.type} without a mark`);
  const mark = { life: Number(life), count: Number(count) };
  if (record.type === 'passage') {
    const isWhole =
      record.passage === record.sequence &&
      record.number === cardNumberOf(mark) &&
      record.subjectKey === subjectKeyOf(mark);
    if (!isWhole) throw new Error(`passage ${record.sequence} is mixed of two`);
  }
  return mark;
}
