import type { AlarmCode } from '../alarms.ts';
import type { Failure } from '../line/hub-calls.ts';
import { tellFailure } from '../line/tell-failure.ts';
import { STATEMENT_BYTES_MAX } from '../protocol/statement.ts';
import type { DownlinkDeps } from './downlink-deps.ts';
import { type Judged, judgeRoles } from './judge-roles.ts';
import { judgeMandate, judgePolicy, openRegionKey } from './judge-statement.ts';

/** A root may have been rotated in while this station was away: one list after another. */
const ROLE_LISTS_MAX = 16;

/** `taken`: something is new. `failed`: the line or the hub; the rest of the round has to wait. */
export type Fetched =
  | { readonly kind: 'taken' | 'unchanged' | 'refused' }
  | { readonly kind: 'failed'; readonly failure: Failure };

type Judge<T> = {
  readonly path: string;
  readonly alarm: AlarmCode;
  readonly judge: (bytes: Uint8Array) => Judged<T>;
  readonly take: (value: T, bytes: Uint8Array) => void;
};

/** Every list from the one held to the newest. */
export async function fetchRoles(deps: DownlinkDeps, signal: AbortSignal): Promise<Fetched> {
  const { held, identity } = deps;
  let fetched: Fetched = { kind: 'unchanged' };
  for (let count = 0; count < ROLE_LISTS_MAX; count++) {
    const { version } = held.roles.value;
    const step = await fetchOne(
      {
        path: `/v1/roles?held=${version}`,
        alarm: 'roles.refused',
        judge: (bytes) =>
          judgeRoles(bytes, { list: held.roles.value, bytes: held.roles.bytes }, identity.time()),
        take: (list, bytes) => held.takeRoles(list, bytes),
      },
      deps,
      signal,
    );
    if (step.kind !== 'taken') return step.kind === 'unchanged' ? fetched : step;
    fetched = step;
  }
  return fetched;
}

export function fetchPolicy(deps: DownlinkDeps, signal: AbortSignal): Promise<Fetched> {
  const { held, identity, checkPolicy } = deps;
  return fetchOne(
    {
      ...{ path: '/v1/policy', alarm: 'policy.refused' },
      judge: (bytes) => judgePolicy(bytes, held.policy, identity, checkPolicy),
      take: (policy, bytes) => held.takePolicy(policy, bytes),
    },
    deps,
    signal,
  );
}

export function fetchMandate(deps: DownlinkDeps, signal: AbortSignal): Promise<Fetched> {
  const { held, identity } = deps;
  return fetchOne(
    {
      ...{ path: '/v1/mandate', alarm: 'mandate.refused' },
      judge: (bytes) => judgeMandate(bytes, held.mandate, identity),
      take: (mandate, bytes) => held.takeMandate(mandate, bytes),
    },
    deps,
    signal,
  );
}

/** The register key of a generation, unless the station has it. */
export async function fetchRegionKey(
  generation: number,
  deps: DownlinkDeps,
  signal: AbortSignal,
): Promise<Fetched> {
  const { registers, identity, sealingKey } = deps;
  if (registers.hasKey(generation)) return { kind: 'unchanged' };
  return fetchOne(
    {
      path: `/v1/registers/key?generation=${generation}`,
      alarm: 'region-key.refused',
      judge: (bytes) => openRegionKey(bytes, generation, identity, sealingKey),
      take: (key) => registers.addKey(generation, key),
    },
    deps,
    signal,
  );
}

async function fetchOne<T>(
  { path, alarm, judge, take }: Judge<T>,
  { calls, alarms }: DownlinkDeps,
  signal: AbortSignal,
): Promise<Fetched> {
  const reply = await calls.getBytes({ path, answerBytesMax: STATEMENT_BYTES_MAX }, signal);
  if (reply.kind !== 'ok') {
    if (reply.kind === 'refused' && reply.status === 404) return { kind: 'unchanged' };
    tellFailure(reply, alarms);
    return { kind: 'failed', failure: reply };
  }
  const judgement = judge(reply.value);
  switch (judgement.kind) {
    case 'taken':
      take(judgement.value, reply.value);
      alarms.over(alarm);
      return { kind: 'taken' };
    case 'unchanged':
      alarms.over(alarm);
      return { kind: 'unchanged' };
    case 'refused':
      alarms.raise(alarm, { code: judgement.code });
      return { kind: 'refused' };
    default:
      return judgement satisfies never;
  }
}
