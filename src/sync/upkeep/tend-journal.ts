import { StorageFault } from '../../kernel/errors.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Alarms } from '../alarms.ts';
import type { StationIdentity } from '../station-identity.ts';
import type { UploadJournal } from '../uplink/upload-journal.ts';
import { chooseRecipient } from './choose-recipient.ts';

const EVERY_MS = 1_000;
const RECIPIENT_EVERY_MS = 60_000;
/** A month of a busy lane is gone within the hour, and no record waits for it. */
const STEPS_AT_ONCE = 4;

export type SealingJournal = UploadJournal & {
  useRecipient(recipient: { readonly id: string; readonly publicKey: Uint8Array }): void;
};

type Deps = {
  readonly journal: SealingJournal;
  readonly identity: Pick<StationIdentity, 'keys' | 'time'>;
  /** Null before the hub said how far it can fall back: then nothing is pruned. */
  readonly backupIntervalMs: () => number | null;
  readonly clock: Clock;
  readonly alarms: Alarms;
};

/** Needs no line: seals to the newest recipient, and removes what the hub safely has (security J4, J5). */
export async function tendJournal(deps: Deps, signal: AbortSignal): Promise<void> {
  const { clock } = deps;
  let recipientAtMs = Number.NEGATIVE_INFINITY;
  while (!signal.aborted) {
    if (clock.monoMs() - recipientAtMs >= RECIPIENT_EVERY_MS) {
      recipientAtMs = clock.monoMs();
      sealToNewest(deps);
    }
    prune(deps);
    await clock.sleep(EVERY_MS, signal);
  }
}

/** What is under way to an older recipient stays so; the next record starts a segment to the newer one. */
export function sealToNewest({
  journal,
  identity,
  alarms,
}: Pick<Deps, 'journal' | 'identity' | 'alarms'>): void {
  // Whose term holds is not known before the time is: the recipient of the start stays.
  if (identity.time().trust === 'unset') return;
  const recipient = chooseRecipient(identity.keys(), identity.time());
  if (recipient === null) {
    alarms.raise('recipient.none', {});
    return;
  }
  alarms.over('recipient.none');
  journal.useRecipient({ id: recipient.id, publicKey: recipient.key });
}

function prune({ journal, identity, backupIntervalMs: interval }: Deps): void {
  const backupIntervalMs = interval();
  const { earliestMs, trust } = identity.time();
  // Time that nobody answers for says nothing about how long ago the hub opened something.
  if (backupIntervalMs === null || trust === 'unset') return;
  try {
    for (let step = 0; step < STEPS_AT_ONCE; step++) {
      if (!journal.uploads.prune({ backupIntervalMs, nowMs: earliestMs }).more) return;
    }
  } catch (error) {
    if (!(error instanceof StorageFault)) throw error;
  }
}
