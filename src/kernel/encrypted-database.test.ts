import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type DatabaseMode, openEncryptedDatabase } from './encrypted-database.ts';
import { StorageFault } from './errors.ts';
import { Sqlite } from './native-sqlite.ts';
import { storageFault } from './storage-fault.ts';

const KEY = new Uint8Array(32).fill(7);
const OTHER_KEY = new Uint8Array(32).fill(8);
const PAGE_BYTES = 4096;
const MIGRATIONS = ['CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT'];
const SECRET = 'Nguyen Van Mau, synthetic';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'chot-database-'));
  file = join(folder, 'notes.db');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function open(
  mode: DatabaseMode = 'create',
  key = KEY,
  migrations: readonly string[] = MIGRATIONS,
) {
  return openEncryptedDatabase(file, { key, migrations, mode });
}

function fill(notes: number, mode: DatabaseMode = 'create'): void {
  const database = open(mode);
  const insert = database.prepare('INSERT INTO note (text) VALUES (?)');
  database.transaction(() => {
    for (let note = 0; note < notes; note++) insert.run(`${SECRET} ${note}`);
  })();
  database.close();
}

function faultOf(act: () => unknown): StorageFault {
  try {
    act();
  } catch (error) {
    if (error instanceof StorageFault) return error;
    throw error;
  }
  throw new Error('expected a StorageFault, nothing was thrown');
}

test('what was written is read again with the same key, beside a writer too', () => {
  const writer = open();
  writer.prepare('INSERT INTO note (text) VALUES (?)').run(SECRET);
  const reader = open('read-only');
  expect(reader.prepare('SELECT text FROM note').pluck().all()).toEqual([SECRET]);
  expect(() => reader.prepare('INSERT INTO note (text) VALUES (?)').run('x')).toThrow(/readonly/);
  reader.close();
  writer.close();
});

test('a mistyped cipher pragma gives a plaintext database without an error, and such a file is refused', () => {
  const mistyped = new Sqlite(file);
  mistyped.pragma("ciphre = 'chacha20'");
  mistyped.pragma(`keey = 'raw:${'07'.repeat(32)}'`);
  mistyped.exec('CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT); PRAGMA user_version = 1;');
  mistyped.close();
  expect(readFileSync(file).toString('latin1')).toContain('SQLite format 3');
  for (const mode of ['create', 'open', 'read-only', 'sealed'] as const) {
    expect(faultOf(() => open(mode)).message).toMatch(/is not encrypted/);
  }
});

test('neither database, log nor shared memory holds a readable byte of the content', () => {
  const database = open();
  database.prepare('INSERT INTO note (text) VALUES (?)').run(SECRET);
  const files = readdirSync(folder);
  expect(files).toContain('notes.db-wal');
  for (const name of files) {
    const bytes = readFileSync(join(folder, name)).toString('latin1');
    expect(bytes).not.toContain(SECRET);
    expect(bytes).not.toContain('CREATE TABLE');
  }
  database.close();
});

test('what is made is for its owner alone', () => {
  const database = open();
  database.prepare('INSERT INTO note (text) VALUES (?)').run(SECRET);
  for (const name of readdirSync(folder)) {
    expect(statSync(join(folder, name)).mode & 0o077, name).toBe(0);
  }
  database.close();
});

test('a key that is not exactly 32 bytes is refused before the file is touched', () => {
  for (const length of [0, 16, 31, 33, 48, 64]) {
    expect(faultOf(() => open('create', new Uint8Array(length))).kind).toBe('wrong-key');
  }
  expect(existsSync(file)).toBe(false);
});

test('the key is used as it is: the text of its hexadecimal digits as a passphrase opens nothing', () => {
  fill(1);
  const database = new Sqlite(file);
  database.pragma("cipher = 'chacha20'");
  database.pragma(`key = '${'07'.repeat(32)}'`);
  expect(() => database.prepare('SELECT * FROM note').all()).toThrow(/not a database/);
  database.close();
});

test('another key does not open it, and does not harm it', () => {
  fill(3);
  const before = readFileSync(file);
  for (const mode of ['create', 'open', 'read-only', 'sealed'] as const) {
    expect(faultOf(() => open(mode, OTHER_KEY)).kind).toBe('wrong-key');
  }
  expect(readFileSync(file).equals(before)).toBe(true);
});

