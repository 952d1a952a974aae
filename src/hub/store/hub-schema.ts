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
   CREATE TABLE batch (
     id                INTEGER PRIMARY KEY AUTOINCREMENT,
     region            TEXT    NOT NULL REFERENCES region,
     register          TEXT    NOT NULL,
     mode              TEXT    NOT NULL CHECK (mode IN ('add', 'replace')),
     state             TEXT    NOT NULL,
     as_of_ms          INTEGER NOT NULL,
     made_ms           INTEGER NOT NULL,
     made_by           TEXT    NOT NULL,
     expires_ms        INTEGER NOT NULL,
     rows              INTEGER NOT NULL DEFAULT 0,
     published_by      TEXT,
     confirmed_by      TEXT,
     published_version INTEGER,
     withdrawn_version INTEGER,
     superseded_by     INTEGER REFERENCES batch
   ) STRICT;
   CREATE INDEX batch_register ON batch (region, register, state);
   CREATE TABLE source (
     batch INTEGER NOT NULL REFERENCES batch,
     id    INTEGER NOT NULL CHECK (id BETWEEN 1 AND 255),
     name  TEXT    NOT NULL,
     PRIMARY KEY (batch, id)
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE entry (
     id       INTEGER PRIMARY KEY,
     batch    INTEGER NOT NULL,
     number   INTEGER NOT NULL,
     status   INTEGER NOT NULL,
     from_day INTEGER NOT NULL,
     until_day INTEGER NOT NULL,
     source   INTEGER NOT NULL
   ) STRICT;
   CREATE INDEX entry_batch ON entry (batch);
   CREATE TABLE list (
     region TEXT NOT NULL REFERENCES region,
     list   TEXT NOT NULL,
     source TEXT NOT NULL,
     PRIMARY KEY (region, list)
   ) STRICT, WITHOUT ROWID;
   CREATE TRIGGER audit_unchanged BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;
   CREATE TRIGGER audit_kept BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;`,
  // Of a QID's row the number is 0, which nobody has.
  `ALTER TABLE entry ADD COLUMN qid TEXT;
   ALTER TABLE entry ADD COLUMN attribute INTEGER NOT NULL DEFAULT 0;
   CREATE INDEX entry_attribute ON entry (attribute, batch) WHERE attribute > 0;`,
];
