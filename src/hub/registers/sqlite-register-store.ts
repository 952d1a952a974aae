import type { Database } from '../../kernel/encrypted-database.ts';
import { InputError } from '../../kernel/errors.ts';
import type { Subject } from '../../registers/lookup.ts';
import type { Entry } from './register-records.ts';
import type {
  Batch,
  BatchChange,
  BatchMode,
  BatchSource,
  BatchState,
  NewBatch,
  PreviewCounts,
  Publication,
  RegisterStore,
} from './register-store.ts';

const SOURCES_MAX = 255;
const MANIFESTS_KEPT = 10;

export class SqliteRegisterStore implements RegisterStore {
  readonly #database: Database;
  readonly #statements;

  constructor(database: Database) {
    this.#database = database;
    this.#statements = prepare(database);
  }

  async begin(batch: NewBatch): Promise<number> {
    return Number(this.#statements.begin.run(batch).lastInsertRowid);
  }

  async addSource(batch: number, name: string): Promise<number> {
    const add = this.#database.transaction(() => {
      const used = new Set(this.#statements.usedSources.all({ batch }).map(({ id }) => id));
      const id = Array.from({ length: SOURCES_MAX }, (_, index) => index + 1).find(
        (each) => !used.has(each),
      );
      if (id === undefined) {
        throw new InputError(
          `more than ${SOURCES_MAX} sources in the register's batches: publish one list in the place of all (mode replace)`,
        );
      }
      this.#statements.addSource.run({ batch, id, name });
      return id;
    });
    return add.immediate();
  }

  async addEntries(batch: number, entries: readonly Entry[]): Promise<void> {
    const add = this.#database.transaction(() => {
      for (const { subject, status, fromDay, untilDay, source, attribute } of entries) {
        const { number, qid } = subjectColumns(subject);
        this.#statements.addEntry.run({
          ...{ batch, number, qid, status, fromDay, untilDay, source, attribute },
        });
      }
      this.#statements.countRows.run({ batch, rows: entries.length });
    });
    add.immediate();
  }

  async complete(batch: number): Promise<void> {
    this.#statements.complete.run({ batch });
  }

  async compare(batch: number): Promise<PreviewCounts> {
    const { get, compare, extent } = this.#statements;
    const query = get.get({ batch })?.mode === 'add' ? extent : compare;
    return query.get({ batch }) ?? { added: 0, removed: 0, listed: 0 };
  }

  async discard(batch: number): Promise<void> {
    const discard = this.#database.transaction(() => this.#discard(batch));
    discard.immediate();
  }

  async expire(nowMs: number): Promise<number> {
    const expire = this.#database.transaction(() => {
      const stale = this.#statements.stale.all({ nowMs });
      for (const { id } of stale) this.#discard(id);
      return stale.length;
    });
    return expire.immediate();
  }

  async get(batch: number): Promise<Batch | null> {
    const row = this.#statements.get.get({ batch });
    return row === undefined ? null : batchOf(row);
  }

  async batches(region: string, register: string | null): Promise<readonly Batch[]> {
    return this.#statements.batches.all({ region, register }).map(batchOf);
  }

  async sources(region: string, register: string): Promise<readonly BatchSource[]> {
    return this.#statements.sources.all({ region, register });
  }

  async entries(batch: number, after: number, limit: number) {
    const rows = this.#statements.entries.all({ batch, after, limit });
    const entries = rows.map(({ number, qid, status, from_day, until_day, source, attribute }) => ({
      subject: subjectOf(number, qid),
      ...{ status, fromDay: from_day, untilDay: until_day, source, attribute },
    }));
    return { entries, next: rows.length < limit ? null : (rows.at(-1)?.id ?? null) };
  }

  async change(changes: readonly BatchChange[]): Promise<void> {
    const change = this.#database.transaction(() => {
      for (const each of changes) this.#change(each);
    });
    change.immediate();
  }

  async attributesBorne(region: string): Promise<readonly number[]> {
    return this.#statements.attributesBorne.all({ region }).map(({ attribute }) => attribute);
  }

  async listSource(region: string, list: string): Promise<string | null> {
    return this.#statements.listSource.get({ region, list })?.source ?? null;
  }

  async publish(region: string, { manifest, batches, list, generation }: Publication) {
    const { newest, put, forget, putList, setGeneration } = this.#statements;
    const publish = this.#database.transaction(() => {
      const last = newest.get({ region })?.version ?? 0;
      if (manifest.version <= last) {
        throw new InputError('something else was published meanwhile: publish again');
      }
      put.run({ region, ...manifest });
      forget.run({ region, kept: MANIFESTS_KEPT });
      for (const each of batches) this.#change(each);
      if (list !== null) putList.run({ region, list: list.name, source: list.source });
      if (generation !== null) setGeneration.run({ region, generation });
    });
    publish.immediate();
  }

  #change(change: BatchChange): void {
    const before = this.#statements.get.get({ batch: change.id });
    if (before === undefined) throw new InputError(`there is no batch ${change.id}`);
    this.#statements.change.run({ ...batchOf(before), ...change });
  }

  #discard(batch: number): void {
    this.#statements.dropEntries.run({ batch });
    this.#statements.dropSources.run({ batch });
    this.#statements.discard.run({ batch });
  }
}

