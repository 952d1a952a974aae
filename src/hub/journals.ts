import { type KeyObject, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { fromHex, toHex } from '../kernel/bytes.ts';
import type { Clock } from '../ports/clock.ts';
import { ERASURES } from './backup/backup.ts';
import { lastBackupMs } from './backup/manifest.ts';
import type { StationCases } from './cases-port.ts';
import { CheckingThread } from './inbox/checking-thread.ts';
import type { InboxStore } from './inbox/inbox-store.ts';
import {
  type EpochStanding,
  proveStation,
  type StationProof,
  stationStanding,
} from './inbox/prove-station.ts';
import { SegmentIngest } from './inbox/segment-ingest.ts';
import { openSqliteInbox } from './inbox/sqlite-inbox.ts';
import type { Ingest, RaiseIncident } from './ingest-port.ts';
import type { OpenerNews } from './opener/opener-messages.ts';
import { OpenerProcess } from './opener/opener-process.ts';
import { Eraser } from './passages/eraser.ts';
import { ErasureJournal } from './passages/erasure-journal.ts';
import type { IndexStore } from './passages/index-store.ts';
import { Retention, type RetentionDays } from './passages/retention.ts';
import { openSqliteIndex } from './passages/sqlite-index.ts';

const RETENTION_EVERY_MS = 6 * 3_600_000;
/** A month of sealed bodies, as long as a station keeps them off line. */
const UNBACKED_DAYS = 30;

export type JournalsOptions = {
  /** Holds inbox, index and bodies; made by the first start. */
  readonly folder: string;
  readonly key: Uint8Array;
  /** Folder of the recipients' private keys. This process hands on its name and never reads in it. */
  readonly recipientsFolder: string;
  /** Ids of the recipients that the role lists name, old ones too. */
  readonly recipients: () => ReadonlySet<string>;
  readonly days: RetentionDays;
  /** Where copies of the erasure journal are kept, best on another disk. */
  readonly erasureCopies: readonly string[];
  readonly clock: Clock;
  readonly raise: RaiseIncident;
  /** What the log shall say of the opener and of retention: codes and numbers only. */
  readonly tell: (what: JournalsNews) => void;
};

export type JournalsNews =
  | Exclude<OpenerNews, { kind: 'incident' }>
  | { readonly kind: 'opener-lost'; readonly how: string }
  | { readonly kind: 'checker-lost'; readonly how: string }
  | { readonly kind: 'expired'; readonly records: number; readonly bodies: number }
  | { readonly kind: 'retention-failed'; readonly error: unknown };

/** Everything a hub does with journals: takes in, opens, indexes, keeps and erases. */
export type Journals = {
  readonly ingest: Ingest;
  readonly cases: StationCases;
  readonly inbox: InboxStore;
  readonly index: IndexStore;
  readonly eraser: Eraser;
  readonly standing: (station: string) => Promise<readonly EpochStanding[]>;
  /** One result an epoch; reads everything that is held of the station. */
  readonly prove: (station: string, verifyingKey: KeyObject) => AsyncIterable<StationProof>;
  /** Ends the opener and the files; what was accepted is answered before. */
  readonly close: () => Promise<void>;
};

/** Throws StorageFault. */
export async function openJournals(options: JournalsOptions): Promise<Journals> {
  const { folder, key, clock, raise } = options;
  const common = { folder, key, random: randomBytes, clock, mode: 'create' as const };
  const inbox = openSqliteInbox(common);
  const index = openSqliteIndex(common);
  const journal = new ErasureJournal([join(folder, ERASURES), ...options.erasureCopies]);
  const eraser = new Eraser({ inbox, index: index.erasing, journal, clock });
  await eraser.replay('pending');
  const opener = openerOf(options);
  const checker = new CheckingThread((how) => options.tell({ kind: 'checker-lost', how }));
  const ingest = new SegmentIngest({
    ...{ store: inbox, recipients: options.recipients, clock, raise },
    check: (batch, recipients) => checker.check(batch, recipients),
    openedThrough: (epoch) => index.opened.openedThrough(epoch),
    stored: () => opener.wake(),
  });
  const stopping = new AbortController();
  const retention = new Retention({
    ...{ inbox, index: index.erasing, eraser, clock },
    ...{ days: options.days, unbackedDays: UNBACKED_DAYS, backedUpMs: () => lastBackupMs(folder) },
  });
  const running = Promise.all([
    opener.run(stopping.signal),
    keepRetention(retention, options, stopping.signal),
  ]);
  return {
    ...{ ingest, inbox, index, eraser, cases: casesOf(index) },
    prove: (station, verifyingKey) => proveStation(inbox, station, verifyingKey),
    standing: (station) =>
      stationStanding(inbox, (epoch) => index.opened.openedThrough(epoch), station),
    close: async () => {
      await ingest.settled();
      await checker.close();
      stopping.abort();
      await running;
      await index.close();
      await inbox.close();
    },
  };
}

function openerOf({ folder, key, recipientsFolder, clock, raise, tell }: JournalsOptions) {
  return new OpenerProcess({
    ...{ folder, recipients: recipientsFolder, databaseKey: key, clock },
    heard: (news) => (news.kind === 'incident' ? raise(news.incident) : tell(news)),
    lost: (how) => tell({ kind: 'opener-lost', how }),
  });
}

async function keepRetention(
  retention: Retention,
  { clock, tell }: JournalsOptions,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      tell({ kind: 'expired', ...(await retention.run(signal)) });
    } catch (error) {
      // A disk that fails now is tried again; nobody waits for retention.
      tell({ kind: 'retention-failed', error });
    }
    await clock.sleep(RETENTION_EVERY_MS, signal);
  }
}

function casesOf(index: IndexStore): StationCases {
  return {
    casesOf: async (station, passages) => {
      const places = passages.flatMap(({ epoch, sequence }) => {
        const bytes = fromHex(epoch);
        return bytes === null ? [] : [{ epoch: bytes, sequence }];
      });
      const cases = await index.cases.of(station, places);
      return cases.map(({ epoch, sequence, code, state, outcome }) => ({
        ...{ epoch: toHex(epoch), sequence, code, state, outcome },
      }));
    },
  };
}
