import type { Clock } from '../../ports/clock.ts';
import type { Alarms } from '../alarms.ts';
import type { HubCalls } from '../line/hub-calls.ts';
import type { StationIdentity } from '../station-identity.ts';
import type { UploadJournal } from './upload-journal.ts';

export type UplinkDeps = {
  readonly journal: UploadJournal;
  readonly calls: HubCalls;
  readonly identity: StationIdentity;
  readonly clock: Clock;
  readonly random: () => number;
  readonly alarms: Alarms;
  /** Resolves once the time is known well enough to judge terms of keys, or `signal` aborts. */
  readonly termsKnown: (signal: AbortSignal) => Promise<void>;
  /** Brings the role list up to date. */
  readonly fetchRoles: (signal: AbortSignal) => Promise<unknown>;
  /** Which hub has said over the line how far it is. */
  readonly noteHub: (hub: { readonly hub: string; readonly backupIntervalMs: number }) => void;
};
