import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { indexStoreContract } from '../../../test/support/index-store-contract.ts';
import { VirtualClock } from '../../../test/support/virtual-clock.ts';
import { openSqliteIndex } from './sqlite-index.ts';

indexStoreContract('SQLite', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'chot-index-'));
  const clock = new VirtualClock();
  const key = new Uint8Array(32).fill(7);
  const store = openSqliteIndex({ folder, key, mode: 'create', random: randomBytes, clock });
  return {
    store,
    remove: async () => {
      await store.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
});
