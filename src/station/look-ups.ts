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
import { join } from 'node:path';
import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';
import type { Journal } from '../journal/journal.ts';
import { type LookUpRecord, SCHEMA_VERSION } from '../journal/record.ts';
import { StorageFault } from '../kernel/errors.ts';
import type { TimeInterval } from '../kernel/time-interval.ts';
import { replaceFile, syncFolder } from './durable-file.ts';

/**
 * Look-ups on the command line (security A6). One process writes the journal, the daemon; a command beside it leaves a
 * slip on disk before it answers, and the daemon, now or at its next start, makes records of it. A slip holds no number.
 */

/** Why somebody may be looked up without a passage: a closed list, as the journal takes no free text. */
export const LOOK_UP_REASONS = ['health-unit', 'subject-asked', 'order', 'register-test'] as const;
/** What the record of a look-up says that nobody gave a reason for: somebody will ask. */
export const UNSTATED = 'unstated';
/** Numbers in one command; as many records as the journal writes at once. */
export const LOOK_UPS_MAX = 64;
/** Stands where other records name their lane. */
const COMMAND_LINE = 'command-line';
const SLIP = /^[0-9a-f-]+\.json$/;
const SLIP_BYTES_MAX = 16_384;

const closed = { additionalProperties: false } as const;
const Slip = Type.Object(
  {
    /** By the machine's clock, ms since 1970 UTC. */
    atMs: Type.Integer({ minimum: 0, maximum: 253_402_300_799_999 }),
    /** The operating system's account that asked; null when its name is no id. */
    account: Type.Union([Type.String({ pattern: '^[a-z0-9][a-z0-9-]{0,28}$' }), Type.Null()]),
    reason: Type.Enum([...LOOK_UP_REASONS, UNSTATED]),
    lookUps: Type.Array(
      Type.Object(
        {
          subjectKey: Type.String({ pattern: '^[0-9a-f]{16}$' }),
          /** As told: on a list in force; on none; on none, but the lists could not be relied on. */
          verdict: Type.Enum(['listed', 'not-listed', 'not-reliable']),
        },
        closed,
      ),
      { minItems: 1, maxItems: LOOK_UPS_MAX },
    ),
  },
  closed,
);

export type LookUpSlip = Readonly<Static<typeof Slip>>;

/** Leaves a slip in the data directory; on disk once this returns. Throws what the file system throws. */
export function leaveSlip(dataDir: string, slip: LookUpSlip): void {
  const folder = folderOf(dataDir);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  chmodSync(folder, 0o700);
  syncFolder(dataDir);
  // Names sort by time, so that records stand in the order of the questions.
  const name = `${slip.atMs.toString(16).padStart(12, '0')}-${randomBytes(4).toString('hex')}`;
  replaceFile(join(folder, `${name}.json`), JSON.stringify(slip));
}

export function accountOf(name: string): string | null {
  const account = name.toLowerCase();
  return Value.Check(Slip.properties.account, account) ? account : null;
}

type Deps = {
  readonly dataDir: string;
  readonly journal: Pick<Journal, 'appendAll' | 'state'>;
  readonly interval: () => TimeInterval;
  readonly software: string;
  /** Records written of one slip. */
  readonly recorded: (reason: string, count: number) => void;
  /** A slip could not be made a record of, with why as a code; what is no slip is kept under another name. */
  readonly notRecorded: (code: string) => void;
};

/** The daemon's side: makes records of the slips that wait. */
export class LookUpRecorder {
  readonly #deps: Deps;
  /** Recorded, but their files could not be removed. */
  readonly #done = new Set<string>();
  #failing: string | null = null;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /**
   * While the journal cannot write they wait on. A power cut between record and removal writes a slip a second time: a
   * look-up is told twice rather than never. Never throws for what the disk does.
   */
  record(): void {
    try {
      for (const name of slipsIn(folderOf(this.#deps.dataDir))) this.#take(name);
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

  #take(name: string): void {
    const { dataDir, journal, recorded, notRecorded } = this.#deps;
    const folder = folderOf(dataDir);
    const file = join(folder, name);
    if (!this.#done.has(name)) {
      if (journal.state().kind !== 'writing') return;
      const slip = readSlip(file);
      if (slip === null) {
        renameSync(file, `${file}.refused`);
        notRecorded('no-slip');
        return;
      }
      journal.appendAll(recordsOf(slip, this.#deps).map((record) => () => record));
      this.#done.add(name);
      recorded(slip.reason, slip.lookUps.length);
    }
    rmSync(file, { force: true });
    syncFolder(folder);
    this.#done.delete(name);
  }
}

function recordsOf(slip: LookUpSlip, { interval, software }: Deps): LookUpRecord[] {
  const { earliestMs, latestMs, trust } = interval();
  return slip.lookUps.map(({ subjectKey, verdict }) => ({
    ...{ v: SCHEMA_VERSION, type: 'look-up', lane: COMMAND_LINE, software },
    // It was asked before now, and not known how long before.
    ...{ atMs: slip.atMs, earliestMs: Math.min(slip.atMs, earliestMs), latestMs, trust },
    officer: slip.account === null ? null : `os-${slip.account}`,
    ...{ subjectKey, reason: slip.reason, verdict },
  }));
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

function readSlip(file: string): LookUpSlip | null {
  if (statSync(file).size > SLIP_BYTES_MAX) return null;
  const text = readFileSync(file, 'utf8');
  try {
    const slip: unknown = JSON.parse(text);
    return Value.Check(Slip, slip) ? slip : null;
  } catch {
    return null;
  }
}

function folderOf(dataDir: string): string {
  return join(dataDir, 'look-ups');
}
