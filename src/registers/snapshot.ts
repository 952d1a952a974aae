import { close, openSync } from 'node:fs';
import { join } from 'node:path';
import { type Database, openEncryptedDatabase } from '../kernel/encrypted-database.ts';
import { StorageFault } from '../kernel/errors.ts';
import { CANARY_SOURCE, canaryNumber, STATUSES, type Status } from './canaries.ts';
import type { RegisterHit, SubjectKind } from './lookup.ts';
import { type SnapshotId, snapshotFile, snapshotKey } from './snapshot-name.ts';
import { SNAPSHOT_MIGRATIONS, SUBJECT_ROWS_MAX } from './snapshot-schema.ts';
import { deriveRegisterKey, subjectKey, toStoredKey } from './subject-key.ts';

export type SnapshotMeta = SnapshotId & {
  readonly previousVersion: number | null;
  /** What the list says was so at this instant. */
  readonly asOfMs: number;
  readonly madeMs: number;
  /** Different rows, and different subjects, canaries apart. */
  readonly entries: number;
  readonly subjects: number;
};

/** What a station needs to read its registers. */
export type RegisterSecrets = {
  /** 32 bytes: opens the files. */
  readonly databaseKey: Uint8Array;
  /** Finds the subjects: the region's key and its generation. */
  readonly region: { readonly generation: number; readonly key: Uint8Array };
};

type Row = { status: number; fromDay: number; untilDay: number; source: number };

/** One version of one register, open for look-ups. Its file never changes. */
export class Snapshot {
  readonly meta: SnapshotMeta;
  readonly #database: Database;
  /** Held so that SQLite is never the last to close a removed file: the kernel frees 270 MB in 70 ms then. */
  readonly #pin: number;
  readonly #registerKey: Uint8Array;
  readonly #statuses: ReadonlyMap<number, Status>;
  readonly #sources: ReadonlyMap<number, string>;
  readonly #select;

  /** Throws StorageFault when it does not open, or holds something else than its name says. */
  static open(folder: string, id: SnapshotId, secrets: RegisterSecrets): Snapshot {
    const file = join(folder, snapshotFile(id));
    const key = snapshotKey(secrets.databaseKey, id);
    let database: Database | null = null;
    let pin: number | null = null;
    try {
      database = openEncryptedDatabase(file, {
        key,
        migrations: SNAPSHOT_MIGRATIONS,
        mode: 'sealed',
      });
      pin = openSync(file, 'r');
      return new Snapshot({ database, pin }, file, id, secrets);
    } catch (error) {
      database?.close();
      if (pin !== null) closeAside(pin);
      throw error;
    }
  }

  private constructor(
    { database, pin }: { readonly database: Database; readonly pin: number },
    file: string,
    id: SnapshotId,
    { region }: RegisterSecrets,
  ) {
    this.#database = database;
    this.#pin = pin;
    this.meta = readMeta(database, file, id);
    this.#registerKey = deriveRegisterKey(region.key, id.register);
    this.#statuses = readStatuses(database);
    this.#sources = readNames(database, 'source');
    this.#select = database.prepare<{ key: bigint }, Row>(
      `SELECT status, from_day AS fromDay, until_day AS untilDay, source FROM entry
       WHERE key = :key LIMIT ${SUBJECT_ROWS_MAX}`,
    );
  }

  /** All rows of the subject. Throws when the file is damaged or does not answer. */
  rows(kind: SubjectKind, value: string): RegisterHit[] {
    const key = toStoredKey(subjectKey(this.#registerKey, kind, value));
    return this.#select.all({ key }).map(({ status, fromDay, untilDay, source }) => ({
      register: this.meta.register,
      status: known(this.#statuses, status),
      fromDay,
      untilDay,
      source: known(this.#sources, source),
    }));
  }

  /** Whether every status is still found (security R4), by the path that a person's number goes. Throws as `rows`. */
  answersCanaries(): boolean {
    return STATUSES.every((status) =>
      this.rows('number', canaryNumber(status)).some(
        (hit) => hit.status === status && hit.source === CANARY_SOURCE,
      ),
    );
  }

  close(): void {
    this.#database.close();
    closeAside(this.#pin);
  }
}

/** On another thread; there is nothing to be done about an error, nor anything lost. */
function closeAside(handle: number): void {
  close(handle, () => {});
}

function readMeta(database: Database, file: string, id: SnapshotId): SnapshotMeta {
  const meta = database
    .prepare<[], SnapshotMeta>(
      `SELECT register, generation, version, previous_version AS previousVersion, as_of_ms AS asOfMs,
              made_ms AS madeMs, entries, subjects FROM meta`,
    )
    .get();
  const fits =
    meta?.register === id.register &&
    meta.generation === id.generation &&
    meta.version === id.version;
  if (meta !== undefined && fits) return meta;
  throw new StorageFault(
    'damaged',
    `${file} holds another register than its name says: import again`,
  );
}

function readNames(database: Database, table: 'status' | 'source'): ReadonlyMap<number, string> {
  const rows = database
    .prepare<[], { id: number; name: string }>(`SELECT id, name FROM ${table}`)
    .all();
  return new Map(rows.map(({ id, name }) => [id, name]));
}

function readStatuses(database: Database): ReadonlyMap<number, Status> {
  const byName = new Map<string, Status>(STATUSES.map((status) => [status, status]));
  const names = [...readNames(database, 'status')];
  return new Map(names.map(([id, name]) => [id, known(byName, name)]));
}

function known<Key, Name>(names: ReadonlyMap<Key, Name>, key: Key): Name {
  const name = names.get(key);
  if (name !== undefined) return name;
  throw new StorageFault(
    'damaged',
    'a register names a status or source it does not have: import again',
  );
}
