import type { KeyObject } from 'node:crypto';
import type { Clock } from '../../ports/clock.ts';
import type { Alarms } from '../alarms.ts';
import type { HubCalls } from '../line/hub-calls.ts';
import type { LineState } from '../line/line-state.ts';
import { isMandateOver } from '../protocol/mandate.ts';
import type { StationIdentity } from '../station-identity.ts';
import type { HeldStatements } from './held-statements.ts';
import type { RegisterPort } from './register-port.ts';

/** What was taken up and may concern others; `registers`: something new is in place. */
export type DownlinkNews = 'roles' | 'policy' | 'mandate' | 'manifest' | 'registers';

/** Whether a station may hold registers: not once its mandate is surely over (security E8). */
export function mayHold({ held, identity }: Pick<DownlinkDeps, 'held' | 'identity'>): boolean {
  return held.mandate === null || !isMandateOver(held.mandate.value, identity.time());
}

export type DownlinkDeps = {
  readonly calls: HubCalls;
  readonly line: LineState;
  readonly held: HeldStatements;
  readonly registers: RegisterPort;
  readonly identity: StationIdentity;
  /** `station.x25519`. */
  readonly sealingKey: KeyObject;
  /** Throws InputError when the JSON is no policy. */
  readonly checkPolicy: (json: string) => unknown;
  readonly clock: Clock;
  readonly random: () => number;
  readonly alarms: Alarms;
  /** Resolves once the time is known well enough to judge terms of keys, or `signal` aborts. */
  readonly termsKnown: (signal: AbortSignal) => Promise<void>;
  /** After every new role list, before anything is judged by it: whoever signs the time now may be known only since. */
  readonly askTime: (signal: AbortSignal) => Promise<void>;
  readonly onNews: (news: DownlinkNews) => void;
};
