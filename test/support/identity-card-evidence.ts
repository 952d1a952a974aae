import { parseSod, type Sod } from '../../src/chip/lds/sod.ts';
import { ProtocolError } from '../../src/chip/protocol-error.ts';
import { writeTlv } from '../../src/chip/tlv.ts';
import { parseCertificate } from '../../src/chip/trust/certificate.ts';
import {
  type Authenticity,
  authenticate,
  type CardEvidence,
} from '../../src/chip/trust/passive-authentication.ts';
import {
  type AddOutcome,
  addAnchor,
  EMPTY_TRUST_STORE,
  type Purpose,
  type TrustStore,
} from '../../src/chip/trust/trust-store.ts';
import * as issuer from './chip-issuer.ts';

/** A synthetic identity card of Vietnam: everything right, until a test says otherwise. */
export const NOW_MS = Date.UTC(2026, 5, 15);
const ISSUED_MS = Date.UTC(2024, 5, 15);
export const CSCA = issuer.makeAuthority('VN', 'Identity Card CSCA');
export const SIGNER = issuer.ecKeys();
export const SIGNER_CERTIFICATE = issuer.issue(CSCA, SIGNER);
export const GROUPS: ReadonlyMap<number, Uint8Array> = new Map(
  [1, 2, 13, 14, 15].map((number) => [number, Buffer.from(`data group ${number}`)]),
);

export function pin(
  der: Uint8Array,
  purpose: Purpose = 'cccd',
  store = EMPTY_TRUST_STORE,
): TrustStore {
  const certificate = parseCertificate(der);
  return added(
    addAnchor(store, { certificate, purpose, source: 'test', addedDay: '2026-01-01' }, new Set()),
  );
}

export function added(outcome: AddOutcome): TrustStore {
  if (outcome.kind === 'refused') throw new Error(outcome.code);
  return outcome.store;
}

type SodChanges = Partial<issuer.SignedDataPlan> & {
  readonly groups?: ReadonlyMap<number, Uint8Array>;
  readonly groupHash?: issuer.Hash;
};

export function sodFile({
  groups = GROUPS,
  groupHash = 'sha256',
  ...plan
}: SodChanges = {}): Uint8Array {
  return writeTlv(
    0x77,
    issuer.makeSignedData({
      contentType: '2.23.136.1.1.1',
      content: issuer.makeSecurityObject(groups, groupHash),
      certificates: [SIGNER_CERTIFICATE],
      signature: issuer.ecdsa(SIGNER),
      issuer: CSCA.name,
      ...plan,
    }),
  );
}

function readSod(bytes: Uint8Array): Sod | { readonly problem: string } {
  try {
    return parseSod(bytes);
  } catch (error) {
    if (error instanceof ProtocolError) return { problem: error.code };
    throw error;
  }
}

export function judge(
  changes: Partial<Omit<CardEvidence, 'sod'>> & {
    readonly sod?: Uint8Array;
    readonly store?: TrustStore;
    readonly nowMs?: number;
  } = {},
): Authenticity {
  const { sod = sodFile(), store = pin(CSCA.certificate), nowMs = NOW_MS, ...evidence } = changes;
  return authenticate(
    store,
    {
      groups: GROUPS,
      document: { code: 'ID', issuingState: 'VNM' },
      issuedMs: ISSUED_MS,
      chipAuthentication: 'passed',
      activeAuthentication: 'passed',
      ...evidence,
      sod: readSod(sod),
    },
    nowMs,
  );
}

export const failed = ({ checks }: Authenticity) =>
  checks.filter(({ outcome }) => outcome === 'failed').map(({ code }) => code);

/** With another document signer certificate. */
export const signedBy = (certificate: Uint8Array, keys = SIGNER, signature = issuer.ecdsa(keys)) =>
  sodFile({ certificates: [certificate], signature });
