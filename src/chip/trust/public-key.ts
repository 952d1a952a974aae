import { createPublicKey, type KeyObject } from 'node:crypto';
import { findCurve } from '../crypto/curves.ts';
import { encodeOid, members, readBitBytes, readOid, readOnly, readUnsigned, TAG } from '../der.ts';
import { ProtocolError } from '../protocol-error.ts';
import { type Tlv, writeTlv } from '../tlv.ts';
import { readExplicitCurve } from './explicit-curve.ts';

/**
 * The key of a certificate. node:crypto takes whatever generator explicit parameters name, and calls an unknown curve
 * 'UNDEF': so explicit parameters are only compared, and the key is always made anew on the named curve.
 */
export type PublicKey =
  | {
      readonly kind: 'rsa';
      readonly bits: number;
      readonly key: KeyObject;
      readonly der: Uint8Array;
    }
  | {
      readonly kind: 'ec';
      readonly bits: number;
      /** `brainpoolP256r1`, `secp256r1`. */
      readonly curve: string;
      readonly explicitParameters: boolean;
      readonly key: KeyObject;
    }
  | { readonly kind: 'unusable'; readonly code: UnusableKeyCode };

export type UnusableKeyCode = 'key.algorithm' | 'key.curve' | 'key.parameters' | 'key.malformed';

const RSA = '1.2.840.113549.1.1.1';
export const RSA_PSS = '1.2.840.113549.1.1.10';
const EC = '1.2.840.10045.2.1';
/** What OpenSSL takes without complaint; beyond, a single check costs too long. */
const RSA_BITS_MAX = 8_192;
const RSA_EXPONENT_BITS_MAX = 64;
const UNCOMPRESSED = 0x04;
/** ICAO 9303-12, 4.4.3: ECDSA of 224 bits and more. */
const CURVE_BITS_MIN = 224;

/** From a SubjectPublicKeyInfo (RFC 5280, 4.1.2.7). Never throws: a key that cannot be used says why. */
export function readPublicKey(spki: Uint8Array): PublicKey {
  try {
    const [algorithm, bits] = members(
      readOnly(spki, TAG.sequence, 'public key'),
      TAG.sequence,
      'public key',
    );
    const [oid, parameters] = members(algorithm, TAG.sequence, 'key algorithm');
    const point = readBitBytes(bits, 'public key');
    switch (readOid(oid, 'key algorithm')) {
      case RSA:
        return rsaKey(point);
      case RSA_PSS:
        // Parameters, when there, restrict what the key may sign (RFC 4055, 1.2): node:crypto keeps to them.
        return rsaKey(point, spki);
      case EC:
        return ecKey(parameters, point);
      default:
        return { kind: 'unusable', code: 'key.algorithm' };
    }
  } catch (error) {
    if (!(error instanceof ProtocolError) && !isCryptoError(error)) throw error;
    return { kind: 'unusable', code: 'key.malformed' };
  }
}

function rsaKey(der: Uint8Array, spki?: Uint8Array): PublicKey {
  const [modulus, exponent] = members(
    readOnly(der, TAG.sequence, 'RSA key'),
    TAG.sequence,
    'RSA key',
  );
  const bits = readUnsigned(modulus, 'modulus').toString(2).length;
  const e = readUnsigned(exponent, 'exponent');
  const sane = e >= 3n && e % 2n === 1n && e.toString(2).length <= RSA_EXPONENT_BITS_MAX;
  if (!sane || bits > RSA_BITS_MAX) return { kind: 'unusable', code: 'key.parameters' };
  const key = importKey(
    spki ?? publicKeyInfo(writeTlv(TAG.sequence, encodeOid(RSA), writeTlv(TAG.null)), der),
  );
  return { kind: 'rsa', bits, key, der };
}

function ecKey(parameters: Tlv | undefined, point: Uint8Array): PublicKey {
  const explicitParameters = parameters?.tag === TAG.sequence;
  const curve = explicitParameters
    ? readExplicitCurve(parameters)
    : findCurve(readOid(parameters, 'curve'));
  const bits = curve?.prime.toString(2).length ?? 0;
  if (curve === null || bits < CURVE_BITS_MIN) {
    return { kind: 'unusable', code: explicitParameters ? 'key.parameters' : 'key.curve' };
  }
  // ICAO 9303-12, 4.4.3: uncompressed. One key has one form, and one on the list of published ones no other.
  if (point[0] !== UNCOMPRESSED) return { kind: 'unusable', code: 'key.malformed' };
  const algorithm = writeTlv(TAG.sequence, encodeOid(EC), encodeOid(curve.oid));
  const key = importKey(publicKeyInfo(algorithm, point));
  return { kind: 'ec', bits, curve: curve.name, explicitParameters, key };
}

export function publicKeyInfo(algorithm: Uint8Array, key: Uint8Array): Uint8Array {
  return writeTlv(TAG.sequence, algorithm, writeTlv(TAG.bitString, Uint8Array.of(0), key));
}

/** Throws what node:crypto throws: see isCryptoError. */
export function importKey(spki: Uint8Array): KeyObject {
  return createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' });
}

export function isCryptoError(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return code.startsWith('ERR_OSSL') || code.startsWith('ERR_CRYPTO');
}
