import type { KeyObject } from 'node:crypto';
import { setUpOpening } from '../../journal/hpke.ts';
import { surelyWithin } from '../../kernel/time-interval.ts';
import { decodeMandate, type Mandate } from '../protocol/mandate.ts';
import { decodePolicy, type SignedPolicy } from '../protocol/policy.ts';
import { decodeRegionKey, regionKeyInfo } from '../protocol/region-key.ts';
import { believe } from '../protocol/statement.ts';
import type { StationIdentity } from '../station-identity.ts';
import { isSameBody, type Judged, judged } from './judge-roles.ts';

export type HeldStatement<T> = { readonly value: T; readonly bytes: Uint8Array };
type Who = Pick<StationIdentity, 'region' | 'station' | 'keys' | 'time'>;

const NO_AAD = new Uint8Array(0);

/** `check`: whether its JSON is a policy; throws InputError. */
export function judgePolicy(
  bytes: Uint8Array,
  held: HeldStatement<SignedPolicy> | null,
  who: Who,
  check: (json: string) => unknown,
): Judged<SignedPolicy> {
  return judgeVersioned(bytes, held, who, (body) => {
    const policy = decodePolicy(body);
    check(policy.json);
    if (!surelyWithin(who.time(), policy.notAfterMs)) return 'expired';
    return policy;
  });
}

export function judgeMandate(
  bytes: Uint8Array,
  held: HeldStatement<Mandate> | null,
  who: Who,
): Judged<Mandate> {
  return judgeVersioned(bytes, held, who, decodeMandate);
}

/** The register key of one generation, sealed to this station (security R6). */
export function openRegionKey(
  bytes: Uint8Array,
  generation: number,
  who: Who,
  sealingKey: KeyObject,
): Judged<Uint8Array> {
  return judged(() => {
    const body = believe(bytes, { role: 'manifest', keys: who.keys(), time: who.time() });
    const wrapped = decodeRegionKey(body);
    if (wrapped.region !== who.region) return { kind: 'refused', code: 'region' };
    if (wrapped.station !== who.station) return { kind: 'refused', code: 'station' };
    if (wrapped.generation !== generation) return { kind: 'refused', code: 'generation' };
    const opening = setUpOpening(sealingKey, wrapped.enc, regionKeyInfo(wrapped));
    const key = opening.open(0, wrapped.sealed, NO_AAD);
    return key === null ? { kind: 'refused', code: 'sealed' } : { kind: 'taken', value: key };
  });
}

/** Higher versions only; the same version with other bytes is an alarm of its own. */
function judgeVersioned<T extends { readonly region: string; readonly version: number }>(
  bytes: Uint8Array,
  held: HeldStatement<T> | null,
  who: Who,
  read: (body: Uint8Array) => T | 'expired',
): Judged<T> {
  return judged(() => {
    if (held !== null && isSameBody(bytes, held.bytes)) return { kind: 'unchanged' };
    const body = believe(bytes, { role: 'policy', keys: who.keys(), time: who.time() });
    const value = read(body);
    if (value === 'expired') return { kind: 'refused', code: 'expired' };
    if (value.region !== who.region) return { kind: 'refused', code: 'region' };
    if (held !== null && value.version === held.value.version) {
      return { kind: 'refused', code: 'same-version' };
    }
    if (held !== null && value.version < held.value.version) {
      return { kind: 'refused', code: 'older' };
    }
    return { kind: 'taken', value };
  });
}
