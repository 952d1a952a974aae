import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { checkedOf, inboxStoreContract } from '../../../test/support/inbox-store-contract.ts';
import { actionRecord } from '../../../test/support/journal-records.ts';
import { SealingStation } from '../../../test/support/sealed-segments.ts';
import { generateRecipient } from '../../journal/recipient.ts';
import { openSqliteInbox, type SqliteInbox } from './sqlite-inbox.ts';

const { recipient } = generateRecipient('test-1');
const KEY = new Uint8Array(32).fill(7);
const open = (folder: string) =>
  openSqliteInbox({ folder, key: KEY, mode: 'create', random: randomBytes });

inboxStoreContract('SQLite', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'chot-inbox-'));
  let store = open(folder);
  return {
    store,
    reopen: async () => {
      await store.close();
      store = open(folder);
      return store;
    },
    remove: async () => {
      await store.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
});

describe('the files of the inbox', () => {
  let folder: string;
  let store: SqliteInbox;
  let station: SealingStation;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'chot-inbox-'));
    store = open(folder);
    station = new SealingStation('station-1', 1);
    await store.addEpoch({ ...station.claim(), atMs: 1 });
  });
  afterEach(async () => {
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const put = (count: number) => {
    const made = station.seal(
      recipient,
      Array.from({ length: count }, () => () => actionRecord(null)),
    );
    return store.store([checkedOf(made, station)], 1);
  };
  const bodies = () => readdirSync(join(folder, 'bodies'));

  test('a file goes when nothing in it is needed, and not before', async () => {
    await put(1);
    await put(1);
    await store.close();
    store = open(folder);
    await put(1);
    expect(bodies()).toHaveLength(2);
    const [one, two, three] = await store.kept(0, 9);
    await store.dropBodies([one ?? 0, three ?? 0], 'left');
    expect(bodies()).toHaveLength(2);
    await store.dropBodies([two ?? 0], 'left');
    // The newest is being written still.
    expect(bodies()).toHaveLength(1);
  });

  test('a wiped body is zeros on disk, its neighbour is not touched', async () => {
    await put(2);
    await put(1);
    const [one, two] = await store.kept(0, 9);
    const length = (await store.body(one ?? 0))?.length ?? 0;
    const second = await store.body(two ?? 0);
    await store.dropBodies([one ?? 0], 'wiped');
    const bytes = readFileSync(join(folder, 'bodies', bodies()[0] ?? ''));
    expect(bytes.subarray(0, length).every((byte) => byte === 0)).toBe(true);
    expect(bytes.subarray(length)).toEqual(second);
  });

  test('the last hole of a long run is linked in several transactions', async () => {
    const [first, ...rest] = Array.from({ length: 2_102 }, () =>
      checkedOf(station.seal(recipient, [() => actionRecord(null)]), station),
    );
    await store.store(rest, 1);
    if (first === undefined) throw new Error('one was made');
    expect(await store.store([first], 1)).toMatchObject([{ through: 2_000 }]);
    expect(await store.linkMore()).toBe(false);
    expect(await store.epochs('station-1')).toMatchObject([{ through: 2_102 }]);
  });
});
