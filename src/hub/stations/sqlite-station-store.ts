import type { Database } from '../../kernel/encrypted-database.ts';
import {
  CODE_TRIES_MAX,
  type CodeOutcome,
  type Enrolment,
  type InvitedCode,
  type Station,
  type StationCertificate,
  type StationState,
  type StationStore,
  type TokenState,
} from './station-store.ts';

type Row = {
  readonly station: string;
  readonly region: string;
  readonly name: string;
  readonly state: StationState;
  readonly signing_key: Uint8Array | null;
  readonly sealing_key: Uint8Array | null;
  readonly added_ms: number;
  readonly enrolled_ms: number | null;
  readonly token_current: Uint8Array | null;
  readonly token_previous: Uint8Array | null;
  readonly token_given_ms: number;
  readonly copied: number;
  readonly report: string | null;
  readonly report_ms: number | null;
};

export class SqliteStationStore implements StationStore {
  readonly #database: Database;
  readonly #statements;

  constructor(database: Database) {
    this.#database = database;
    this.#statements = prepare(database);
  }

  async add({ station, region, name, addedMs }: Parameters<StationStore['add']>[0]) {
    const { changes } = this.#statements.add.run({ station, region, name, addedMs });
    return changes === 1 ? 'added' : 'known';
  }

  async get(station: string): Promise<Station | null> {
    const row = this.#statements.get.get({ station });
    return row === undefined ? null : stationOf(row);
  }

  async list(region: string | null): Promise<readonly Station[]> {
    return this.#statements.list.all({ region }).map(stationOf);
  }

  async bySerial(serial: string): Promise<Station | null> {
    const row = this.#statements.bySerial.get({ serial });
    return row === undefined ? null : stationOf(row);
  }

  async invite({ station, secretHash, expiresMs }: InvitedCode): Promise<void> {
    this.#database
      .transaction(() => {
        this.#statements.voidCodes.run({ station });
        this.#statements.invite.run({ station, secretHash, expiresMs });
      })
      .immediate();
  }

  async takeCode(station: string, secretHash: Uint8Array, nowMs: number): Promise<CodeOutcome> {
    const { useCode, usedCode, tryCode } = this.#statements;
    return this.#database
      .transaction((): CodeOutcome => {
        const asked = { station, secretHash, nowMs, triesMax: CODE_TRIES_MAX };
        if (useCode.run(asked).changes === 1) return 'taken';
        if (usedCode.get({ station, secretHash }) !== undefined) return 'used';
        return tryCode.run({ station, nowMs, triesMax: CODE_TRIES_MAX }).changes > 0
          ? 'wrong'
          : 'none';
      })
      .immediate();
  }

  async enrol({ certificate, ...enrolment }: Enrolment): Promise<void> {
    const { enrol, revokeCertificates, addCertificate } = this.#statements;
    this.#database
      .transaction(() => {
        const { station, atMs } = enrolment;
        revokeCertificates.run({ station, atMs });
        enrol.run(enrolment);
        addCertificate.run(certificate);
      })
      .immediate();
  }

  async addCertificate(certificate: StationCertificate): Promise<void> {
    this.#statements.addCertificate.run(certificate);
  }

  async adoptCertificate(certificate: StationCertificate, issuedMs: number): Promise<boolean> {
    return this.#statements.adoptCertificate.run({ ...certificate, issuedMs }).changes > 0;
  }

  async revoke(station: string, atMs: number): Promise<boolean> {
    const { revoke, revokeCertificates, voidCodes } = this.#statements;
    return this.#database
      .transaction(() => {
        revokeCertificates.run({ station, atMs });
        voidCodes.run({ station });
        return revoke.run({ station }).changes === 1;
      })
      .immediate();
  }

  async giveToken(
    station: string,
    { current, previous, givenMs }: TokenState,
    expected: Uint8Array | null,
  ) {
    const { changes } = this.#statements.giveToken.run({
      ...{ station, current, previous, givenMs, expected },
    });
    return changes === 1;
  }

  async setCopied(station: string, copied: boolean): Promise<void> {
    this.#statements.setCopied.run({ station, copied: Number(copied) });
  }

  async saveReport(station: string, report: string, atMs: number): Promise<void> {
    this.#statements.saveReport.run({ station, report, atMs });
  }
}

