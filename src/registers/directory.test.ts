import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Database, openEncryptedDatabase } from '../kernel/encrypted-database.ts';
import { Directory, DirectoryWriter } from './directory.ts';
import { SNAPSHOT_MIGRATIONS } from './snapshot-schema.ts';

let folder: string;
let database: Database;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'chot-directory-'));
  const options = { key: new Uint8Array(32), migrations: SNAPSHOT_MIGRATIONS };
  database = openEncryptedDatabase(join(folder, 'one.db'), { ...options, mode: 'build' });
});
afterEach(() => {
  database.close();
  rmSync(folder, { recursive: true, force: true });
});

const GROUP = 330;
/** Upper half, lower half, first row. */
type Block = readonly [high: number, low: number, firstRow: number];

/** Far apart, and some that differ in their lower half alone. */
const someBlocks = (count: number): Block[] =>
  Array.from({ length: count }, (_, block) => [
    1 + Math.floor(block / 3) * 0x10_0000,
    (block % 3) * 0x7fff_ffff,
    block * 165 - (block % 7),
  ]);

function written(blocks: readonly Block[]): Directory {
  const writer = new DirectoryWriter();
  for (const [high, low, firstRow] of blocks) {
    const key = Buffer.alloc(24, 0xff);
    key.writeUInt32BE(high, 0);
    key.writeUInt32BE(low, 4);
    writer.add(key, firstRow);
  }
  database.exec('DELETE FROM directory');
  writer.write(database, null);
  return new Directory(database);
}

function expected(blocks: readonly Block[], isBefore: (block: Block) => boolean) {
  const block = blocks.findLastIndex(isBefore);
  return block < 0 ? null : { block, firstRow: blocks[block]?.[2] };
}

test.each([0, 1, GROUP - 1, GROUP, GROUP + 1, 3 * GROUP, 1_000])(
  'of %i blocks the one is found in which a key or a row stands',
  (count) => {
    const blocks = someBlocks(count);
    const directory = written(blocks);
    expect(directory.blocks()).toBe(count);
    for (const [high, low, firstRow] of blocks) {
      for (const nextLow of [low, low === 0 ? 1 : low - 1, low + 1]) {
        const isBefore = (one: Block) => one[0] < high || (one[0] === high && one[1] <= nextLow);
        expect(directory.blockOf(high, nextLow)).toEqual(expected(blocks, isBefore));
      }
      for (const row of [firstRow, firstRow + 1, firstRow + 100]) {
        expect(directory.blockAt(row)).toEqual(expected(blocks, (one) => one[2] <= row));
      }
    }
    expect(directory.blockOf(0, 0xffff_ffff)).toBeNull();
  },
);

test('any key is found as by going through all of them, whichever group was asked for before', () => {
  const blocks = someBlocks(1_000);
  const directory = written(blocks);
  const word = fc.nat(0xffff_ffff);
  const near = fc.nat(340 * 0x10_0000);
  fc.assert(
    fc.property(fc.oneof(word, near), word, (high, low) => {
      const isBefore = (one: Block) => one[0] < high || (one[0] === high && one[1] <= low);
      expect(directory.blockOf(high, low)).toEqual(expected(blocks, isBefore));
    }),
    { numRuns: 300 },
  );
});

test('a group that is missing is told as damage by whoever meets it, and so is a missing top', () => {
  const blocks = someBlocks(1_000);
  const directory = written(blocks);
  database.exec('DELETE FROM directory WHERE id = 2');
  const [high, low] = blocks[GROUP] ?? [0, 0];
  expect(() => directory.blockOf(high, low)).toThrow(/lacks a part of its directory/);
  expect(directory.blockOf(1, 0)).toEqual({ block: 0, firstRow: 0 });
  database.exec('DELETE FROM directory');
  expect(() => new Directory(database)).toThrow(/lacks a part of its directory/);
});