type BatchRow = {
  readonly id: number;
  readonly region: string;
  readonly register: string;
  readonly mode: BatchMode;
  readonly state: BatchState;
  readonly as_of_ms: number;
  readonly made_ms: number;
  readonly made_by: string;
  readonly expires_ms: number;
  readonly rows: number;
  readonly published_by: string | null;
  readonly confirmed_by: string | null;
  readonly published_version: number | null;
  readonly withdrawn_version: number | null;
  readonly superseded_by: number | null;
};
type EntryRow = {
  readonly id: number;
  readonly number: number;
  readonly qid: string | null;
  readonly status: number;
  readonly from_day: number;
  readonly until_day: number;
  readonly source: number;
  readonly attribute: number;
};
type ByBatch = { readonly batch: number };
type ByRegister = { readonly region: string; readonly register: string | null };

function prepare(database: Database) {
  return {
    begin: database.prepare(
      `INSERT INTO batch (region, register, mode, state, as_of_ms, made_ms, made_by, expires_ms)
       VALUES (:region, :register, :mode, 'adding', :asOfMs, :madeMs, :madeBy, :expiresMs)`,
    ),
    usedSources: database.prepare<ByBatch, { readonly id: number }>(
      `SELECT source.id FROM source JOIN batch ON batch.id = source.batch
       WHERE (batch.region, batch.register) = (SELECT region, register FROM batch WHERE id = :batch)
         AND batch.state NOT IN ('withdrawn', 'discarded')`,
    ),
    addSource: database.prepare('INSERT INTO source (batch, id, name) VALUES (:batch, :id, :name)'),
    addEntry: database.prepare(
      `INSERT INTO entry (batch, number, qid, status, from_day, until_day, source, attribute)
       VALUES (:batch, :number, :qid, :status, :fromDay, :untilDay, :source, :attribute)`,
    ),
    countRows: database.prepare('UPDATE batch SET rows = rows + :rows WHERE id = :batch'),
    complete: database.prepare(
      `UPDATE batch SET state = 'preview' WHERE id = :batch AND state = 'adding'`,
    ),
    compare: database.prepare<ByBatch, PreviewCounts>(COMPARE),
    extent: database.prepare<ByBatch, PreviewCounts>(EXTENT),
    stale: database.prepare<{ readonly nowMs: number }, { readonly id: number }>(
      `SELECT id FROM batch WHERE state IN ('adding', 'preview', 'waiting') AND expires_ms <= :nowMs`,
    ),
    get: database.prepare<ByBatch, BatchRow>('SELECT * FROM batch WHERE id = :batch'),
    batches: database.prepare<ByRegister, BatchRow>(
      `SELECT * FROM batch WHERE region = :region AND (:register IS NULL OR register = :register)
       ORDER BY id DESC LIMIT 1000`,
    ),
    sources: database.prepare<ByRegister, BatchSource>(
      `SELECT source.id, source.batch, source.name FROM source JOIN batch ON batch.id = source.batch
       WHERE region = :region AND register = :register ORDER BY source.id`,
    ),
    entries: database.prepare<
      ByBatch & { readonly after: number; readonly limit: number },
      EntryRow
    >('SELECT * FROM entry WHERE batch = :batch AND id > :after ORDER BY id LIMIT :limit'),
    change: database.prepare(
      `UPDATE batch SET state = :state, published_by = :publishedBy, confirmed_by = :confirmedBy,
         published_version = :publishedVersion, withdrawn_version = :withdrawnVersion, superseded_by = :supersededBy
       WHERE id = :id`,
    ),
    dropEntries: database.prepare('DELETE FROM entry WHERE batch = :batch'),
    dropSources: database.prepare('DELETE FROM source WHERE batch = :batch'),
    discard: database.prepare(`UPDATE batch SET state = 'discarded' WHERE id = :batch`),
    attributesBorne: database.prepare<{ readonly region: string }, { readonly attribute: number }>(
      `SELECT DISTINCT entry.attribute FROM entry JOIN batch ON batch.id = entry.batch
       WHERE entry.attribute > 0 AND batch.region = :region AND batch.state <> 'withdrawn'`,
    ),
    listSource: database.prepare<
      { readonly region: string; readonly list: string },
      { readonly source: string }
    >('SELECT source FROM list WHERE region = :region AND list = :list'),
    putList: database.prepare(
      `INSERT INTO list (region, list, source) VALUES (:region, :list, :source)
       ON CONFLICT (region, list) DO UPDATE SET source = excluded.source`,
    ),
    newest: database.prepare<{ readonly region: string }, { readonly version: number }>(
      `SELECT max(version) AS version FROM statement WHERE region = :region AND kind = 'manifest'`,
    ),
    put: database.prepare(
      `INSERT INTO statement (region, kind, version, bytes) VALUES (:region, 'manifest', :version, :bytes)`,
    ),
    forget: database.prepare(
      `DELETE FROM statement WHERE region = :region AND kind = 'manifest' AND version NOT IN (
         SELECT version FROM statement WHERE region = :region AND kind = 'manifest'
         ORDER BY version DESC LIMIT :kept)`,
    ),
    setGeneration: database.prepare(
      'UPDATE region SET generation = :generation WHERE region = :region',
    ),
  };
}

