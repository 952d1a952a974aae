import { type Database, openEncryptedDatabase } from '../../kernel/encrypted-database.ts';
import { InputError } from '../../kernel/errors.ts';
import type { Incident } from '../ingest-port.ts';
import { SqliteOperatorStore } from '../operators/sqlite-operator-store.ts';
import { SqliteRegisterStore } from '../registers/sqlite-register-store.ts';
import { SqliteStationStore } from '../stations/sqlite-station-store.ts';
import { HUB_MIGRATIONS } from './hub-schema.ts';
import type { HubStore, Region, StoredIncident } from './hub-store.ts';
import type { StatementKind, StoredStatement, Versions } from './stored-statement.ts';

type IncidentRow = {
  readonly id: number;
  readonly at_ms: number;
  readonly station: string | null;
  readonly code: string;
  readonly detail: string;
  readonly closed_ms: number | null;
  readonly closed_by: string | null;
};
type IncidentQuery = {
  readonly open: number;
  readonly before: number | null;
  readonly limit: number;
};

/** Everything in one encrypted file, which several processes of one machine may open. */
export class SqliteHubStore implements HubStore {
  readonly stations: SqliteStationStore;
  readonly operators: SqliteOperatorStore;
  readonly registers: SqliteRegisterStore;
  readonly #database: Database;
  readonly #statements;

  constructor(file: string, key: Uint8Array) {
    this.#database = openEncryptedDatabase(file, {
      ...{ key, migrations: HUB_MIGRATIONS, mode: 'create' },
    });
    this.stations = new SqliteStationStore(this.#database);
    this.operators = new SqliteOperatorStore(this.#database);
    this.registers = new SqliteRegisterStore(this.#database);
    this.#statements = prepare(this.#database);
  }

  async addRegion(region: string): Promise<void> {
    this.#statements.addRegion.run({ region });
  }

  async regions(): Promise<readonly Region[]> {
    return this.#statements.regions.all();
  }

  async sawManifest(region: string, version: number): Promise<void> {
    this.#statements.sawManifest.run({ region, version });
  }

  async putStatement(region: string, kind: StatementKind, { version, bytes }: StoredStatement) {
    const put = this.#database.transaction(() => {
      const newest = this.#statements.newest.get({ region, kind })?.version ?? 0;
      if (version <= newest) {
        throw new InputError(`${kind}: expected a version above ${newest}, came ${version}`);
      }
      this.#statements.put.run({ region, kind, version, bytes });
    });
    put.immediate();
  }

  async newest(region: string, kind: StatementKind): Promise<StoredStatement | null> {
    return this.#statements.newest.get({ region, kind }) ?? null;
  }

  async statementsAfter(region: string, kind: StatementKind, version: number) {
    return this.#statements.after.all({ region, kind, version });
  }

  async versions(region: string): Promise<Versions> {
    const found = { manifest: 0, roles: 0, policy: 0, mandate: 0 };
    for (const { kind, version } of this.#statements.versions.all({ region }))
      found[kind] = version;
    return found;
  }

  async raise(incident: Incident): Promise<void> {
    this.#statements.raise.run({ ...incident, detail: JSON.stringify(incident.detail) });
  }

  async incidents({ open, ...page }: Parameters<HubStore['incidents']>[0]) {
    return this.#statements.incidents.all({ ...page, open: Number(open) }).map(incidentOf);
  }

  async closeIncident(id: number, by: string, atMs: number): Promise<boolean> {
    return this.#statements.closeIncident.run({ id, by, atMs }).changes === 1;
  }

  async foreignChanges(): Promise<number> {
    return this.#database.pragma('data_version', { simple: true }) as number;
  }

  async close(): Promise<void> {
    this.#database.close();
  }
}

type Kinded = { readonly region: string; readonly kind: StatementKind };

function prepare(database: Database) {
  return {
    addRegion: database.prepare(
      'INSERT INTO region (region) VALUES (:region) ON CONFLICT DO NOTHING',
    ),
    regions: database.prepare<[], Region>(
      'SELECT region, generation, manifest_seen AS manifestSeen FROM region ORDER BY region',
    ),
    sawManifest: database.prepare(
      'UPDATE region SET manifest_seen = :version WHERE region = :region AND manifest_seen < :version',
    ),
    put: database.prepare(
      'INSERT INTO statement (region, kind, version, bytes) VALUES (:region, :kind, :version, :bytes)',
    ),
    newest: database.prepare<Kinded, StoredStatement>(
      `SELECT version, bytes FROM statement WHERE region = :region AND kind = :kind
       ORDER BY version DESC LIMIT 1`,
    ),
    after: database.prepare<Kinded & { readonly version: number }, StoredStatement>(
      `SELECT version, bytes FROM statement WHERE region = :region AND kind = :kind AND version > :version
       ORDER BY version LIMIT 1000`,
    ),
    versions: database.prepare<
      { readonly region: string },
      { readonly kind: StatementKind; readonly version: number }
    >('SELECT kind, max(version) AS version FROM statement WHERE region = :region GROUP BY kind'),
    raise: database.prepare(
      'INSERT INTO incident (at_ms, station, code, detail) VALUES (:atMs, :station, :code, :detail)',
    ),
    incidents: database.prepare<IncidentQuery, IncidentRow>(
      `SELECT * FROM incident WHERE (:before IS NULL OR id < :before) AND (:open = 0 OR closed_ms IS NULL)
       ORDER BY id DESC LIMIT :limit`,
    ),
    closeIncident: database.prepare(
      'UPDATE incident SET closed_ms = :atMs, closed_by = :by WHERE id = :id AND closed_ms IS NULL',
    ),
  };
}

function incidentOf(row: IncidentRow): StoredIncident {
  return {
    ...{ id: row.id, atMs: row.at_ms, station: row.station, code: row.code },
    detail: JSON.parse(row.detail) as StoredIncident['detail'],
    ...{ closedMs: row.closed_ms, closedBy: row.closed_by },
  };
}
