import type { Database } from '../../kernel/encrypted-database.ts';
import type {
  AuditEntry,
  Operator,
  OperatorRole,
  OperatorStore,
  StoredAuditEntry,
} from './operator-store.ts';

type OperatorRow = {
  readonly operator: string;
  readonly role: OperatorRole;
  readonly added_ms: number;
  readonly ended_ms: number | null;
};
type AuditRow = {
  readonly id: number;
  readonly at_ms: number;
  readonly operator: string;
  readonly action: string;
  readonly purpose: string | null;
  readonly detail: string;
};
type Page = { readonly before: number | null; readonly limit: number };

export class SqliteOperatorStore implements OperatorStore {
  readonly #statements;

  constructor(database: Database) {
    this.#statements = prepare(database);
  }

  async add(operator: Omit<Operator, 'endedMs'>, tokenHash: Uint8Array): Promise<boolean> {
    return this.#statements.add.run({ ...operator, tokenHash }).changes === 1;
  }

  async end(operator: string, atMs: number): Promise<boolean> {
    return this.#statements.end.run({ operator, atMs }).changes === 1;
  }

  async byToken(tokenHash: Uint8Array): Promise<Operator | null> {
    const row = this.#statements.byToken.get({ tokenHash });
    return row === undefined ? null : operatorOf(row);
  }

  async list(): Promise<readonly Operator[]> {
    return this.#statements.list.all().map(operatorOf);
  }

  async record(entry: AuditEntry): Promise<void> {
    this.#statements.record.run({ ...entry, detail: JSON.stringify(entry.detail) });
  }

  async audit(query: Page): Promise<readonly StoredAuditEntry[]> {
    return this.#statements.audit.all(query).map((row) => ({
      ...{ id: row.id, atMs: row.at_ms, operator: row.operator, action: row.action },
      ...{ purpose: row.purpose, detail: JSON.parse(row.detail) as StoredAuditEntry['detail'] },
    }));
  }
}

function prepare(database: Database) {
  return {
    add: database.prepare(
      `INSERT INTO operator (operator, role, token_hash, added_ms)
       VALUES (:operator, :role, :tokenHash, :addedMs) ON CONFLICT DO NOTHING`,
    ),
    end: database.prepare(
      'UPDATE operator SET ended_ms = :atMs WHERE operator = :operator AND ended_ms IS NULL',
    ),
    byToken: database.prepare<{ tokenHash: Uint8Array }, OperatorRow>(
      'SELECT * FROM operator WHERE token_hash = :tokenHash AND ended_ms IS NULL',
    ),
    list: database.prepare<[], OperatorRow>('SELECT * FROM operator ORDER BY operator'),
    record: database.prepare(
      `INSERT INTO audit (at_ms, operator, action, purpose, detail)
       VALUES (:atMs, :operator, :action, :purpose, :detail)`,
    ),
    audit: database.prepare<Page, AuditRow>(
      `SELECT * FROM audit WHERE :before IS NULL OR id < :before ORDER BY id DESC LIMIT :limit`,
    ),
  };
}

function operatorOf(row: OperatorRow): Operator {
  const { operator, role, added_ms: addedMs, ended_ms: endedMs } = row;
  return { operator, role, addedMs, endedMs };
}