/** A batch that is added has rows of its own, whoever else lists the same person; nothing is looked for in a long list. */
const EXTENT = `
  SELECT (SELECT count(*) FROM (
            SELECT DISTINCT number, qid, status, from_day, until_day, attribute FROM entry WHERE batch = :batch
          )) AS added,
         0 AS removed,
         coalesce((
           SELECT sum(held.rows) FROM batch AS held JOIN batch AS mine ON mine.id = :batch
           WHERE held.region = mine.region AND held.register = mine.register AND held.state = 'in-force'
         ), 0) AS listed`;

/** For one that replaces all: rows are the same when all but their source is. */
const COMPARE = `
  WITH mine AS (SELECT region, register FROM batch WHERE id = :batch),
  fresh AS (
    SELECT DISTINCT number, qid, status, from_day, until_day, attribute FROM entry WHERE batch = :batch
  ),
  held AS (
    SELECT DISTINCT number, qid, status, from_day, until_day, attribute FROM entry
    WHERE batch IN (
      SELECT batch.id FROM batch, mine
      WHERE batch.region = mine.region AND batch.register = mine.register AND batch.state = 'in-force'
    )
  )
  SELECT (SELECT count(*) FROM (SELECT * FROM fresh EXCEPT SELECT * FROM held)) AS added,
         (SELECT count(*) FROM (SELECT * FROM held EXCEPT SELECT * FROM fresh)) AS removed,
         (SELECT count(*) FROM held) AS listed`;

/** A QID's row has the number 0, which nobody has. */
function subjectColumns({ kind, value }: Subject): {
  readonly number: number;
  readonly qid: string | null;
} {
  switch (kind) {
    case 'number':
      return { number: Number(value), qid: null };
    case 'qid':
      return { number: 0, qid: value };
    case 'certificate':
      throw new Error('no list names certificates yet');
    default:
      return kind satisfies never;
  }
}

function subjectOf(number: number, qid: string | null): Subject {
  if (qid !== null) return { kind: 'qid', value: qid };
  return { kind: 'number', value: String(number).padStart(12, '0') };
}

function batchOf(row: BatchRow): Batch {
  return {
    ...{ id: row.id, region: row.region, register: row.register, mode: row.mode },
    ...{ state: row.state, asOfMs: row.as_of_ms, madeMs: row.made_ms, madeBy: row.made_by },
    ...{ expiresMs: row.expires_ms, rows: row.rows, publishedBy: row.published_by },
    ...{ confirmedBy: row.confirmed_by, publishedVersion: row.published_version },
    ...{ withdrawnVersion: row.withdrawn_version, supersededBy: row.superseded_by },
  };
}
