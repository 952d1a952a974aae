import { randomBytes } from 'node:crypto';
import { toHex } from '../../kernel/bytes.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Alarms } from '../alarms.ts';
import { judged } from '../downlink/judge-roles.ts';
import type { Failure, HubCalls } from '../line/hub-calls.ts';
import { decodeHubTime, NONCE_BYTES } from '../protocol/hub-time.ts';
import { believe, readStatement } from '../protocol/statement.ts';
import type { StationIdentity } from '../station-identity.ts';

const ANSWER_BYTES_MAX = 1_024;

/** What the station's time keeper makes of a believed answer. */
export type Vouch = (answer: {
  readonly hubMs: number;
  /** When the question went out, monotonic. */
  readonly sentMonoMs: number;
  readonly roundTripMs: number;
}) => { readonly kind: string; readonly alarm: 'time.jump' | null; readonly jumpMs: number };

export type TimeDeps = {
  readonly calls: HubCalls;
  readonly identity: Pick<StationIdentity, 'keys'>;
  readonly clock: Clock;
  readonly vouch: Vouch;
  readonly alarms: Alarms;
};

/** Asks the hub for the time over a nonce of our own (security T1); null when it answered, whatever came of it. */
export async function askTime(deps: TimeDeps, signal: AbortSignal): Promise<Failure | null> {
  const { calls, identity, clock, vouch, alarms } = deps;
  const nonce = randomBytes(NONCE_BYTES);
  const sentMonoMs = clock.monoMs();
  const reply = await calls.postForBytes(
    '/v1/time',
    { nonce: toHex(nonce) },
    ANSWER_BYTES_MAX,
    signal,
  );
  const roundTripMs = clock.monoMs() - sentMonoMs;
  if (reply.kind !== 'ok') return reply;
  const judgement = judged<number>(() => {
    // Its key must hold at the time that it states: ours may be far off.
    const { hubMs } = decodeHubTime(readStatement(reply.value).body);
    const time = { earliestMs: hubMs, latestMs: hubMs, trust: 'vouched' } as const;
    const body = believe(reply.value, { role: 'receipt', keys: identity.keys(), time });
    const said = decodeHubTime(body);
    if (toHex(said.nonce) !== toHex(nonce)) return { kind: 'refused', code: 'nonce' };
    return { kind: 'taken', value: said.hubMs };
  });
  if (judgement.kind !== 'taken') {
    alarms.raise('time.refused', { code: judgement.kind === 'refused' ? judgement.code : '' });
    return null;
  }
  const { kind, alarm, jumpMs } = vouch({ hubMs: judgement.value, sentMonoMs, roundTripMs });
  if (alarm !== null) alarms.raise(alarm, { jumpMs: Math.round(jumpMs) });
  if (kind === 'vouched') alarms.over('time.refused');
  else if (kind !== 'too-slow') alarms.raise('time.refused', { code: kind });
  return null;
}
