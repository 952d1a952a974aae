import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { HubDirectory } from '../hub/hub-directory.ts';
import type { InboxStore } from '../hub/inbox/inbox-store.ts';
import { INBOX_DATABASE, openSqliteInbox } from '../hub/inbox/sqlite-inbox.ts';
import type { IndexStore } from '../hub/passages/index-store.ts';
import { INDEX_DATABASE, openSqliteIndex } from '../hub/passages/sqlite-index.ts';
import { systemClock } from '../station/system-clock.ts';

export type HubJournals = { readonly inbox: InboxStore; readonly index: IndexStore };

/** Inbox and index, read beside the daemon or (`create`) written by this process, which holds the hub's lock. `null` for a hub that never ran. */
export async function withJournals<T>(
  directory: HubDirectory,
  mode: 'read-only' | 'create',
  work: (journals: HubJournals | null) => Promise<T>,
): Promise<T> {
  const { path } = directory;
  const isThere = [INBOX_DATABASE, INDEX_DATABASE].every((name) => existsSync(join(path, name)));
  if (!isThere && mode === 'read-only') return work(null);
  const common = {
    ...{ folder: path, key: directory.databaseKey(), mode },
    ...{ random: randomBytes, clock: systemClock },
  };
  const inbox = openSqliteInbox(common);
  try {
    const index = openSqliteIndex(common);
    try {
      return await work({ inbox, index });
    } finally {
      await index.close();
    }
  } finally {
    await inbox.close();
  }
}
