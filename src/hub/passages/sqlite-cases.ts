import type { Database } from '../../kernel/encrypted-database.ts';
import { drawCaseCode, parseCaseCode } from './case-code.ts';
import type { CaseOutcome, CaseState, CaseStore, RecordPlace, StopCase } from './index-store.ts';
import type { PatientWriter } from './patient-writer.ts';

/** Of a million and more codes, some thousand are in use: so many draws in a row never hit one, unless all are taken. */
const DRAWS_MAX = 200;
const PAGE_MAX = 1_000;

const COLUMNS = `j.station, j.epoch, c.passage AS sequence, c.code, c.state, c.outcome,
  c.opened_ms AS openedMs, c.acknowledged_ms AS acknowledgedMs, c.acknowledged_by AS acknowledgedBy,
  c.closed_ms AS closedMs, c.closed_by AS closedBy`;
const CASES = `SELECT ${COLUMNS} FROM stop_case c JOIN journal j ON j.id = c.journal`;

export class SqliteCases implements CaseStore {
  readonly #writer: PatientWriter;
  readonly #random: (bytes: number) => Uint8Array;
  readonly #statements;

  constructor(database: Database, writer: PatientWriter, random: (bytes: number) => Uint8Array) {
    this.#writer = writer;
    this.#random = random;
    this.#statements = prepare(database);
  }

  async list({
    states,
    beforeMs,
    limit,
  }: {
    readonly states: readonly CaseState[];
    readonly beforeMs: number | null;
    readonly limit: number;
  }): Promise<readonly StopCase[]> {
    return this.#statements.list.all({
      states: JSON.stringify(states),
      beforeMs: beforeMs ?? Number.MAX_SAFE_INTEGER,
      limit: Math.min(limit, PAGE_MAX),
    });
  }

  async of(
    station: string,
    passages: readonly Omit<RecordPlace, 'station'>[],
  ): Promise<readonly StopCase[]> {
    return passages.flatMap((place) => this.at({ ...place, station }) ?? []);
  }

  async find(code: string): Promise<StopCase | null> {
    return this.#statements.newest.get({ code: parseCaseCode(code) }) ?? null;
  }

  acknowledge(code: string, by: string, atMs: number): Promise<boolean> {
    return this.#writer.run(
      () => this.#statements.acknowledge.run({ code: parseCaseCode(code), by, atMs }).changes === 1,
    );
  }

  closeCase(code: string, outcome: CaseOutcome, by: string, atMs: number): Promise<boolean> {
    return this.#writer.run(
      () =>
        this.#statements.close.run({ code: parseCaseCode(code), outcome, by, atMs }).changes === 1,
    );
  }

  at({ station, epoch, sequence }: RecordPlace): StopCase | null {
    return this.#statements.at.get({ station, epoch, sequence }) ?? null;
  }

  /** Within the transaction of the record that is a stop; a passage has one case however often it is amended. */
  open(journal: number, passage: number, atMs: number): void {
    if (this.#statements.has.get({ journal, passage }) !== undefined) return;
    for (let draw = 0; draw < DRAWS_MAX; draw++) {
      const code = drawCaseCode(this.#random);
      if (this.#statements.unclosed.get({ code }) !== undefined) continue;
      this.#statements.open.run({ journal, passage, code, atMs });
      return;
    }
    throw new Error('every case code is in use: close cases');
  }
}

type Change = { code: string; by: string; atMs: number };

function prepare(database: Database) {
  return {
    list: database.prepare<{ states: string; beforeMs: number; limit: number }, StopCase>(
      `${CASES} WHERE c.state IN (SELECT value FROM json_each(:states)) AND c.opened_ms < :beforeMs
       ORDER BY c.opened_ms DESC, c.id DESC LIMIT :limit`,
    ),
    at: database.prepare<RecordPlace, StopCase>(
      `${CASES} WHERE j.station = :station AND j.epoch = :epoch AND c.passage = :sequence`,
    ),
    unclosed: database
      .prepare<{ code: string }, number>(
        "SELECT id FROM stop_case WHERE code = :code AND state <> 'closed'",
      )
      .pluck(),
    newest: database.prepare<{ code: string }, StopCase>(
      `${CASES} WHERE c.code = :code ORDER BY c.state = 'closed', c.closed_ms DESC LIMIT 1`,
    ),
    has: database
      .prepare<{ journal: number; passage: number }, number>(
        'SELECT id FROM stop_case WHERE journal = :journal AND passage = :passage',
      )
      .pluck(),
    open: database.prepare<{ journal: number; passage: number; code: string; atMs: number }>(
      `INSERT INTO stop_case (journal, passage, code, state, opened_ms)
       VALUES (:journal, :passage, :code, 'open', :atMs)`,
    ),
    acknowledge: database.prepare<Change>(
      `UPDATE stop_case SET state = 'acknowledged', acknowledged_by = :by, acknowledged_ms = :atMs
       WHERE code = :code AND state = 'open'`,
    ),
    close: database.prepare<Change & { outcome: CaseOutcome }>(
      `UPDATE stop_case SET state = 'closed', outcome = :outcome, closed_by = :by, closed_ms = :atMs
       WHERE code = :code AND state <> 'closed'`,
    ),
  };
}
