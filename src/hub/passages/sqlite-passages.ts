import type { StoredRecord } from '../../journal/record.ts';
import type { Database } from '../../kernel/encrypted-database.ts';
import { InputError } from '../../kernel/errors.ts';
import type {
  HourCount,
  IndexedPassage,
  PassagePage,
  PassageQueries,
  PassageQuery,
  RecordPlace,
  StopPage,
  StopQuery,
} from './index-store.ts';
import { recordFrom } from './record-types.ts';
import type { SqliteCases } from './sqlite-cases.ts';

const PAGE_MAX = 1_000;
/** A passage with more amendments than this is nobody's passage. */
const ATTACHED_MAX = 64;
const HOUR_MS = 3_600_000;
const HOURS_MAX = 31 * 24;

type Row = RecordPlace & {
  readonly id: number;
  readonly journal: number;
  readonly atMs: number;
  readonly body: Uint8Array;
};

export class SqlitePassages implements PassageQueries {
  readonly #cases: SqliteCases;
  readonly #statements;

  constructor(database: Database, cases: SqliteCases) {
    this.#cases = cases;
    this.#statements = prepare(database);
  }

  async byTime({ station, fromMs, untilMs, after, limit }: PassageQuery): Promise<PassagePage> {
    const [afterMs = fromMs, afterId = 0] = after === null ? [] : readNext(after);
    const bounded = Math.min(limit, PAGE_MAX);
    const range = { fromMs: Math.max(fromMs, afterMs), untilMs, afterId, limit: bounded };
    // One walk along the index for each epoch, of which there are few.
    const rows = this.#statements.journals
      .all({ station })
      .flatMap(({ id, epoch }) =>
        this.#statements.byTime.all({ ...range, journal: id }).map((row) => ({ ...row, epoch })),
      )
      .sort((one, other) => one.atMs - other.atMs || one.id - other.id)
      .slice(0, bounded);
    const last = rows.at(-1);
    const next = rows.length < bounded || last === undefined ? null : `${last.atMs}.${last.id}`;
    const passages = rows.flatMap((row) => this.#passage({ ...row, station }) ?? []);
    return { passages, next };
  }

  async at({ station, epoch, sequence }: RecordPlace): Promise<IndexedPassage | null> {
    const row = this.#statements.at.get({ station, epoch, sequence });
    return row === undefined ? null : this.#passage({ ...row, station, epoch });
  }

  async stopsUnder(query: StopQuery): Promise<StopPage> {
    const { register, fromVersion, toVersion, after } = query;
    const limit = Math.min(query.limit, PAGE_MAX);
    const [afterId = 0] = after === null ? [] : readNext(after);
    const rows = this.#statements.stops.all({ register, fromVersion, toVersion, afterId, limit });
    const stops = rows.map(({ station, epoch, sequence, body }) => {
      const record = recordFrom(body);
      const passage = 'passage' in record ? (record.passage ?? sequence) : sequence;
      const found = this.#cases.at({ station, epoch, sequence: passage });
      return { station, epoch, sequence, record, case: found };
    });
    return { stops, next: rows.length < limit ? null : `${rows.at(-1)?.id ?? 0}` };
  }

  async hours(station: string, fromMs: number, untilMs: number): Promise<readonly HourCount[]> {
    if (untilMs - fromMs > HOURS_MAX * HOUR_MS) {
      throw new InputError(`hours: expected at most ${HOURS_MAX} of them, ask in parts`);
    }
    return this.#statements.hours.all({ station, fromMs, untilMs });
  }

  #passage(row: Row): IndexedPassage | null {
    const { station, epoch, sequence, journal } = row;
    const record = recordFrom(row.body);
    if (record.type !== 'passage') return null;
    const bodies = this.#statements.attached.all({ journal, sequence, limit: ATTACHED_MAX });
    const attached: StoredRecord[] = bodies.map(recordFrom);
    const found = this.#cases.at({ station, epoch, sequence });
    return { station, epoch, sequence, record, attached, case: found };
  }
}

/** What `next` of a page says; InputError for anything else. */
function readNext(after: string): number[] {
  if (!/^[0-9]{1,15}(\.[0-9]{1,15})?$/.test(after)) {
    throw new InputError('page: expected the "next" of the page before');
  }
  return after.split('.').map(Number);
}

function prepare(database: Database) {
  return {
    journals: database.prepare<{ station: string }, { id: number; epoch: Uint8Array }>(
      'SELECT id, epoch FROM journal WHERE station = :station',
    ),
    // Rows of one time are told apart by their id, so that none is given twice or left out.
    byTime: database.prepare<
      { journal: number; fromMs: number; untilMs: number; afterId: number; limit: number },
      Omit<Row, 'station' | 'epoch'>
    >(
      `SELECT id, journal, at_ms AS atMs, sequence, body FROM record INDEXED BY record_passage
       WHERE type = 1 AND journal = :journal AND at_ms >= :fromMs AND at_ms < :untilMs
         AND (at_ms > :fromMs OR id > :afterId)
       ORDER BY at_ms, id LIMIT :limit`,
    ),
    at: database.prepare<RecordPlace, Omit<Row, 'station' | 'epoch'>>(
      `SELECT r.id, r.journal, r.at_ms AS atMs, r.sequence, r.body
       FROM journal j JOIN record r ON r.journal = j.id
       WHERE j.station = :station AND j.epoch = :epoch AND r.sequence = :sequence AND r.type = 1`,
    ),
    attached: database
      .prepare<{ journal: number; sequence: number; limit: number }, Uint8Array>(
        `SELECT body FROM record INDEXED BY record_attached
         WHERE journal = :journal AND passage = :sequence AND passage <> sequence AND body IS NOT NULL
         ORDER BY sequence LIMIT :limit`,
      )
      .pluck(),
    stops: database.prepare<
      {
        register: string;
        fromVersion: number;
        toVersion: number;
        afterId: number;
        limit: number;
      },
      Row
    >(
      `SELECT DISTINCT r.id, r.journal, r.at_ms AS atMs, r.sequence, r.body, j.station, j.epoch
       FROM stop_register s JOIN record r ON r.id = s.record JOIN journal j ON j.id = r.journal
       WHERE s.register = :register AND s.version BETWEEN :fromVersion AND :toVersion
         AND r.id > :afterId
       ORDER BY r.id LIMIT :limit`,
    ),
    hours: database.prepare<{ station: string; fromMs: number; untilMs: number }, HourCount>(
      `SELECT r.at_ms / ${HOUR_MS} AS hour, sum(r.verdict = 0) AS pass,
         sum(r.verdict = 1) AS "check", sum(r.verdict = 2) AS stop
       FROM journal j CROSS JOIN record r INDEXED BY record_passage ON r.journal = j.id AND r.type = 1
       WHERE j.station = :station AND r.at_ms >= :fromMs AND r.at_ms < :untilMs
       GROUP BY hour ORDER BY hour`,
    ),
  };
}
