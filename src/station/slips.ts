import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Journal } from '../journal/journal.ts';
import type { JournalRecord } from '../journal/record.ts';
import { StorageFault } from '../kernel/errors.ts';
import { replaceFile, syncFolder } from './durable-file.ts';

/**
 * Word left for the journal. One process writes it, the daemon; a command beside it leaves a slip in a folder of the data
 * directory, and the daemon, now or at its next start, makes records of it.
 */

/** Stands where other records name their lane. */
export const COMMAND_LINE = 'command-line';
const SLIP = /^[0-9a-f-]+\.json$/;
const SLIP_BYTES_MAX = 16_384;
/** An account of the operating system, as it fits the journal. */
export const ACCOUNT_PATTERN = '^[a-z0-9][a-z0-9-]{0,28}$';

/** The account as records have it; null when its name is no id. */
export function accountOf(name: string): string | null {
  const account = name.toLowerCase();
  return new RegExp(ACCOUNT_PATTERN).test(account) ? account : null;
}

/** Leaves a slip in `folder`; on disk once this returns. Throws what the file system throws. */
export function leaveSlipIn<Slip extends { readonly atMs: number }>(
  folder: string,
  slip: Slip,
): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  chmodSync(folder, 0o700);
  syncFolder(dirname(folder));
  // Names sort by time, so that records stand in the order of what happened.
  const name = `${slip.atMs.toString(16).padStart(12, '0')}-${randomBytes(4).toString('hex')}`;
  replaceFile(join(folder, `${name}.json`), JSON.stringify(slip));
}

type Deps<Slip> = {
  readonly folder: string;
  readonly journal: Pick<Journal, 'appendAll' | 'state'>;
  /** Null for what is no slip. */
  readonly read: (value: unknown) => Slip | null;
  readonly recordsOf: (slip: Slip) => readonly JournalRecord[];
  readonly recorded: (slip: Slip) => void;
  /** A slip could not be made a record of, with why as a code; what is no slip is kept under another name. */
  readonly notRecorded: (code: string) => void;
};

/** The daemon's side: makes records of the slips that wait. */
export class SlipRecorder<Slip> {
  readonly #deps: Deps<Slip>;
  /** Recorded, but their files could not be removed. */
  readonly #done = new Set<string>();
  #failing: string | null = null;

  constructor(deps: Deps<Slip>) {
    this.#deps = deps;
  }

  /**
   * While the journal cannot write they wait on. A power cut between record and removal writes a slip a second time: it is
   * told twice rather than never. Never throws for what the disk does.
   */
  record(): void {
    try {
      for (const name of slipsIn(this.#deps.folder)) this.#take(join(this.#deps.folder, name));
      this.#failing = null;
    } catch (error) {
      const code =
        error instanceof StorageFault ? error.kind : (error as NodeJS.ErrnoException).code;
      if (code === undefined) throw error;
      // Tried again every second, and told once.
      if (code !== this.#failing) this.#deps.notRecorded(code);
      this.#failing = code;
    }
  }

  #take(file: string): void {
    const { folder, journal, read, recordsOf, recorded, notRecorded } = this.#deps;
    const name = basename(file);
    if (!this.#done.has(name)) {
      if (journal.state().kind !== 'writing') return;
      const slip = read(readJson(file));
      if (slip === null) {
        renameSync(file, `${file}.refused`);
        notRecorded('no-slip');
        return;
      }
      journal.appendAll(recordsOf(slip).map((record) => () => record));
      this.#done.add(name);
      recorded(slip);
    }
    rmSync(file, { force: true });
    syncFolder(folder);
    this.#done.delete(name);
  }
}

function slipsIn(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => SLIP.test(name))
      .sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

function readJson(file: string): unknown {
  if (statSync(file).size > SLIP_BYTES_MAX) return null;
  const text = readFileSync(file, 'utf8');
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
