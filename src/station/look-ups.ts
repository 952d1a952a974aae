import { join } from 'node:path';
import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';
import type { Journal } from '../journal/journal.ts';
import { type LookUpRecord, SCHEMA_VERSION } from '../journal/record.ts';
import type { TimeInterval } from '../kernel/time-interval.ts';
import { ACCOUNT_PATTERN, COMMAND_LINE, leaveSlipIn, SlipRecorder } from './slips.ts';

/** Look-ups on the command line (security A6): a slip is left before they are answered. It holds no number. */

/** Why somebody may be looked up without a passage: a closed list, as the journal takes no free text. */
export const LOOK_UP_REASONS = ['health-unit', 'subject-asked', 'order', 'register-test'] as const;
/** What the record of a look-up says that nobody gave a reason for: somebody will ask. */
export const UNSTATED = 'unstated';
/** Numbers in one command; as many records as the journal writes at once. */
export const LOOK_UPS_MAX = 64;

const closed = { additionalProperties: false } as const;
const Slip = Type.Object(
  {
    /** By the machine's clock, ms since 1970 UTC. */
    atMs: Type.Integer({ minimum: 0, maximum: 253_402_300_799_999 }),
    /** The operating system's account that asked; null when its name is no id. */
    account: Type.Union([Type.String({ pattern: ACCOUNT_PATTERN }), Type.Null()]),
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
  leaveSlipIn(folderOf(dataDir), slip);
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
export function lookUpRecorder(deps: Deps): SlipRecorder<LookUpSlip> {
  const { dataDir, journal, recorded, notRecorded } = deps;
  return new SlipRecorder({
    ...{ folder: folderOf(dataDir), journal, notRecorded },
    read: (value) => (Value.Check(Slip, value) ? value : null),
    recordsOf: (slip) => recordsOf(slip, deps),
    recorded: ({ reason, lookUps }) => recorded(reason, lookUps.length),
  });
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

function folderOf(dataDir: string): string {
  return join(dataDir, 'look-ups');
}
