import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { checkHere } from '../../src/hub/inbox/check-segments.ts';
import { SegmentIngest } from '../../src/hub/inbox/segment-ingest.ts';
import { openSqliteInbox, type SqliteInbox } from '../../src/hub/inbox/sqlite-inbox.ts';
import type { Incident, SegmentOutcome } from '../../src/hub/ingest-port.ts';
import { Opener } from '../../src/hub/opener/opener.ts';
import { Eraser } from '../../src/hub/passages/eraser.ts';
import { ErasureJournal } from '../../src/hub/passages/erasure-journal.ts';
import type { IndexStore } from '../../src/hub/passages/index-store.ts';
import { openSqliteIndex } from '../../src/hub/passages/sqlite-index.ts';
import { generateRecipient, parseRecipientKey } from '../../src/journal/recipient.ts';
import type { JournalRecord } from '../../src/journal/record.ts';
import { type MadeSegment, SealingStation } from './sealed-segments.ts';
import { VirtualClock } from './virtual-clock.ts';

export const HUB_KEY = new Uint8Array(32).fill(11);
const { recipient, privateKeyPem } = generateRecipient('test-1');
const privateKey = parseRecipientKey(privateKeyPem);

/** Inbox, opener, index and eraser of a hub in one process, on files. The opener works when it is told. */
export class JournalsRig {
  readonly clock: VirtualClock;
  readonly folder: string;
  readonly inbox: SqliteInbox;
  readonly index: IndexStore;
  readonly ingest: SegmentIngest;
  readonly eraser: Eraser;
  readonly opener: Opener;
  readonly incidents: Incident[] = [];

  constructor(folder: string, clock = new VirtualClock(1_790_000_000_000)) {
    this.folder = folder;
    this.clock = clock;
    const common = { folder, key: HUB_KEY, random: randomBytes, clock, mode: 'create' as const };
    const raise = (incident: Incident) => this.incidents.push(incident);
    this.inbox = openSqliteInbox(common);
    this.index = openSqliteIndex(common);
    const { inbox, index } = this;
    this.ingest = new SegmentIngest({
      ...{
        store: inbox,
        check: checkHere,
        clock,
        raise,
        recipients: () => new Set([recipient.id]),
      },
      openedThrough: (epoch) => index.opened.openedThrough(epoch),
    });
    const journal = new ErasureJournal([join(folder, 'erasures.ndjson')]);
    this.eraser = new Eraser({ inbox, index: index.erasing, journal, clock });
    const keys = { find: () => privateKey, reload: () => false };
    this.opener = new Opener({ ...{ inbox, index: index.opened, keys, clock, raise } });
  }

  async station(name: string): Promise<SealingStation> {
    const station = new SealingStation(name, 1);
    await this.ingest.announce(station.claim());
    return station;
  }

  send(from: SealingStation, { first, bytes }: MadeSegment): Promise<SegmentOutcome> {
    return this.ingest.accept(from.known, { epoch: from.epoch, first }, bytes);
  }

  async openAll(): Promise<void> {
    while (await this.opener.step());
  }

  /** What the index holds, by the feed: `sequence` or, of what was erased, `-sequence`. */
  async held(): Promise<readonly number[]> {
    const { lines } = await this.index.feed.page(null, 5_000);
    return lines
      .map((line) => JSON.parse(line) as { sequence: number; erased?: true })
      .map(({ sequence, erased }) => (erased === true ? -sequence : sequence))
      .sort((one, other) => Math.abs(one) - Math.abs(other));
  }

  async close(): Promise<void> {
    await this.ingest.settled();
    await this.index.close();
    await this.inbox.close();
  }
}

export function sealFor(
  station: SealingStation,
  ...records: readonly ((sequence: number) => JournalRecord)[]
): MadeSegment {
  return station.seal(recipient, records);
}
