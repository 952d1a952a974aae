import { DAY_MS } from '../kernel/calendar.ts';
import { InputError } from '../kernel/errors.ts';
import type { Clock } from '../ports/clock.ts';
import { parseSignedPolicy } from '../station/signed-policy.ts';
import { decodeMandate, encodeMandate } from '../sync/protocol/mandate.ts';
import { decodePolicy, encodePolicy } from '../sync/protocol/policy.ts';
import { readStatement } from '../sync/protocol/statement.ts';
import type { Signer } from './authority/signer.ts';
import type { HubStore } from './store/hub-store.ts';
import { nextVersion } from './store/next-version.ts';

type Deps = { readonly store: HubStore; readonly signer: Signer; readonly clock: Clock };

export type MandateOrder = {
  readonly fromDay: number;
  readonly untilDay: number;
  readonly purpose: string;
  readonly legalText: string;
};

/** Signs a policy for a region, in force for `days`; the version it got. Throws InputError for what no station would take. */
export async function setPolicy(
  { store, signer, clock }: Deps,
  region: string,
  policy: Readonly<Record<string, unknown>>,
  days: number,
): Promise<number> {
  await refuseUnknown(store, region);
  const json = JSON.stringify(policy);
  // Signed and refused by every station would be the same as no policy.
  parseSignedPolicy(json);
  const version = await nextVersion(store, region, 'policy');
  const issuedMs = Math.floor(clock.wallMs());
  const notAfterMs = issuedMs + days * DAY_MS;
  const body = encodePolicy({
    ...{ region, version, issuedMs, notAfterMs, json },
  });
  decodePolicy(body);
  const bytes = await signer.sign(region, 'policy', body);
  await store.putStatement(region, 'policy', { version, bytes });
  return version;
}

/** Signs the mandate under which people are stopped (security E8); the version it got. */
export async function setMandate(
  { store, signer, clock }: Deps,
  region: string,
  order: MandateOrder,
): Promise<number> {
  await refuseUnknown(store, region);
  const version = await nextVersion(store, region, 'mandate');
  const issuedMs = Math.floor(clock.wallMs());
  const body = encodeMandate({ region, version, issuedMs, ...order });
  decodeMandate(body);
  const bytes = await signer.sign(region, 'policy', body);
  await store.putStatement(region, 'mandate', { version, bytes });
  return version;
}

/**
 * Policy and mandate once more, in the next version, when another key signs now: a station that was away, or is new, cannot believe
 * one that was dropped from the list. True when there was something to sign.
 */
export async function signAnew({ store, signer, clock }: Deps, region: string): Promise<boolean> {
  let isAnew = false;
  for (const kind of ['policy', 'mandate'] as const) {
    const newest = await store.newest(region, kind);
    if (newest === null) continue;
    const { keyId, body } = readStatement(newest.bytes);
    if (keyId === (await signer.keyId(region, 'policy'))) continue;
    const next = kind === 'policy' ? nextPolicy(body, clock.wallMs()) : nextMandate(body);
    if (next === null) continue;
    const bytes = await signer.sign(region, 'policy', next);
    await store.putStatement(region, kind, { version: newest.version + 1, bytes });
    isAnew = true;
  }
  return isAnew;
}

/** Null for one that is over: no station would take it. */
function nextPolicy(body: Uint8Array, nowMs: number): Uint8Array | null {
  const policy = decodePolicy(body);
  if (policy.notAfterMs <= nowMs) return null;
  return encodePolicy({ ...policy, version: policy.version + 1 });
}

function nextMandate(body: Uint8Array): Uint8Array {
  const mandate = decodeMandate(body);
  return encodeMandate({ ...mandate, version: mandate.version + 1 });
}

async function refuseUnknown(store: HubStore, region: string): Promise<void> {
  const regions = (await store.regions()).map((each) => each.region);
  if (regions.includes(region)) return;
  throw new InputError(`region ${region} is not one of this hub's: ${regions.join(', ')}`);
}
