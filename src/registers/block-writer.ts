import type { Database } from '../kernel/encrypted-database.ts';
import { InputError } from '../kernel/errors.ts';
import { DirectoryWriter } from './directory.ts';
import { ROW_BYTES, subjectEnd } from './row.ts';
import { BLOCK_ROWS, SUBJECT_ROWS_MAX } from './snapshot-schema.ts';

/** Collects sorted rows into blocks. For one use, inside a transaction. */
export class BlockWriter {
  readonly #database: Database;
  readonly #insert;
  readonly #directory = new DirectoryWriter();
  readonly #block = Buffer.allocUnsafe(BLOCK_ROWS * ROW_BYTES);
  #used = 0;
  #rows = 0;
  #subjects = 0;

  constructor(database: Database) {
    this.#database = database;
    this.#insert = database.prepare<[Buffer]>('INSERT INTO block (rows) VALUES (?)');
  }

  get rows(): number {
    return this.#rows;
  }

  get subjects(): number {
    return this.#subjects;
  }

  /** Sorted after all that came before, every subject whole. */
  add(rows: Buffer): void {
    const total = rows.length / ROW_BYTES;
    for (let row = 0; row < total; ) {
      const end = subjectEnd(rows, row);
      this.#addSubject(rows.subarray(row * ROW_BYTES, end * ROW_BYTES));
      row = end;
    }
  }

  /** `touched`: see Overlay; null in a base. */
  end(touched: Buffer | null): void {
    this.#flush();
    this.#directory.write(this.#database, touched);
  }

  #addSubject(rows: Buffer): void {
    if (rows.length > SUBJECT_ROWS_MAX * ROW_BYTES) {
      throw new InputError(
        `one number has more than ${SUBJECT_ROWS_MAX} different entries: expected a list of persons, check how the file was made`,
      );
    }
    if (this.#used + rows.length > this.#block.length) this.#flush();
    this.#subjects++;
    if (rows.length > this.#block.length) {
      this.#write(rows);
      return;
    }
    rows.copy(this.#block, this.#used);
    this.#used += rows.length;
  }

  #flush(): void {
    if (this.#used > 0) this.#write(this.#block.subarray(0, this.#used));
    this.#used = 0;
  }

  #write(rows: Buffer): void {
    this.#directory.add(rows, this.#rows);
    this.#insert.run(rows);
    this.#rows += rows.length / ROW_BYTES;
  }
}
