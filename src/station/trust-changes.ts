import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';
import { storeVersion, type TrustStore } from '../chip/trust/trust-store.ts';
import type { Journal } from '../journal/journal.ts';
import { SCHEMA_VERSION, type TrustRecord } from '../journal/record.ts';
import { ConfigError } from '../kernel/errors.ts';
import type { TimeInterval } from '../kernel/time-interval.ts';
import { lockFile } from './data-lock.ts';
import { ACCOUNT_PATTERN, COMMAND_LINE, leaveSlipIn, SlipRecorder } from './slips.ts';
import { makeTrustFolder, readTrust, writeTrust } from './trust-files.ts';

/** Changes of what this station trusts (security C6): a slip is left before the store is changed. */

/** In one command; as many records as the journal writes at once. */
export const TRUST_CHANGES_MAX = 64;
/** What takes longest, a directory of all countries, is read in some seconds. */
const LOCK_WAIT_MS = 20_000;
/** Hexadecimal digits of the store's version that a record has room for. */
const VERSION_DIGITS = 10;

const closed = { additionalProperties: false } as const;
const Slip = Type.Object(
  {
    /** By the machine's clock, ms since 1970 UTC. */
    atMs: Type.Integer({ minimum: 0, maximum: 253_402_300_799_999 }),
    account: Type.Union([Type.String({ pattern: ACCOUNT_PATTERN }), Type.Null()]),
    /** The store's version after all of them. */
    version: Type.String({ pattern: '^[0-9a-f]{64}$' }),
    changes: Type.Array(
      Type.Object(
        {
          event: Type.Enum(['added', 'removed']),
          purpose: Type.Enum(['passport', 'cccd']),
          /** SHA-256 of the certificate, or of the file or list that brought several. */
          fingerprint: Type.String({ pattern: '^[0-9a-f]{64}$' }),
        },
        closed,
      ),
      { minItems: 1, maxItems: TRUST_CHANGES_MAX },
    ),
  },
  closed,
);

type TrustSlip = Readonly<Static<typeof Slip>>;

/**
 * Does what reads the store and then changes it while no other command does: one waits for the other. Throws ConfigError when
 * the other takes too long, and what `work` throws.
 */
export function whileTrustIsOurs<T>(dataDir: string, work: () => T): T {
  const folder = makeTrustFolder(dataDir);
  const lock = lockFile(join(folder, 'changing.lock'), LOCK_WAIT_MS);
  if ('code' in lock) {
    throw new ConfigError(
      lock.code.startsWith('SQLITE_BUSY')
        ? 'nothing was changed: another command is changing what is trusted, run this one again when it is done'
        : `nothing was changed: ${folder} cannot be locked (${lock.code}), see that its disk can be written`,
      { cause: lock.cause },
    );
  }
  try {
    return work();
  } finally {
    lock.release();
  }
}

/**
 * Leaves word for the journal, then replaces the store, if it still is what the change was made from. After a power cut between
 * the two a change is told that did not happen, rather than one kept that nobody was told of. Throws ConfigError; then the
 * store is as it was.
 */
export function changeTrust(
  dataDir: string,
  before: TrustStore,
  store: TrustStore,
  word: Omit<TrustSlip, 'version'>,
): void {
  if (storeVersion(readTrust(dataDir)) !== storeVersion(before)) {
    throw new ConfigError(
      'nothing was changed: another command changed it meanwhile, run it again',
    );
  }
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    leaveSlipIn(folderOf(dataDir), { ...word, version: storeVersion(store) });
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown';
    throw new ConfigError(
      `nothing was changed, as it cannot be recorded in ${dataDir} (${code}): see that its disk can be written`,
      { cause: error },
    );
  }
  writeTrust(dataDir, store);
}

export type TrustChange = TrustSlip['changes'][number];

type Deps = {
  readonly dataDir: string;
  readonly journal: Pick<Journal, 'appendAll' | 'state'>;
  readonly interval: () => TimeInterval;
  readonly software: string;
  readonly recorded: (count: number) => void;
  readonly notRecorded: (code: string) => void;
};

/** The daemon's side: makes records of the changes that wait. */
export function trustRecorder(deps: Deps): SlipRecorder<TrustSlip> {
  const { dataDir, journal, recorded, notRecorded } = deps;
  return new SlipRecorder({
    ...{ folder: folderOf(dataDir), journal, notRecorded },
    read: (value) => (Value.Check(Slip, value) ? value : null),
    recordsOf: (slip) => recordsOf(slip, deps),
    recorded: ({ changes }) => recorded(changes.length),
  });
}

function recordsOf(slip: TrustSlip, { interval, software }: Deps): TrustRecord[] {
  const { earliestMs, latestMs, trust } = interval();
  return slip.changes.map(({ event, purpose, fingerprint }) => ({
    ...{ v: SCHEMA_VERSION, type: 'trust', lane: COMMAND_LINE, software },
    // It was done before now, and not known how long before.
    ...{ atMs: slip.atMs, earliestMs: Math.min(slip.atMs, earliestMs), latestMs, trust },
    officer: slip.account === null ? null : `os-${slip.account}`,
    ...{ event, purpose, fingerprint },
    storeVersion: Number.parseInt(slip.version.slice(0, VERSION_DIGITS), 16),
  }));
}

function folderOf(dataDir: string): string {
  return join(dataDir, 'trust-changes');
}
