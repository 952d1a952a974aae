import { randomBytes } from 'node:crypto';
import { toHex } from '../../kernel/bytes.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Alarms } from '../alarms.ts';
import { type Judged, judged } from '../downlink/judge-roles.ts';
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
  /** Brings the role list up to date. */
  readonly fetchRoles: (signal: AbortSignal) => Promise<unknown>;
};

/** too-slow: it would say too little, and is to be asked again. not-believed: an alarm says why. */
export type TimeAnswer =
  | { readonly kind: 'vouched' | 'too-slow' | 'not-believed' }
  | { readonly kind: 'failed'; readonly failure: Failure };

/** Asks the hub for the time over a nonce of our own (security T1). */
export async function askTime(deps: TimeDeps, signal: AbortSignal): Promise<TimeAnswer> {
  let asked = await askOnce(deps, signal);
  if (asked.kind === 'refused' && asked.code === 'unknown-key') {
    // The key may be younger than the list held, at a station that was away.
    await deps.fetchRoles(signal);
    asked = await askOnce(deps, signal);
  }
  if (asked.kind === 'refused') deps.alarms.raise('time.refused', { code: asked.code });
  else if (asked.kind === 'vouched') deps.alarms.over('time.refused');
  return asked.kind === 'refused' ? { kind: 'not-believed' } : asked;
}

type Asked =
  | Exclude<TimeAnswer, { kind: 'not-believed' }>
  | { readonly kind: 'refused'; readonly code: string };

async function askOnce(deps: TimeDeps, signal: AbortSignal): Promise<Asked> {
  const { calls, clock, vouch, alarms } = deps;
  const nonce = randomBytes(NONCE_BYTES);
  const sentMonoMs = clock.monoMs();
  const body = { nonce: toHex(nonce) };
  const reply = await calls.postForBytes('/v1/time', body, ANSWER_BYTES_MAX, signal);
  const roundTripMs = clock.monoMs() - sentMonoMs;
  if (reply.kind !== 'ok') return { kind: 'failed', failure: reply };
  const judgement = judgeAnswer(reply.value, nonce, deps);
  if (judgement.kind !== 'taken') {
    return { kind: 'refused', code: judgement.kind === 'refused' ? judgement.code : '' };
  }
  const { kind, alarm, jumpMs } = vouch({ hubMs: judgement.value, sentMonoMs, roundTripMs });
  if (alarm !== null) alarms.raise(alarm, { jumpMs: Math.round(jumpMs) });
  return kind === 'vouched' || kind === 'too-slow' ? { kind } : { kind: 'refused', code: kind };
}

/** The hub's time, when it is signed over `nonce` by a receipt key in its term. */
function judgeAnswer(
  bytes: Uint8Array,
  nonce: Uint8Array,
  { identity }: Pick<TimeDeps, 'identity'>,
): Judged<number> {
  return judged<number>(() => {
    // Its key must hold at the time that it states: ours may be far off.
    const { hubMs } = decodeHubTime(readStatement(bytes).body);
    const time = { earliestMs: hubMs, latestMs: hubMs, trust: 'vouched' } as const;
    const said = decodeHubTime(believe(bytes, { role: 'receipt', keys: identity.keys(), time }));
    if (toHex(said.nonce) !== toHex(nonce)) return { kind: 'refused', code: 'nonce' };
    return { kind: 'taken', value: said.hubMs };
  });
}
