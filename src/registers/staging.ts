import type { Database } from '../kernel/encrypted-database.ts';
import { InputError } from '../kernel/errors.ts';
import {
  CANARY_FROM_DAY,
  CANARY_SOURCE_ID,
  CANARY_UNTIL_DAY,
  canaryNumber,
  STATUS_IDS,
  STATUSES,
} from './canaries.ts';
import {
  RECORD_BYTES,
  type RecordFields,
  rowsOfRecords,
  sameKey,
  sameSubject,
  sortAndMerge,
  writeRecord,
} from './entry-record.ts';
import { lockRegisters, unlockRegisters } from './register-lock.ts';
import { subjectDigest } from './subject-key.ts';

const PARTITIONS = 256;
const BUFFER_BYTES = 512 * RECORD_BYTES;
/** Far above an even share of the largest import; only a file about very few numbers comes near. */
const PARTITION_BYTES_MAX = 64 * 1024 * 1024;

/**
 * Where rows wait to be sorted, by the first byte of their key, so that a file of any length needs little memory. It is
 * encrypted like everything else (security R6), is one transaction that is never committed, and by its lock
 * allows one import at a time in a folder.
 */
export class Staging {
  readonly #database: Database;
  readonly #insert;
  readonly #select;
  readonly #buffers: Buffer[] = [];
  readonly #used = new Uint32Array(PARTITIONS);
  readonly #partitionBytes = new Float64Array(PARTITIONS);

  /** Throws InputError while another import runs in this folder. */
  constructor(folder: string, databaseKey: Uint8Array) {
    this.#database = lockRegisters(folder, databaseKey);
    this.#insert = this.#database.prepare<{ partition: number; records: Buffer }>(
      'INSERT INTO part (partition, records) VALUES (:partition, :records)',
    );
    this.#select = this.#database.prepare<{ partition: number }, { records: Buffer }>(
      'SELECT records FROM part WHERE partition = :partition',
    );
  }

  /** `digest`: of the subject, at least 16 bytes. */
  add(digest: Buffer, fields: RecordFields): void {
    const partition = digest[0] ?? 0;
    const buffer = this.#bufferOf(partition);
    writeRecord(buffer, this.#used[partition] ?? 0, digest, fields);
    const used = (this.#used[partition] ?? 0) + RECORD_BYTES;
    this.#used[partition] = used;
    if (used === BUFFER_BYTES) this.#flush(partition);
  }

  /** Security R4: whoever makes a register lists the numbers by which it is proven that somebody is still found. */
  addCanaries(registerKey: Uint8Array): void {
    for (const status of STATUSES) {
      this.add(subjectDigest(registerKey, 'number', canaryNumber(status)), {
        status: STATUS_IDS[status],
        fromDay: CANARY_FROM_DAY,
        untilDay: CANARY_UNTIL_DAY,
        source: CANARY_SOURCE_ID,
        attribute: 0,
      });
    }
  }

  /**
   * All rows, sorted and merged, a part at a time; parts follow one another in that order too. Throws InputError for two
   * subjects under one key.
   */
  *sorted(): Generator<Buffer> {
    for (let partition = 0; partition < PARTITIONS; partition++) {
      this.#flush(partition);
      const parts = this.#select.all({ partition }).map(({ records }) => records);
      if (parts.length === 0) continue;
      const records = sortAndMerge(Buffer.concat(parts));
      refuseCollisions(records);
      yield rowsOfRecords(records);
    }
  }

  close(): void {
    unlockRegisters(this.#database);
  }

  #bufferOf(partition: number): Buffer {
    const buffer = this.#buffers[partition] ?? Buffer.allocUnsafe(BUFFER_BYTES);
    this.#buffers[partition] = buffer;
    return buffer;
  }

  /** Merged before it is written: a number repeated without end takes no room. */
  #flush(partition: number): void {
    const used = this.#used[partition] ?? 0;
    if (used === 0) return;
    const records = sortAndMerge(this.#bufferOf(partition).subarray(0, used));
    const total = (this.#partitionBytes[partition] ?? 0) + records.length;
    if (total > PARTITION_BYTES_MAX) {
      throw new InputError(
        'too many different entries about the same few numbers: expected a list of persons, check how the file was made',
      );
    }
    this.#partitionBytes[partition] = total;
    this.#insert.run({ partition, records });
    this.#used[partition] = 0;
  }
}

function refuseCollisions(records: Buffer): void {
  for (let at = RECORD_BYTES; at < records.length; at += RECORD_BYTES) {
    const before = at - RECORD_BYTES;
    if (!sameKey(records, before, at) || sameSubject(records, before, at)) continue;
    // Security R1: such a generation is refused, or one person would bear another's status.
    throw new InputError(
      'two numbers of the file have the same key in this generation: ask for a new generation of the region’s key',
    );
  }
}