test.each(['create', 'open', 'read-only'] as const)(
  '%s asserts FULL and temporary tables in memory',
  (mode) => {
    fill(1);
    const database = open(mode);
    expect(database.pragma('synchronous', { simple: true })).toBe(2);
    expect(database.pragma('temp_store', { simple: true })).toBe(2);
    expect(database.pragma('journal_mode', { simple: true })).toBe('wal');
    database.close();
  },
);

test('a sort and a VACUUM leave no temporary file behind or beside', () => {
  fill(20_000);
  const database = open();
  const sorted = database.prepare('SELECT text FROM note ORDER BY text DESC').pluck().iterate();
  expect(sorted.next().done).toBe(false);
  const open_ = readdirSync('/proc/self/fd').length;
  expect(readdirSync(folder).sort()).toEqual(['notes.db', 'notes.db-shm', 'notes.db-wal']);
  sorted.return?.();
  database.exec('VACUUM');
  expect(readdirSync('/proc/self/fd').length).toBeLessThanOrEqual(open_);
  database.close();
});

test('any flipped bit of the header page and of 60 places beyond is noticed', () => {
  fill(3_000, 'build');
  const whole = readFileSync(file);
  const places = [...Array(PAGE_BYTES).keys()].filter((place) => place < 128 || place % 97 === 0);
  for (let flip = 0; flip < 60; flip++) {
    places.push(PAGE_BYTES + ((flip * 7_919_191) % (whole.length - PAGE_BYTES)));
  }
  const unnoticed = places.filter((place) => {
    const bytes = Buffer.from(whole);
    bytes[place] = (bytes[place] ?? 0) ^ (1 << (place % 8));
    writeFileSync(file, bytes);
    return readsAll('sealed');
  });
  expect(unnoticed).toEqual([]);
});

function readsAll(mode: DatabaseMode): boolean {
  try {
    const database = open(mode);
    try {
      database.prepare('SELECT count(*), max(text) FROM note').get();
      return true;
    } finally {
      database.close();
    }
  } catch (error) {
    const kind = storageFault(error)?.kind;
    expect(['damaged', 'wrong-key']).toContain(kind);
    return false;
  }
}

test('pages that changed places are noticed', () => {
  fill(3_000, 'build');
  const bytes = readFileSync(file);
  const fifth = Buffer.from(bytes.subarray(5 * PAGE_BYTES, 6 * PAGE_BYTES));
  bytes.copy(bytes, 5 * PAGE_BYTES, 6 * PAGE_BYTES, 7 * PAGE_BYTES);
  fifth.copy(bytes, 6 * PAGE_BYTES);
  writeFileSync(file, bytes);
  expect(readsAll('sealed')).toBe(false);
});

// What the cipher cannot see. Whoever needs it keeps an own version (registers) or chain (journal), and tests it there.
test('a page put back from an older copy of the same database passes: it is the caller who must notice', () => {
  fill(3_000);
  checkpoint();
  const older = readFileSync(file);
  const database = open();
  database.prepare("UPDATE note SET text = replace(text, 'Mau', 'Moi')").run();
  database.close();
  const newer = readFileSync(file);
  const page = 20 * PAGE_BYTES;
  older.copy(newer, page, page, page + PAGE_BYTES);
  writeFileSync(file, newer);
  const mixed = open('open');
  expect(mixed.pragma('integrity_check', { simple: true })).toBe('ok');
  const stale = mixed.prepare("SELECT count(*) FROM note WHERE text LIKE '%Mau%'").pluck().get();
  expect(stale).toBeGreaterThan(0);
  mixed.close();
});

function checkpoint(): void {
  const database = open();
  database.pragma('wal_checkpoint(TRUNCATE)');
  database.close();
}

