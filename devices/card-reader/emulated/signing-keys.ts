import {
  constants,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
} from 'node:crypto';
import { findCurve } from '../../../src/chip/crypto/curves.ts';
import { byteLength, newKeyPair, toBytes } from '../../../src/chip/crypto/group.ts';
import type { Random } from './chip-answer.ts';
import { der } from './der.ts';

/** What a key of an issuer or a chip is, and the hash that goes with it. */
export type KeyKind = 'ecdsa-brainpoolP256r1' | 'ecdsa-secp384r1' | 'rsa-pss-2048';

export type SigningKeys = {
  readonly kind: KeyKind;
  readonly privateKey: KeyObject;
  /** SubjectPublicKeyInfo, its curve named. */
  readonly publicKeyInfo: Uint8Array;
};

const CURVE_OID = {
  'ecdsa-brainpoolP256r1': '1.3.36.3.3.2.8.1.1.7',
  'ecdsa-secp384r1': '1.3.132.0.34',
} as const;
const HASH = {
  'ecdsa-brainpoolP256r1': 'sha256',
  'ecdsa-secp384r1': 'sha384',
  'rsa-pss-2048': 'sha256',
} as const;
const HASH_OID = { sha256: '2.16.840.1.101.3.4.2.1', sha384: '2.16.840.1.101.3.4.2.2' } as const;
const ECDSA_OID = { sha256: '1.2.840.10045.4.3.2', sha384: '1.2.840.10045.4.3.3' } as const;
const PSS_OID = '1.2.840.113549.1.1.10';
const MGF1_OID = '1.2.840.113549.1.1.8';
const PSS_SALT_BYTES = 32;

/** New keys. EC keys follow from `random` alone; RSA keys do not. */
export function makeSigningKeys(kind: KeyKind, random: Random): SigningKeys {
  const privateKey =
    kind === 'rsa-pss-2048'
      ? generateKeyPairSync('rsa', { modulusLength: 2_048 }).privateKey
      : makeEcKey(CURVE_OID[kind], random);
  const publicKeyInfo = createPublicKey(privateKey).export({ type: 'spki', format: 'der' });
  return { kind, privateKey, publicKeyInfo };
}

/** RFC 5915. */
function makeEcKey(curveOid: string, random: Random): KeyObject {
  const curve = findCurve(curveOid);
  if (curve === null) throw new RangeError(`${curveOid}: a curve of the list expected`);
  const { privateKey, publicKey } = newKeyPair(curve, random, null);
  const key = der.sequence(
    der.integer(1),
    der.octets(toBytes(privateKey, byteLength(curve.order))),
    der.context(0, der.oid(curveOid)),
    der.context(1, der.bits(publicKey)),
  );
  return createPrivateKey({ key: Buffer.from(key), format: 'der', type: 'sec1' });
}

export function hashOf({ kind }: SigningKeys): 'sha256' | 'sha384' {
  return HASH[kind];
}

export function hashAlgorithm(hash: 'sha256' | 'sha384'): Uint8Array {
  return der.sequence(der.oid(HASH_OID[hash]));
}

/** AlgorithmIdentifier (RFC 5758, 3.2; RFC 4055, 3.1). */
export function signatureAlgorithm({ kind }: SigningKeys): Uint8Array {
  const hash = HASH[kind];
  if (kind !== 'rsa-pss-2048') return der.sequence(der.oid(ECDSA_OID[hash]));
  const hashInfo = der.sequence(der.oid(HASH_OID[hash]), der.none());
  const parameters = der.sequence(
    der.context(0, hashInfo),
    der.context(1, der.sequence(der.oid(MGF1_OID), hashInfo)),
    der.context(2, der.integer(PSS_SALT_BYTES)),
  );
  return der.sequence(der.oid(PSS_OID), parameters);
}

export function signWith({ kind, privateKey }: SigningKeys, data: Uint8Array): Uint8Array {
  const padding =
    kind === 'rsa-pss-2048'
      ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: PSS_SALT_BYTES }
      : {};
  return sign(HASH[kind], data, { key: privateKey, ...padding });
}
