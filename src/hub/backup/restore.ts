import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Database, openEncryptedDatabase } from '../../kernel/encrypted-database.ts';
import { ConfigError } from '../../kernel/errors.ts';
import type { Clock } from '../../ports/clock.ts';
import { HUB_ID_BYTES } from '../../sync/protocol/receipt.ts';
import { bodyFileName } from '../inbox/body-files.ts';
import { INBOX_MIGRATIONS } from '../inbox/inbox-schema.ts';
import { BODY_FOLDER, INBOX_DATABASE, openSqliteInbox } from '../inbox/sqlite-inbox.ts';
import { Eraser } from '../passages/eraser.ts';
import { ErasureJournal } from '../passages/erasure-journal.ts';
import { INDEX_MIGRATIONS } from '../passages/index-schema.ts';
import { beginFeed, INDEX_DATABASE, openSqliteIndex } from '../passages/sqlite-index.ts';
import { ERASURES } from './backup.ts';
import { copyDurably, durableFolder } from './copy-files.ts';
import { noteRestore, verifyBackup } from './manifest.ts';

export type RestoreOptions = {
  readonly from: string;
  /** Where a hub is to be: without databases yet; keys may lie there. */
  readonly folder: string;
  readonly key: Uint8Array;
  /** The newest erasure journal there is, of the lost hub or a copy of it; null: the backup's own. */
  readonly erasures: string | null;
  readonly random: (bytes: number) => Uint8Array;
  readonly clock: Clock;
};

export type Restored = {
  /** The new id: stations see by it that the hub may have lost what it acknowledged, and send that again. */
  readonly hub: Uint8Array;
  readonly backupStartedMs: number;
  readonly erasures: number;
  /** Segments that were acknowledged and are neither indexed nor held here; their stations send them again. */
  readonly lostSegments: number;
};

const FEED_ID_BYTES = 12;

/** Puts a backup back. Throws ConfigError or StorageFault; a folder in which it failed is to be emptied. */
export async function restore(options: RestoreOptions): Promise<Restored> {
  const { from, folder, key, random } = options;
  for (const name of [INBOX_DATABASE, INDEX_DATABASE]) {
    if (existsSync(join(folder, name))) {
      throw new ConfigError(`${folder} holds ${name} already: name a folder without a hub's data`);
    }
  }
  const manifest = await verifyBackup(from);
  for (const name of Object.keys(manifest.files)) {
    durableFolder(dirname(join(folder, name)));
    await copyDurably(join(from, name), join(folder, name));
  }
  const { erasures } = options;
  if (erasures !== null) await copyDurably(erasures, join(folder, ERASURES));
  const hub = random(HUB_ID_BYTES);
  const lostSegments = renew(folder, key, hub, random(FEED_ID_BYTES));
  noteRestore(folder, manifest.startedMs);
  return {
    hub,
    backupStartedMs: manifest.startedMs,
    erasures: await eraseAgain(options),
    lostSegments,
  };
}

/** New ids, and no row that promises a body which is not there. */
function renew(folder: string, key: Uint8Array, hub: Uint8Array, feed: Uint8Array): number {
  const inbox = openEncryptedDatabase(join(folder, INBOX_DATABASE), {
    ...{ key, migrations: INBOX_MIGRATIONS, mode: 'open' },
  });
  const index = openEncryptedDatabase(join(folder, INDEX_DATABASE), {
    ...{ key, migrations: INDEX_MIGRATIONS, mode: 'open' },
  });
  try {
    beginFeed(index, feed, true);
    return inbox.transaction(() => {
      inbox.prepare<{ hub: Uint8Array }>('UPDATE hub SET hub = :hub').run({ hub });
      return forgetBodies(inbox, index, folder);
    })();
  } finally {
    index.close();
    inbox.close();
  }
}

function forgetBodies(inbox: Database, index: Database, folder: string): number {
  const files = inbox
    .prepare<[], number>('SELECT DISTINCT file FROM segment WHERE file IS NOT NULL')
    .pluck();
  const held = inbox.prepare<{ file: number }, { arrival: number; epoch: number; first: number }>(
    'SELECT arrival, epoch, first FROM segment WHERE file = :file',
  );
  const opened = index.prepare<{ arrival: number }>(
    'SELECT 1 FROM opened WHERE arrival = :arrival',
  );
  const drop = inbox.prepare<{ arrival: number }>(
    'UPDATE segment SET file = NULL, offset = NULL, length = NULL WHERE arrival = :arrival',
  );
  let lost = 0;
  for (const file of files.all()) {
    if (existsSync(join(folder, BODY_FOLDER, bodyFileName(file)))) continue;
    for (const { arrival, epoch, first } of held.all({ file })) {
      if (opened.get({ arrival }) !== undefined) drop.run({ arrival });
      else {
        lose(inbox, arrival, epoch, first);
        lost++;
      }
    }
  }
  return lost;
}

/** As if it had never come: linked no further than before it, so that its station sends it again. */
function lose(inbox: Database, arrival: number, epoch: number, first: number): void {
  inbox.prepare<{ arrival: number }>('DELETE FROM leaf WHERE arrival = :arrival').run({ arrival });
  inbox
    .prepare<{ arrival: number }>('DELETE FROM segment WHERE arrival = :arrival')
    .run({ arrival });
  inbox
    .prepare<{ epoch: number; first: number }>(
      `UPDATE epoch SET through = coalesce(s.last, 0), link = coalesce(s.link, zeroblob(32))
       FROM (SELECT 1) LEFT JOIN segment s ON s.epoch = :epoch AND s.last = :first - 1
       WHERE epoch.id = :epoch AND epoch.through >= :first`,
    )
    .run({ epoch, first });
}

async function eraseAgain({ folder, key, random, clock }: RestoreOptions): Promise<number> {
  const common = { folder, key, mode: 'open' as const, random, clock };
  const inbox = openSqliteInbox(common);
  const index = openSqliteIndex(common);
  try {
    while (await inbox.linkMore());
    const journal = new ErasureJournal([join(folder, ERASURES)]);
    return await new Eraser({ inbox, index: index.erasing, journal, clock }).replay('all');
  } finally {
    await index.close();
    await inbox.close();
  }
}
