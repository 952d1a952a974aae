import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { HubOptions } from '../../src/hub/hub.ts';
import type { HubDirectory } from '../../src/hub/hub-directory.ts';
import { checkHere } from '../../src/hub/inbox/check-segments.ts';
import { proveStation, stationStanding } from '../../src/hub/inbox/prove-station.ts';
import { SegmentIngest } from '../../src/hub/inbox/segment-ingest.ts';
import { openSqliteInbox } from '../../src/hub/inbox/sqlite-inbox.ts';
import { Opener } from '../../src/hub/opener/opener.ts';
import { RecipientKeys } from '../../src/hub/opener/recipient-keys.ts';
import { Eraser } from '../../src/hub/passages/eraser.ts';
import { ErasureJournal } from '../../src/hub/passages/erasure-journal.ts';
import type { IndexStore } from '../../src/hub/passages/index-store.ts';
import { openSqliteIndex } from '../../src/hub/passages/sqlite-index.ts';
import { storageFault } from '../../src/kernel/storage-fault.ts';
import type { Clock } from '../../src/ports/clock.ts';

const AGAIN_MS = 500;

type Here = {
  readonly directory: HubDirectory;
  readonly clock: Clock;
  /** Whether an opener works on what comes. */
  readonly opens: boolean;
  readonly opened: (index: IndexStore) => void;
};

/** A hub's journals in the process of the test, on files, without retention. */
export function journalsHere({
  directory,
  clock,
  opens,
  opened,
}: Here): HubOptions['openJournals'] {
  return async (raise, _tell, recipients) => {
    const common = { folder: directory.path, key: directory.databaseKey(), clock };
    const files = { ...common, mode: 'create' as const, random: randomBytes };
    const inbox = openSqliteInbox(files);
    const index = openSqliteIndex(files);
    opened(index);
    const journal = new ErasureJournal([join(directory.path, 'erasures.ndjson')]);
    const keys = new RecipientKeys(directory.recipientsFolder, () => {});
    const opener = new Opener({ inbox, index: index.opened, keys, clock, raise });
    const ingest = new SegmentIngest({
      ...{ store: inbox, check: checkHere, clock, raise, recipients },
      openedThrough: (epoch) => index.opened.openedThrough(epoch),
      stored: () => opener.wake(),
    });
    const stop = new AbortController();
    const opening = opens ? keepOpening(opener, clock, stop.signal) : Promise.resolve();
    return {
      ...{ ingest, inbox, index, cases: { casesOf: async () => [] } },
      eraser: new Eraser({ inbox, index: index.erasing, journal, clock }),
      prove: (station, verifyingKey) => proveStation(inbox, station, verifyingKey),
      standing: (station) =>
        stationStanding(inbox, (epoch) => index.opened.openedThrough(epoch), station),
      close: async () => {
        await ingest.settled();
        stop.abort();
        await opening;
        await index.close();
        await inbox.close();
      },
    };
  };
}

/** A full disk ends an opener; a hub's process for it is begun again. */
async function keepOpening(opener: Opener, clock: Clock, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      await opener.run(signal);
    } catch (error) {
      if (storageFault(error) === null) throw error;
      await clock.sleep(AGAIN_MS, signal);
    }
  }
}
