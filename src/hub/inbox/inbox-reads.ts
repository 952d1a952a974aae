import type { EpochReason } from '../../journal/epoch-store.ts';
import type { Database } from '../../kernel/encrypted-database.ts';
import type { BodyPlace } from './body-files.ts';
import type {
  Arrival,
  EpochKey,
  Gap,
  SegmentHeader,
  SegmentKey,
  StoredEpoch,
} from './inbox-store.ts';

type EpochRow = Omit<StoredEpoch, 'reason'> & { readonly reason: EpochReason };

const ARRIVAL = `
  SELECT s.arrival, e.station, e.epoch, s.first, s.last, s.stored_ms AS storedMs,
    CASE WHEN s.erased = 1 THEN 'erased' WHEN s.file IS NULL THEN 'dropped' ELSE 'held' END AS state
  FROM segment s JOIN epoch e ON e.id = s.epoch`;

/** Everything the inbox is asked; each question is one statement. */
export class InboxReads {
  readonly #hub;
  readonly #epochs;
  readonly #arrivals;
  readonly #arrival;
  readonly #place;
  readonly #headers;
  readonly #endsAt;
  readonly #stations;
  readonly #gaps;
  readonly #kept;
  readonly #files;

  constructor(database: Database) {
    this.#hub = database.prepare<[], Uint8Array>('SELECT hub FROM hub').pluck();
    this.#epochs = database.prepare<{ station: string }, EpochRow>(
      `SELECT region, station, epoch, first, previous, reason, at_ms AS atMs, state, through, link,
         coalesce((SELECT s.last FROM segment s WHERE s.epoch = e.id ORDER BY s.first DESC LIMIT 1), 0) AS last
       FROM epoch e WHERE station = :station ORDER BY id`,
    );
    this.#arrivals = database.prepare<{ after: number; limit: number }, Arrival>(
      `${ARRIVAL} WHERE s.arrival > :after ORDER BY s.arrival LIMIT :limit`,
    );
    this.#arrival = database.prepare<SegmentKey, Arrival>(
      `${ARRIVAL} WHERE e.station = :station AND e.epoch = :epoch AND s.first = :first`,
    );
    this.#place = database.prepare<{ arrival: number }, BodyPlace>(
      `SELECT file, offset, length FROM segment WHERE arrival = :arrival AND file IS NOT NULL`,
    );
    this.#headers = database.prepare<EpochKey & { after: number; limit: number }, SegmentHeader>(
      `SELECT s.first, s.last, s.key_id AS keyId, s.enc, s.previous, s.link, s.signature, l.leaves
       FROM segment s JOIN epoch e ON e.id = s.epoch JOIN leaf l ON l.arrival = s.arrival
       WHERE e.station = :station AND e.epoch = :epoch AND s.first > :after
       ORDER BY s.first LIMIT :limit`,
    );
    this.#endsAt = database
      .prepare<{ station: string; sequence: number; link: Uint8Array }, Uint8Array>(
        `SELECT e.epoch FROM epoch e JOIN segment s ON s.epoch = e.id
         WHERE e.station = :station AND s.first BETWEEN :sequence - 255 AND :sequence
           AND s.last = :sequence AND s.link = :link`,
      )
      .pluck();
    this.#stations = database
      .prepare<[], string>('SELECT DISTINCT station FROM epoch ORDER BY station')
      .pluck();
    this.#gaps = database.prepare<{ station: string; limit: number }, Gap>(
      `SELECT station, epoch, before + 1 AS "from", first - 1 AS "to" FROM (
         SELECT e.station, e.epoch, e.id, s.first,
           lag(s.last, 1, max(e.through, e.first - 1)) OVER (PARTITION BY e.id ORDER BY s.first) AS before
         FROM epoch e JOIN segment s ON s.epoch = e.id AND s.first > e.through
         WHERE e.station = :station)
       WHERE first > before + 1 ORDER BY id, first LIMIT :limit`,
    );
    this.#kept = database
      .prepare<{ after: number; limit: number }, number>(
        `SELECT arrival FROM segment WHERE file IS NOT NULL AND arrival > :after
         ORDER BY arrival LIMIT :limit`,
      )
      .pluck();
    this.#files = database
      .prepare<[], number>('SELECT DISTINCT file FROM segment WHERE file IS NOT NULL')
      .pluck();
  }

  hub(): Uint8Array | null {
    return this.#hub.get() ?? null;
  }

  epochs(station: string): readonly StoredEpoch[] {
    return this.#epochs.all({ station });
  }

  arrivals(after: number, limit: number): readonly Arrival[] {
    return this.#arrivals.all({ after, limit });
  }

  arrival({ station, epoch, first }: SegmentKey): Arrival | null {
    return this.#arrival.get({ station, epoch, first }) ?? null;
  }

  place(arrival: number): BodyPlace | null {
    return this.#place.get({ arrival }) ?? null;
  }

  headers({ station, epoch }: EpochKey, after: number, limit: number): SegmentHeader[] {
    return this.#headers.all({ station, epoch, after, limit });
  }

  endsAt(station: string, sequence: number, link: Uint8Array): Uint8Array | null {
    return this.#endsAt.get({ station, sequence, link }) ?? null;
  }

  stations(): readonly string[] {
    return this.#stations.all();
  }

  gaps(station: string, limit: number): readonly Gap[] {
    return this.#gaps.all({ station, limit });
  }

  kept(after: number, limit: number): readonly number[] {
    return this.#kept.all({ after, limit });
  }

  filesInUse(): ReadonlySet<number> {
    return new Set(this.#files.all());
  }
}
