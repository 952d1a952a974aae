import type { Incident } from '../ingest-port.ts';
import type { OperatorStore } from '../operators/operator-store.ts';
import type { RegisterStore } from '../registers/register-store.ts';
import type { StationStore } from '../stations/station-store.ts';
import type { StatementKind, StoredStatement, Versions } from './stored-statement.ts';

export type StoredIncident = Incident & {
  readonly id: number;
  readonly closedMs: number | null;
  readonly closedBy: string | null;
};

export type Region = {
  readonly region: string;
  /** Of the register key that is published now. */
  readonly generation: number;
  /** Highest manifest version that a station of the region reported. */
  readonly manifestSeen: number;
};

/**
 * Everything of a hub but segments and passages, behind one interface: SQLite now, PostgreSQL for several hubs on one
 * database later. What a promise resolved for is durable; nothing here is a person's data but the register entries.
 */
export interface HubStore {
  readonly stations: StationStore;
  readonly operators: OperatorStore;
  readonly registers: RegisterStore;
  addRegion(region: string): Promise<void>;
  regions(): Promise<readonly Region[]>;
  sawManifest(region: string, version: number): Promise<void>;

  /** Throws InputError unless the version is higher than every one there is. */
  putStatement(region: string, kind: StatementKind, statement: StoredStatement): Promise<void>;
  newest(region: string, kind: StatementKind): Promise<StoredStatement | null>;
  /** Those above `version`, ascending. */
  statementsAfter(
    region: string,
    kind: StatementKind,
    version: number,
  ): Promise<readonly StoredStatement[]>;
  versions(region: string): Promise<Versions>;

  raise(incident: Incident): Promise<void>;
  /** Newest first, below the id `before` when it is given. */
  incidents(query: {
    readonly open: boolean;
    readonly before: number | null;
    readonly limit: number;
  }): Promise<readonly StoredIncident[]>;
  closeIncident(id: number, by: string, atMs: number): Promise<boolean>;

  /** Changes whenever another process has written: then what was read may be old. */
  foreignChanges(): Promise<number>;
  close(): Promise<void>;
}
