import type { Journal } from '../../journal/journal.ts';
import { type OfficerRecord, SCHEMA_VERSION } from '../../journal/record.ts';
import { ConfigError } from '../../kernel/errors.ts';
import { COMMAND_LINE } from '../slips.ts';
import type { TimeKeeper } from '../time-keeper.ts';

export type TimeWitness = {
  readonly time: Pick<TimeKeeper, 'confirm' | 'confirmableMs' | 'interval'>;
  readonly journal: Pick<Journal, 'append'>;
  readonly software: string;
};

/**
 * Somebody at the command line has compared the machine's date and time with another clock (security T1): within the floor, and
 * journalled. `account`: of the operating system, null when its name is no id. Throws ConfigError when the machine's time cannot be
 * right, whoever says so, StorageFault when it cannot be recorded.
 */
export function confirmTime(
  { time, journal, software }: TimeWitness,
  account: string | null,
): void {
  const atMs = time.confirmableMs();
  if (atMs === null) {
    throw new ConfigError(
      "this machine's date is before what it has lived through: set it (timedatectl set-time), then confirm",
    );
  }
  const { earliestMs, latestMs, trust } = time.interval();
  const record: OfficerRecord = {
    ...{ v: SCHEMA_VERSION, type: 'officer', event: 'time-confirmed' },
    ...{ atMs: Math.round(atMs), earliestMs, latestMs, trust, lane: COMMAND_LINE, software },
    officer: account === null ? null : `os-${account}`,
  };
  // Nobody's word counts that is not on record.
  journal.append(() => record);
  time.confirm();
}
