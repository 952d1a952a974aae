import type { KeyObject } from 'node:crypto';
import type { Uploads } from '../../journal/uploads.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Manifest } from '../../registers/published/manifest.ts';
import type { Alarms } from '../alarms.ts';
import type { DownlinkNews } from '../downlink/downlink-deps.ts';
import type { HeldStatements } from '../downlink/held-statements.ts';
import type { InstallEnd } from '../downlink/installer.ts';
import type { FetchFile, RegisterPort } from '../downlink/register-port.ts';
import type { Kept } from '../kept.ts';
import type { StationIdentity } from '../station-identity.ts';
import type { UploadJournal } from '../uplink/upload-journal.ts';

/** The uplink's journal, and which of its segments still wait for a receipt. */
export type StickJournal = UploadJournal & { readonly uploads: Pick<Uploads, 'unsentAt'> };

/** What the station's time keeper makes of a time that a hub signed, not over a nonce of ours. */
export type RaiseFloor = (hubMs: number) => {
  readonly kind: 'raised' | 'contradicts';
  readonly alarm: 'time.jump' | null;
  readonly jumpMs: number;
};

export type ImportDeps = {
  readonly held: HeldStatements;
  readonly kept: Kept;
  readonly journal: StickJournal;
  readonly registers: Pick<RegisterPort, 'hasKey' | 'addKey'>;
  readonly identity: StationIdentity;
  /** `station.x25519`. */
  readonly sealingKey: KeyObject;
  /** Throws InputError when the JSON is no policy. */
  readonly checkPolicy: (json: string) => unknown;
  /** It is later than this, a hub has signed. */
  readonly raiseFloor: RaiseFloor;
  /** In the way of every other installation. */
  readonly install: (
    manifest: Manifest,
    files: FetchFile,
    signal: AbortSignal,
  ) => Promise<InstallEnd>;
  readonly clock: Clock;
  readonly alarms: Alarms;
  readonly onNews: (news: DownlinkNews) => void;
};

/** What became of one thing that lay on the stick. */
export type ImportStep = {
  readonly what:
    | 'roles'
    | 'time'
    | 'policy'
    | 'mandate'
    | 'region-key'
    | 'manifest'
    | 'registers'
    | 'heads'
    | 'receipts';
  readonly outcome: 'taken' | 'unchanged' | 'refused';
  /** Why it was refused. */
  readonly code: string | null;
  /** Receipts that were taken; 0 for anything else. */
  readonly count: number;
};

export function step(
  what: ImportStep['what'],
  outcome: ImportStep['outcome'],
  code: string | null = null,
  count = 0,
): ImportStep {
  return { what, outcome, code, count };
}
