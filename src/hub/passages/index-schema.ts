/** Append only: a shipped one is never edited. */
export const INDEX_MIGRATIONS: readonly string[] = [
  `
  -- One row when the index is made and one for every restore; ids of records go on across them.
  CREATE TABLE feed (
    id INTEGER PRIMARY KEY,
    feed BLOB NOT NULL UNIQUE,
    starts_after INTEGER NOT NULL
  ) STRICT;

  -- Last arrival of the inbox that was dealt with.
  CREATE TABLE position (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    arrival INTEGER NOT NULL
  ) STRICT;
  INSERT INTO position VALUES (1, 0);

  CREATE TABLE journal (
    id INTEGER PRIMARY KEY,
    station TEXT NOT NULL,
    epoch BLOB NOT NULL,
    opened_through INTEGER NOT NULL DEFAULT 0,
    UNIQUE (station, epoch)
  ) STRICT;

  -- emptied: retention or erasing has left none of its records.
  CREATE TABLE opened (
    journal INTEGER NOT NULL REFERENCES journal (id),
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    arrival INTEGER NOT NULL UNIQUE,
    opened_ms INTEGER NOT NULL,
    emptied INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (journal, first)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE set_aside (
    arrival INTEGER PRIMARY KEY,
    station TEXT NOT NULL,
    epoch BLOB NOT NULL,
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    reason TEXT NOT NULL,
    since_ms INTEGER NOT NULL
  ) STRICT;

  -- id: order of indexing, that of the export feed. body: the record's CBOR; null where it was erased.
  -- keep_ms: from when on retention counts.
  CREATE TABLE record (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    journal INTEGER NOT NULL REFERENCES journal (id),
    sequence INTEGER NOT NULL,
    type INTEGER NOT NULL,
    passage INTEGER,
    verdict INTEGER,
    at_ms INTEGER NOT NULL,
    keep_ms INTEGER NOT NULL,
    subject BLOB,
    number INTEGER,
    body BLOB,
    UNIQUE (journal, sequence)
  ) STRICT;
  CREATE INDEX record_passage ON record (journal, at_ms, id, verdict) WHERE type = 1;
  CREATE INDEX record_attached ON record (journal, passage) WHERE passage <> sequence;
  CREATE INDEX record_kept ON record (type, keep_ms);
  CREATE INDEX record_subject ON record (subject) WHERE subject IS NOT NULL;
  CREATE INDEX record_number ON record (number) WHERE number IS NOT NULL;

  CREATE TABLE stop_register (
    register TEXT NOT NULL,
    version INTEGER NOT NULL,
    record INTEGER NOT NULL,
    PRIMARY KEY (register, version, record)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX stop_register_record ON stop_register (record);

  CREATE TABLE stop_case (
    id INTEGER PRIMARY KEY,
    journal INTEGER NOT NULL REFERENCES journal (id),
    passage INTEGER NOT NULL,
    code TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('open', 'acknowledged', 'closed')),
    outcome TEXT,
    opened_ms INTEGER NOT NULL,
    acknowledged_ms INTEGER,
    acknowledged_by TEXT,
    closed_ms INTEGER,
    closed_by TEXT,
    UNIQUE (journal, passage)
  ) STRICT;
  CREATE UNIQUE INDEX stop_case_code ON stop_case (code) WHERE state <> 'closed';

  -- Arrivals whose sealed body holds erased records and is still to be wiped.
  CREATE TABLE to_wipe (
    arrival INTEGER PRIMARY KEY
  ) STRICT;
  `,
];
