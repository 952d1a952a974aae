import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { RECORD_BYTES, rowsOfRecords } from '../../registers/entry-record.ts';
import type { RowTotals } from '../../registers/published/delta.ts';
import { RowChecksum } from '../../registers/row-checksum.ts';
import type { HubDirectory } from '../hub-directory.ts';
import type { Records } from './register-records.ts';

export type RecordsPlace = {
  readonly region: string;
  readonly register: string;
  readonly generation: number;
  readonly contentVersion: number;
};

/**
 * The rows that a register was last published with, so that a small change costs little. Worth nothing by itself: it is
 * checked against the manifest when it is read, and made anew from the entries when it is not the one.
 */
export class RecordsFiles {
  readonly #folder: string;

  constructor(directory: HubDirectory) {
    this.#folder = join(directory.path, 'rows');
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
  }

  /** Null unless it holds exactly the rows that the manifest counts. */
  read(place: RecordsPlace, totals: RowTotals): Records | null {
    try {
      const records = readFileSync(join(this.#folder, nameOf(place)));
      if (records.length !== totals.rows * RECORD_BYTES) return null;
      const { hex } = new RowChecksum().add(rowsOfRecords(records));
      return hex === totals.checksum ? records : null;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
      throw error;
    }
  }

  /** Takes the place of the register's earlier ones. */
  write(place: RecordsPlace, records: Records): void {
    const name = nameOf(place);
    const path = join(this.#folder, name);
    writeFileSync(`${path}.new`, records, { mode: 0o600 });
    renameSync(`${path}.new`, path);
    for (const other of readdirSync(this.#folder)) {
      const isOurs = other.startsWith(`${place.region}.${place.register}.`);
      if (isOurs && other !== name) rmSync(join(this.#folder, other), { force: true });
    }
  }
}

function nameOf({ region, register, generation, contentVersion }: RecordsPlace): string {
  return `${region}.${register}.${generation}.${contentVersion}.records`;
}