test('nothing in the product changes a key in place: in WAL that loses the database', () => {
  const users = readdirSync('src', { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
    .filter((name) => /\b(?:hex|text)?rekey/i.test(readFileSync(join('src', name), 'utf8')));
  expect(users).toEqual([]);
});

test('migrations run once each, in order, and a newer database is refused', () => {
  fill(1);
  const second = [...MIGRATIONS, 'ALTER TABLE note ADD COLUMN day INTEGER'];
  const database = open('create', KEY, second);
  expect(database.pragma('user_version', { simple: true })).toBe(2);
  expect(database.prepare('SELECT count(*) FROM note WHERE day IS NULL').pluck().get()).toBe(1);
  database.close();
  expect(faultOf(() => open('create')).kind).toBe('newer');
  expect(faultOf(() => open('read-only', KEY, [...second, 'SELECT 1'])).message).toMatch(
    /schema 2/,
  );
});

test('a migration that fails leaves the schema as it was', () => {
  fill(1);
  const broken = [
    ...MIGRATIONS,
    'CREATE TABLE extra (id INTEGER) STRICT; CREATE TABLE note (id INTEGER);',
  ];
  expect(() => open('create', KEY, broken)).toThrow(/already exists/);
  const database = open();
  expect(database.prepare("SELECT name FROM sqlite_master WHERE name = 'extra'").all()).toEqual([]);
  database.close();
});

test('a file that is missing or was emptied is a fault, never a new database', () => {
  for (const mode of ['open', 'read-only', 'sealed'] as const) {
    expect(faultOf(() => open(mode)).message).toMatch(/not there/);
  }
  writeFileSync(file, '');
  for (const mode of ['open', 'read-only', 'sealed'] as const) {
    expect(faultOf(() => open(mode)).kind).toBe('damaged');
  }
});

test('rubbish and a cut-off database are refused', () => {
  writeFileSync(file, Buffer.alloc(8192, 0xa5));
  expect(faultOf(() => open()).kind).toBe('wrong-key');
  rmSync(file);
  fill(3_000, 'build');
  writeFileSync(file, readFileSync(file).subarray(0, 5 * PAGE_BYTES));
  expect(readsAll('sealed')).toBe(false);
});

test('a sealed database is read from a folder that may not be written, and makes no file there', () => {
  fill(10, 'build');
  chmodSync(file, 0o400);
  chmodSync(folder, 0o500);
  const database = open('sealed');
  expect(database.prepare('SELECT count(*) FROM note').pluck().get()).toBe(10);
  expect(readdirSync(folder)).toEqual(['notes.db']);
  database.close();
  chmodSync(folder, 0o700);
});

test('build never overwrites', () => {
  fill(1, 'build');
  expect(faultOf(() => open('build')).message).toMatch(/there already/);
});

test.each([
  ['SQLITE_FULL', 'full'],
  ['SQLITE_READONLY_DBMOVED', 'read-only'],
  ['SQLITE_IOERR_FSYNC', 'io'],
  ['SQLITE_CORRUPT_VTAB', 'damaged'],
  ['SQLITE_NOTADB', 'wrong-key'],
  ['ENOSPC', 'full'],
  ['EROFS', 'read-only'],
  ['EIO', 'io'],
])('%s is the storage fault "%s"', (code, kind) => {
  expect(storageFault(Object.assign(new Error('x'), { code }))?.kind).toBe(kind);
});

test('an error that says nothing about the disk is no storage fault', () => {
  expect(storageFault(new Error('x'))).toBeNull();
  expect(storageFault(Object.assign(new Error('x'), { code: 'SQLITE_CONSTRAINT' }))).toBeNull();
  expect(storageFault('SQLITE_FULL')).toBeNull();
});

test('a full database file surfaces as full, reads go on, and writes go on when there is room', () => {
  fill(10);
  const database = open();
  const pages = database.pragma('page_count', { simple: true }) as number;
  database.pragma(`max_page_count = ${pages}`);
  const insert = database.prepare('INSERT INTO note (text) VALUES (?)');
  const big = 'x'.repeat(10 * PAGE_BYTES);
  expect(storageFault(thrown(() => insert.run(big)))?.kind).toBe('full');
  expect(database.prepare('SELECT count(*) FROM note').pluck().get()).toBe(10);
  database.pragma(`max_page_count = ${pages + 100}`);
  expect(insert.run(big).changes).toBe(1);
  database.close();
});

function thrown(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  return null;
}
