import { SEGMENT_RECORDS_MAX } from '../../journal/segment.ts';
import type { Database } from '../../kernel/encrypted-database.ts';
import type { ErasedRange, NewEpoch } from './inbox-store.ts';

export type EpochRow = {
  readonly id: number;
  readonly first: number;
  readonly previous: Uint8Array;
  readonly reason: string;
  readonly through: number;
  readonly link: Uint8Array;
};
export type Neighbour = {
  readonly first: number;
  readonly last: number;
  readonly keyId: string;
  readonly enc: Uint8Array;
  readonly previous: Uint8Array;
  readonly link: Uint8Array;
  readonly signature: Uint8Array;
  readonly erased: number;
};
type EpochAddress = { station: string; epoch: Uint8Array };
type SegmentAddress = { epoch: number; first: number };
type SegmentRow = SegmentAddress & {
  last: number;
  keyId: string;
  enc: Uint8Array;
  previous: Uint8Array;
  link: Uint8Array;
  signature: Uint8Array;
  atMs: number;
  erased: 0 | 1;
  file: number | null;
  offset: number | null;
  length: number | null;
};

/** Every statement that changes the inbox, and the look-ups within its transactions. */
export function prepareInboxWrites(database: Database) {
  return {
    ...prepareEpochs(database),
    ...prepareSegments(database),
    ...prepareErasing(database),
  };
}

function prepareEpochs(database: Database) {
  const columns = 'id, first, previous, reason, through, link';
  return {
    drawHub: database.prepare<{ hub: Uint8Array }>('INSERT INTO hub (id, hub) VALUES (1, :hub)'),
    epochIds: database.prepare<[], number>('SELECT id FROM epoch').pluck(),
    epoch: database.prepare<EpochAddress, EpochRow>(
      `SELECT ${columns} FROM epoch WHERE station = :station AND epoch = :epoch`,
    ),
    epochById: database.prepare<{ id: number }, EpochRow>(
      `SELECT ${columns} FROM epoch WHERE id = :id`,
    ),
    epochCount: database
      .prepare<{ station: string }, number>('SELECT count(*) FROM epoch WHERE station = :station')
      .pluck(),
    addEpoch: database.prepare<NewEpoch & { state: string; link: Uint8Array }>(
      `INSERT INTO epoch (region, station, epoch, first, previous, reason, at_ms, state, link)
       VALUES (:region, :station, :epoch, :first, :previous, :reason, :atMs, :state, :link)`,
    ),
    grant: database.prepare<EpochAddress & { by: string; atMs: number }>(
      `UPDATE epoch SET state = 'granted', granted_by = :by, granted_ms = :atMs
       WHERE station = :station AND epoch = :epoch AND state = 'waiting'`,
    ),
    setThrough: database.prepare<{ id: number; through: number; link: Uint8Array }>(
      'UPDATE epoch SET through = :through, link = :link WHERE id = :id',
    ),
  };
}

function prepareSegments(database: Database) {
  const columns = 'first, last, key_id AS keyId, enc, previous, link, signature, erased';
  return {
    segment: database.prepare<SegmentAddress, Neighbour>(
      `SELECT ${columns} FROM segment WHERE epoch = :epoch AND first = :first`,
    ),
    // No segment is longer than this, so nothing further back reaches here.
    neighbours: database.prepare<SegmentAddress & { last: number }, Neighbour>(
      `SELECT ${columns} FROM segment
       WHERE epoch = :epoch AND first BETWEEN :first - ${SEGMENT_RECORDS_MAX} AND :last + 1
         AND last >= :first - 1`,
    ),
    insert: database.prepare<SegmentRow>(
      `INSERT INTO segment (epoch, first, last, key_id, enc, previous, link, signature, stored_ms,
         erased, file, offset, length)
       VALUES (:epoch, :first, :last, :keyId, :enc, :previous, :link, :signature, :atMs,
         :erased, :file, :offset, :length)`,
    ),
    insertLeaves: database.prepare<{ arrival: number; leaves: Uint8Array }>(
      'INSERT INTO leaf (arrival, leaves) VALUES (:arrival, :leaves)',
    ),
    dropBody: database.prepare<{ arrival: number }>(
      'UPDATE segment SET file = NULL, offset = NULL, length = NULL WHERE arrival = :arrival',
    ),
  };
}

function prepareErasing(database: Database) {
  return {
    erased: database
      .prepare<EpochAddress & { first: number; last: number }, number>(
        `SELECT count(*) FROM erased_range
         WHERE station = :station AND epoch = :epoch AND first <= :first AND last >= :last`,
      )
      .pluck(),
    addErased: database.prepare<ErasedRange>(
      `INSERT OR IGNORE INTO erased_range (station, epoch, first, last)
       VALUES (:station, :epoch, :from, :to)`,
    ),
    within: database
      .prepare<ErasedRange, number>(
        `SELECT s.arrival FROM epoch e JOIN segment s ON s.epoch = e.id
         WHERE e.station = :station AND e.epoch = :epoch AND s.first >= :from AND s.last <= :to`,
      )
      .pluck(),
    markErased: database.prepare<{ arrival: number }>(
      'UPDATE segment SET erased = 1 WHERE arrival = :arrival',
    ),
  };
}
