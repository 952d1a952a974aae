import {
  appendFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { RECORD_BYTES } from '../../registers/entry-record.ts';
import type { RowTotals } from '../../registers/published/delta.ts';
import type { HubDirectory } from '../hub-directory.ts';
import type { Records } from './register-records.ts';

const TRAILER_BYTES = 12;

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

  /** Null unless it holds the rows that the manifest counts, and nothing of it was torn by a power cut. */
  read(place: RecordsPlace, totals: RowTotals): Records | null {
    try {
      const file = readFileSync(join(this.#folder, nameOf(place)));
      const length = totals.rows * RECORD_BYTES;
      if (file.length !== length + TRAILER_BYTES) return null;
      const records = file.subarray(0, length);
      return file.subarray(length).equals(trailerOf(records, totals)) ? records : null;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
      throw error;
    }
  }

  /** Takes the place of the register's earlier ones. */
  write(place: RecordsPlace, records: Records, totals: RowTotals): void {
    const name = nameOf(place);
    const path = join(this.#folder, name);
    writeFileSync(`${path}.new`, records, { mode: 0o600 });
    appendFileSync(`${path}.new`, trailerOf(records, totals));
    renameSync(`${path}.new`, path);
    for (const other of readdirSync(this.#folder)) {
      const isOurs = other.startsWith(`${place.region}.${place.register}.`);
      if (isOurs && other !== name) rmSync(join(this.#folder, other), { force: true });
    }
  }
}

/** Checksum of the rows as the manifest has it, and CRC-32 of the file before. */
function trailerOf(records: Records, { checksum }: RowTotals): Buffer {
  const trailer = Buffer.alloc(TRAILER_BYTES);
  trailer.write(checksum, 'hex');
  trailer.writeUInt32BE(crc32(records), TRAILER_BYTES - 4);
  return trailer;
}

function nameOf({ region, register, generation, contentVersion }: RecordsPlace): string {
  return `${region}.${register}.${generation}.${contentVersion}.records`;
}
