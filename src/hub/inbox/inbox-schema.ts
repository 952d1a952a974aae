/** Append only: a shipped one is never edited. */
export const INBOX_MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE hub (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    hub BLOB NOT NULL
  ) STRICT;

  -- through and link: up to where every segment is held and linked; 0 and zeros while there is none.
  CREATE TABLE epoch (
    id INTEGER PRIMARY KEY,
    region TEXT NOT NULL,
    station TEXT NOT NULL,
    epoch BLOB NOT NULL,
    first INTEGER NOT NULL,
    previous BLOB NOT NULL,
    reason TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('granted', 'waiting')),
    granted_by TEXT,
    granted_ms INTEGER,
    through INTEGER NOT NULL DEFAULT 0,
    link BLOB NOT NULL,
    UNIQUE (station, epoch)
  ) STRICT;

  -- file, offset, length: where the sealed body is kept; null when it is not kept any more.
  CREATE TABLE segment (
    arrival INTEGER PRIMARY KEY AUTOINCREMENT,
    epoch INTEGER NOT NULL REFERENCES epoch (id),
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    key_id TEXT NOT NULL,
    enc BLOB NOT NULL,
    previous BLOB NOT NULL,
    link BLOB NOT NULL,
    signature BLOB NOT NULL,
    stored_ms INTEGER NOT NULL,
    erased INTEGER NOT NULL DEFAULT 0,
    file INTEGER,
    offset INTEGER,
    length INTEGER,
    UNIQUE (epoch, first)
  ) STRICT;
  CREATE INDEX segment_kept ON segment (file, arrival) WHERE file IS NOT NULL;

  -- Apart, so that walks over segments stay short.
  CREATE TABLE leaf (
    arrival INTEGER PRIMARY KEY REFERENCES segment (arrival),
    leaves BLOB NOT NULL
  ) STRICT;

  -- Known before the segments themselves after a restore, so it names stations and epochs by their own ids.
  CREATE TABLE erased_range (
    station TEXT NOT NULL,
    epoch BLOB NOT NULL,
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    PRIMARY KEY (station, epoch, first, last)
  ) STRICT, WITHOUT ROWID;
  `,
];
