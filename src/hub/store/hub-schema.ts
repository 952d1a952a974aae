/** Append only: a shipped migration is never edited. */
export const HUB_MIGRATIONS: readonly string[] = [
  `CREATE TABLE region (
     region        TEXT    PRIMARY KEY,
     generation    INTEGER NOT NULL DEFAULT 1,
     manifest_seen INTEGER NOT NULL DEFAULT 0
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE statement (
     region  TEXT    NOT NULL REFERENCES region,
     kind    TEXT    NOT NULL CHECK (kind IN ('roles', 'policy', 'mandate', 'manifest')),
     version INTEGER NOT NULL,
     bytes   BLOB    NOT NULL,
     PRIMARY KEY (region, kind, version)
   ) STRICT;
   CREATE TABLE station (
     station        TEXT    PRIMARY KEY,
     region         TEXT    NOT NULL REFERENCES region,
     name           TEXT    NOT NULL,
     state          TEXT    NOT NULL CHECK (state IN ('invited', 'active', 'revoked')),
     signing_key    BLOB,
     sealing_key    BLOB,
     added_ms       INTEGER NOT NULL,
     enrolled_ms    INTEGER,
     token_current  BLOB,
     token_previous BLOB,
     token_given_ms INTEGER NOT NULL DEFAULT 0,
     copied         INTEGER NOT NULL DEFAULT 0,
     report         TEXT,
     report_ms      INTEGER
   ) STRICT;
   CREATE INDEX station_region ON station (region);
   CREATE TABLE certificate (
     serial       TEXT    PRIMARY KEY,
     station      TEXT    NOT NULL REFERENCES station,
     not_after_ms INTEGER NOT NULL,
     revoked_ms   INTEGER
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX certificate_station ON certificate (station);
   CREATE TABLE enrolment_code (
     secret_hash BLOB    PRIMARY KEY,
     station     TEXT    NOT NULL REFERENCES station,
     expires_ms  INTEGER NOT NULL,
     tries       INTEGER NOT NULL DEFAULT 0,
     used_ms     INTEGER
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX enrolment_code_station ON enrolment_code (station);
   CREATE TABLE incident (
     id        INTEGER PRIMARY KEY,
     at_ms     INTEGER NOT NULL,
     station   TEXT,
     code      TEXT    NOT NULL,
     detail    TEXT    NOT NULL,
     closed_ms INTEGER,
     closed_by TEXT
   ) STRICT;
   CREATE INDEX incident_open ON incident (id) WHERE closed_ms IS NULL;
   CREATE TABLE operator (
     operator   TEXT    PRIMARY KEY,
     role       TEXT    NOT NULL CHECK (role IN ('viewer', 'health', 'publisher', 'admin')),
     token_hash BLOB    NOT NULL UNIQUE,
     added_ms   INTEGER NOT NULL,
     ended_ms   INTEGER
   ) STRICT;
   CREATE TABLE audit (
     id       INTEGER PRIMARY KEY AUTOINCREMENT,
     at_ms    INTEGER NOT NULL,
     operator TEXT    NOT NULL,
     action   TEXT    NOT NULL,
     purpose  TEXT,
     detail   TEXT    NOT NULL
   ) STRICT;
   CREATE TRIGGER audit_unchanged BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;
   CREATE TRIGGER audit_kept BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;`,
];
