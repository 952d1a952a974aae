import { createHash, type KeyObject, sign, X509Certificate } from 'node:crypto';
import { fromHex, toHex } from '../../kernel/bytes.ts';
import { InputError } from '../../kernel/errors.ts';
import type { Upstream } from '../../ports/upstream.ts';
import type { Kept } from '../kept.ts';
import { type Failure, HubCalls } from '../line/hub-calls.ts';
import type { LineState } from '../line/line-state.ts';
import type { EnrolmentCode } from '../protocol/enrolment-code.ts';
import { makeCertificateRequest } from '../protocol/make-certificate-request.ts';
import { enrolmentProofBytes } from '../protocol/proofs.ts';
import { rawPublicKey } from '../protocol/raw-keys.ts';
import { openRoles, type RoleList } from '../protocol/roles.ts';
import { EnrolmentAnswer, type EnrolmentRequest } from '../protocol/wire.ts';
import { certificateFault } from '../upkeep/judge-certificate.ts';
import type { TlsKeys } from '../upkeep/tls-keys.ts';
import { type Enrolment, enrolmentOf } from './enrolment.ts';

/** The hub did not take the station, or cannot be reached. `message` is for whoever enrols. */
export class EnrolmentRefused extends Error {
  override readonly name = 'EnrolmentRefused';
}

export type EnrolDeps = {
  readonly hub: URL;
  readonly code: EnrolmentCode;
  /** Trusts nothing but the authority that the code pins: before it is proven nothing is sent. */
  readonly upstream: Upstream;
  readonly line: LineState;
  /** `station.ed25519` and `station.x25519`. */
  readonly signingKey: KeyObject;
  readonly sealingKey: KeyObject;
  readonly tlsKeys: TlsKeys;
  readonly kept: Kept;
};

/**
 * Makes this machine the station that the code names (security E4). Nothing of it counts until all of it is kept: killed
 * before, the station is what it was, and another code has to be asked for. Throws EnrolmentRefused, or InputError when the
 * hub's answer does not hold together.
 */
export async function enrol(deps: EnrolDeps, signal: AbortSignal): Promise<Enrolment> {
  const { hub, code, kept, tlsKeys } = deps;
  const key = tlsKeys.nextOrNew();
  const answer = await ask(deps, key, signal);
  const { certificate, region, token } = answer;
  const roles = Buffer.from(answer.roles, 'base64url');
  refuseUnfit(answer, openRoles(roles, [fromHex(answer.root) ?? new Uint8Array()]), code, key);
  const enrolment = { hub: hub.origin, region, station: code.station };
  const isSameRegion = enrolmentOf(kept)?.region === region;
  kept.put({
    ...{ enrolment: Buffer.from(JSON.stringify(enrolment)), roles },
    ...{ certificate: Buffer.from(certificate), token: Buffer.from(token) },
    'next-certificate': null,
    // Versions seen in this region bind on; what another one said is nothing here.
    ...(isSameRegion ? {} : OF_A_REGION),
  });
  tlsKeys.promote();
  return enrolment;
}

const OF_A_REGION = {
  ...{ policy: null, mandate: null, manifest: null, generations: null },
  'held-manifest': null,
} as const;

async function ask(
  { code, upstream, line, signingKey, sealingKey }: EnrolDeps,
  key: KeyObject,
  signal: AbortSignal,
): Promise<EnrolmentAnswer> {
  const { station, secret } = code;
  const { pem: csr, der } = makeCertificateRequest(station, key);
  const requestHash = createHash('sha256').update(der).digest();
  const keys = { signingKey: rawPublicKey(signingKey), sealingKey: rawPublicKey(sealingKey) };
  const proof = sign(
    null,
    enrolmentProofBytes({ station, secret, requestHash, ...keys }),
    signingKey,
  );
  const body: EnrolmentRequest = {
    ...{ station, secret, csr, proof: toHex(proof) },
    ...{ signingKey: toHex(keys.signingKey), sealingKey: toHex(keys.sealingKey) },
  };
  const calls = new HubCalls({
    ...{ upstream, line, head: () => null },
    tokens: { token: () => null, keep: () => {} },
  });
  const reply = await calls.postJson('/v1/enrolments', body, EnrolmentAnswer, signal);
  if (reply.kind !== 'ok') throw new EnrolmentRefused(wordsFor(reply));
  return reply.value;
}

function refuseUnfit(
  { certificate, authority, region }: EnrolmentAnswer,
  roles: RoleList,
  { station, authorityHash }: EnrolmentCode,
  key: KeyObject,
): void {
  const { authorities } = roles;
  const isPinned = (der: Uint8Array) =>
    createHash('sha256').update(der).digest().equals(authorityHash);
  if (!isPinned(new X509Certificate(authority).raw) || !authorities.some(isPinned)) {
    throw unfit('the authority that the code pins, in the answer and in the role list');
  }
  if (roles.region !== region) throw unfit(`a role list of ${region}, came ${roles.region}`);
  const fault = certificateFault(certificate, { station, region, key, authorities });
  if (fault !== null) throw unfit(`a certificate for this station (${fault})`);
}

function wordsFor(failure: Failure): string {
  if (failure.kind === 'unreachable') return `the hub could not be asked: ${failure.message}`;
  return `the hub refused (${failure.code}): ${failure.message}`;
}

function unfit(expected: string): InputError {
  return new InputError(`enrolment: expected of the hub ${expected}: nothing was kept`);
}
