/** Append only: a shipped one is never edited. */
export const JOURNAL_MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE epoch (
    id INTEGER PRIMARY KEY,
    epoch BLOB NOT NULL UNIQUE,
    station TEXT NOT NULL,
    first INTEGER NOT NULL,
    previous BLOB NOT NULL
  ) STRICT;

  -- last and signature are set once, when the segment is closed.
  CREATE TABLE segment (
    first INTEGER PRIMARY KEY,
    epoch INTEGER NOT NULL REFERENCES epoch (id),
    key_id TEXT NOT NULL,
    enc BLOB NOT NULL UNIQUE,
    last INTEGER,
    signature BLOB
  ) STRICT;

  -- A record belongs to the segment with the greatest first that is not after it.
  CREATE TABLE record (
    sequence INTEGER PRIMARY KEY,
    link BLOB NOT NULL,
    sealed BLOB NOT NULL
  ) STRICT;

  -- Where the chain ends, kept apart from the records: records that went missing at the end are seen.
  CREATE TABLE head (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    sequence INTEGER NOT NULL,
    link BLOB NOT NULL
  ) STRICT;

  -- In the clear (inside the encrypted file): passages that have no end yet, and the shift's counters.
  CREATE TABLE unfinished (
    sequence INTEGER PRIMARY KEY,
    lane TEXT NOT NULL,
    test INTEGER NOT NULL
  ) STRICT;

  CREATE TABLE counter (
    lane TEXT NOT NULL,
    name TEXT NOT NULL,
    value INTEGER NOT NULL,
    PRIMARY KEY (lane, name)
  ) STRICT, WITHOUT ROWID;

  -- Written to find out whether the disk takes writes again.
  CREATE TABLE probe (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    at_ms INTEGER NOT NULL
  ) STRICT;
  `,
  `
  -- Why it began; the sequence of the head, known from elsewhere, that previous is the link of; and, once another one
  -- follows, its newest record.
  ALTER TABLE epoch ADD COLUMN reason TEXT NOT NULL DEFAULT 'first';
  ALTER TABLE epoch ADD COLUMN continues INTEGER;
  ALTER TABLE epoch ADD COLUMN last INTEGER;

  -- The hub's receipt for a closed segment, and when it came.
  ALTER TABLE segment ADD COLUMN receipt BLOB;
  ALTER TABLE segment ADD COLUMN stored_at_ms INTEGER;
  CREATE INDEX unsent ON segment (first) WHERE signature IS NOT NULL AND stored_at_ms IS NULL;

  -- Since when the hub is known to have opened everything up to through.
  CREATE TABLE opened (
    epoch INTEGER NOT NULL REFERENCES epoch (id),
    since_ms INTEGER NOT NULL,
    through INTEGER NOT NULL,
    PRIMARY KEY (epoch, since_ms)
  ) STRICT, WITHOUT ROWID;

  -- The newest record of an epoch that was removed, and the receipt for the segment it ended.
  CREATE TABLE pruned (
    epoch INTEGER PRIMARY KEY REFERENCES epoch (id),
    sequence INTEGER NOT NULL,
    link BLOB NOT NULL,
    receipt BLOB NOT NULL
  ) STRICT;
  `,
  `
  -- In the clear (inside the encrypted file), as the shift's other counters: what opened without a passage, how often in
  -- the shift that began at since_ms (0: before anybody signed in).
  CREATE TABLE opening (
    lane TEXT NOT NULL,
    since_ms INTEGER NOT NULL,
    kind TEXT NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (lane, since_ms, kind)
  ) STRICT, WITHOUT ROWID;
  `,
];
