import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { hubStoreContract } from '../../../test/support/hub-store-contract.ts';
import { SqliteHubStore } from './sqlite-hub-store.ts';

const folder = mkdtempSync(join(tmpdir(), 'chot-hub-store-'));
const opened: SqliteHubStore[] = [];
afterAll(async () => {
  for (const store of opened) await store.close();
  rmSync(folder, { recursive: true, force: true });
});

hubStoreContract('SQLite', () => {
  const store = new SqliteHubStore(join(folder, `${opened.length}.db`), new Uint8Array(32));
  opened.push(store);
  return store;
});
