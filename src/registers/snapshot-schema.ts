/** Append only, as all migrations. A snapshot is written once: an older schema is read by importing the file again. */
export const SNAPSHOT_MIGRATIONS: readonly string[] = [
  `CREATE TABLE meta (
     id               INTEGER PRIMARY KEY CHECK (id = 1),
     register         TEXT    NOT NULL,
     generation       INTEGER NOT NULL,
     version          INTEGER NOT NULL,
     previous_version INTEGER,
     as_of_ms         INTEGER NOT NULL,
     made_ms          INTEGER NOT NULL,
     entries          INTEGER NOT NULL,
     subjects         INTEGER NOT NULL
   ) STRICT;
   CREATE TABLE status (id INTEGER PRIMARY KEY, name TEXT NOT NULL) STRICT;
   CREATE TABLE source (
     id   INTEGER PRIMARY KEY CHECK (id BETWEEN 0 AND 255),
     name TEXT    NOT NULL
   ) STRICT;
   CREATE TABLE entry (
     key       INTEGER NOT NULL,
     status    INTEGER NOT NULL,
     from_day  INTEGER NOT NULL,
     until_day INTEGER NOT NULL,
     source    INTEGER NOT NULL,
     count     INTEGER NOT NULL CHECK (count > 0),
     PRIMARY KEY (key, status, from_day, until_day, source)
   ) STRICT, WITHOUT ROWID`,
  // Rows in blocks of one page each (decision 0003), found by the directory.
  `DROP TABLE entry;
   ALTER TABLE meta ADD COLUMN base INTEGER;
   ALTER TABLE meta ADD COLUMN published INTEGER;
   ALTER TABLE meta ADD COLUMN checksum TEXT NOT NULL DEFAULT '';
   CREATE TABLE block (id INTEGER PRIMARY KEY, rows BLOB NOT NULL) STRICT;
   CREATE TABLE directory (
     id      INTEGER PRIMARY KEY CHECK (id = 1),
     blocks  BLOB NOT NULL,
     touched BLOB NOT NULL
   ) STRICT`,
  // The directory in parts of one page each.
  `DROP TABLE directory;
   CREATE TABLE directory (id INTEGER PRIMARY KEY, entries BLOB NOT NULL, touched BLOB) STRICT`,
];

/** Rows of one subject that are kept and read: far more than any person has, few enough for one look-up. */
export const SUBJECT_ROWS_MAX = 256;

/** As many rows as fit one page of 4,096 bytes beside what SQLite and the cipher need of it. */
export const BLOCK_ROWS = 165;
