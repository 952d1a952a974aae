// The process that opens sealed segments: the only one that reads the recipients' private keys. It lives until its hub
// tells it to end, or is gone.
import { randomBytes } from 'node:crypto';
import { fromHex } from '../../kernel/bytes.ts';
import { systemClock } from '../../station/system-clock.ts';
import { openSqliteInbox } from '../inbox/sqlite-inbox.ts';
import { openSqliteIndex } from '../passages/sqlite-index.ts';
import { Opener } from './opener.ts';
import type { OpenerNews, OpenerOrder } from './opener-messages.ts';
import { RecipientKeys } from './recipient-keys.ts';

const stopping = new AbortController();
let opener: Opener | null = null;

process.on('disconnect', () => stopping.abort());
process.on('message', (order: OpenerOrder) => {
  if (order.kind === 'stored') opener?.wake();
  else if (opener === null) void open(order);
});

function tell(news: OpenerNews): void {
  if (process.connected) process.send?.(news);
}

async function open(order: Extract<OpenerOrder, { kind: 'start' }>): Promise<void> {
  const { folder, recipients, databaseKey } = order;
  const key = fromHex(databaseKey) ?? new Uint8Array();
  const common = { folder, key, random: randomBytes };
  const inbox = openSqliteInbox({ ...common, mode: 'read-only' });
  const index = openSqliteIndex({ ...common, mode: 'create', clock: systemClock });
  opener = new Opener({
    inbox,
    index: index.opened,
    keys: new RecipientKeys(recipients, (file, why) => tell({ kind: 'key-unfit', file, why })),
    clock: systemClock,
    raise: (incident) => tell({ kind: 'incident', incident }),
    indexed: (records) => tell({ kind: 'indexed', records }),
  });
  await opener.run(stopping.signal);
  await index.close();
  await inbox.close();
}
