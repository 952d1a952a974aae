import { toHex } from '../../kernel/bytes.ts';
import type { Database } from '../../kernel/encrypted-database.ts';
import { InputError } from '../../kernel/errors.ts';
import type { ExportFeed, FeedPage, RecordPlace } from './index-store.ts';
import { recordFrom } from './record-types.ts';

const PAGE_MAX = 5_000;

type Feed = { readonly id: number; readonly feed: Uint8Array; readonly startsAfter: number };
type Row = RecordPlace & { readonly id: number; readonly body: Uint8Array | null };

/**
 * Everything indexed, in the order of indexing. What is erased later comes again, as erased, so that whoever has it can
 * let go of it.
 */
export class SqliteFeed implements ExportFeed {
  readonly #feeds;
  readonly #rows;

  constructor(database: Database) {
    this.#feeds = database.prepare<[], Feed>(
      'SELECT id, feed, starts_after AS startsAfter FROM feed ORDER BY id',
    );
    this.#rows = database.prepare<{ after: number; limit: number }, Row>(
      `SELECT r.id, r.sequence, r.body, j.station, j.epoch
       FROM record r JOIN journal j ON j.id = r.journal
       WHERE r.id > :after ORDER BY r.id LIMIT :limit`,
    );
  }

  async page(cursor: string | null, limit: number): Promise<FeedPage> {
    const feeds = this.#feeds.all();
    const newest = feeds.at(-1);
    if (newest === undefined) throw new Error('an index always has a feed');
    const after = cursor === null ? 0 : startOf(cursor, feeds);
    const rows = this.#rows.all({ after, limit: Math.min(limit, PAGE_MAX) });
    return { lines: rows.map(lineOf), cursor: cursorOf(newest, rows.at(-1)?.id ?? after) };
  }
}

function lineOf({ station, epoch, sequence, body }: Row): string {
  const place = { station, epoch: toHex(epoch), sequence };
  return JSON.stringify(
    body === null ? { ...place, erased: true } : { ...place, record: recordFrom(body) },
  );
}

function cursorOf({ feed }: Feed, id: number): string {
  const bytes = Buffer.alloc(feed.length + 8);
  bytes.set(feed);
  bytes.writeBigUInt64BE(BigInt(id), feed.length);
  return bytes.toString('base64url');
}

/** A cursor from before a restore goes on where that one's index was cut: some comes again, nothing is left out. */
function startOf(cursor: string, feeds: readonly Feed[]): number {
  const bytes = Buffer.from(cursor, 'base64url');
  const index = feeds.findIndex(
    ({ feed }) => bytes.length === feed.length + 8 && bytes.subarray(0, feed.length).equals(feed),
  );
  if (index < 0) {
    throw new InputError(
      'cursor: expected one that this feed gave, came another: begin without a cursor and skip what is there by station, epoch and sequence',
    );
  }
  const id = Number(bytes.readBigUInt64BE(bytes.length - 8));
  return Math.min(id, ...feeds.slice(index + 1).map(({ startsAfter }) => startsAfter));
}