function prepare(database: Database) {
  return {
    add: database.prepare(
      `INSERT INTO station (station, region, name, state, added_ms)
       VALUES (:station, :region, :name, 'invited', :addedMs) ON CONFLICT DO NOTHING`,
    ),
    get: database.prepare<{ station: string }, Row>(
      'SELECT * FROM station WHERE station = :station',
    ),
    list: database.prepare<{ region: string | null }, Row>(
      'SELECT * FROM station WHERE :region IS NULL OR region = :region ORDER BY station',
    ),
    bySerial: database.prepare<{ serial: string }, Row>(
      `SELECT station.* FROM certificate JOIN station USING (station)
       WHERE serial = :serial AND revoked_ms IS NULL`,
    ),
    voidCodes: database.prepare(
      'DELETE FROM enrolment_code WHERE station = :station AND used_ms IS NULL',
    ),
    invite: database.prepare(
      `INSERT INTO enrolment_code (secret_hash, station, expires_ms)
       VALUES (:secretHash, :station, :expiresMs)`,
    ),
    useCode: database.prepare(
      `UPDATE enrolment_code SET used_ms = :nowMs
       WHERE secret_hash = :secretHash AND station = :station AND used_ms IS NULL
         AND expires_ms > :nowMs AND tries < :triesMax`,
    ),
    usedCode: database.prepare(
      `SELECT 1 FROM enrolment_code
       WHERE secret_hash = :secretHash AND station = :station AND used_ms IS NOT NULL`,
    ),
    tryCode: database.prepare(
      `UPDATE enrolment_code SET tries = tries + 1
       WHERE station = :station AND used_ms IS NULL AND expires_ms > :nowMs AND tries < :triesMax`,
    ),
    enrol: database.prepare(
      `UPDATE station SET state = 'active', signing_key = :signingKey, sealing_key = :sealingKey,
         enrolled_ms = :atMs, token_current = :tokenHash, token_previous = NULL, token_given_ms = :atMs, copied = 0
       WHERE station = :station`,
    ),
    addCertificate: database.prepare(
      `INSERT INTO certificate (serial, station, not_after_ms) VALUES (:serial, :station, :notAfterMs)`,
    ),
    adoptCertificate: database.prepare<StationCertificate & { readonly issuedMs: number }>(
      `INSERT OR IGNORE INTO certificate (serial, station, not_after_ms)
       SELECT :serial, station, :notAfterMs FROM station
       WHERE station = :station AND state = 'active' AND enrolled_ms <= :issuedMs`,
    ),
    revokeCertificates: database.prepare(
      'UPDATE certificate SET revoked_ms = :atMs WHERE station = :station AND revoked_ms IS NULL',
    ),
    revoke: database.prepare(`UPDATE station SET state = 'revoked' WHERE station = :station`),
    giveToken: database.prepare(
      `UPDATE station SET token_current = :current, token_previous = :previous, token_given_ms = :givenMs
       WHERE station = :station AND (:expected IS NULL OR token_current = :expected)`,
    ),
    setCopied: database.prepare('UPDATE station SET copied = :copied WHERE station = :station'),
    saveReport: database.prepare(
      'UPDATE station SET report = :report, report_ms = :atMs WHERE station = :station',
    ),
  };
}

function stationOf(row: Row): Station {
  return {
    station: row.station,
    region: row.region,
    name: row.name,
    state: row.state,
    signingKey: row.signing_key,
    sealingKey: row.sealing_key,
    addedMs: row.added_ms,
    enrolledMs: row.enrolled_ms,
    token: {
      current: row.token_current,
      previous: row.token_previous,
      givenMs: row.token_given_ms,
    },
    copied: row.copied === 1,
    report: row.report,
    reportMs: row.report_ms,
  };
}
