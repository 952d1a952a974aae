import { constants, createHash, type KeyObject, publicDecrypt, verify } from 'node:crypto';
import { encodeOid, members, readUnsigned, TAG } from '../der.ts';
import { type HashName, hashName, hashOid } from '../lds/data-group-hashes.ts';
import { type Algorithm, readAlgorithm } from '../lds/signed-data.ts';
import { ProtocolError } from '../protocol-error.ts';
import { readTlv, writeTlv } from '../tlv.ts';
import { importKey, isCryptoError, type PublicKey, publicKeyInfo, RSA_PSS } from './public-key.ts';

/** How something was signed; `parameters` of PSS as they came, for they are given to node:crypto as the key's. */
export type SignatureScheme =
  | { readonly kind: 'rsa-pkcs1'; readonly hash: HashName }
  | {
      readonly kind: 'rsa-pss';
      readonly hash: HashName;
      readonly maskHash: HashName;
      readonly saltBytes: number;
      readonly parameters: Uint8Array;
    }
  | { readonly kind: 'ecdsa'; readonly hash: HashName; readonly encoding: 'der' | 'ieee-p1363' };

const PKCS1: Readonly<Record<string, HashName>> = {
  '1.2.840.113549.1.1.5': 'sha1',
  '1.2.840.113549.1.1.14': 'sha224',
  '1.2.840.113549.1.1.11': 'sha256',
  '1.2.840.113549.1.1.12': 'sha384',
  '1.2.840.113549.1.1.13': 'sha512',
};

const ECDSA: Readonly<Record<string, HashName>> = {
  '1.2.840.10045.4.1': 'sha1',
  '1.2.840.10045.4.3.1': 'sha224',
  '1.2.840.10045.4.3.2': 'sha256',
  '1.2.840.10045.4.3.3': 'sha384',
  '1.2.840.10045.4.3.4': 'sha512',
};

/** BSI TR-03111, 5.2.1.1: r and s side by side, no DER. */
const ECDSA_PLAIN: Readonly<Record<string, HashName>> = {
  '0.4.0.127.0.7.1.1.4.1.1': 'sha1',
  '0.4.0.127.0.7.1.1.4.1.2': 'sha224',
  '0.4.0.127.0.7.1.1.4.1.3': 'sha256',
  '0.4.0.127.0.7.1.1.4.1.4': 'sha384',
  '0.4.0.127.0.7.1.1.4.1.5': 'sha512',
};

const RSA_ENCRYPTION = '1.2.840.113549.1.1.1';
const MGF1 = '1.2.840.113549.1.1.8';
/** RFC 4055, 3.1: what stands for parameters left out. */
const PSS_DEFAULT_SALT_BYTES = 20;
const PSS_SALT_BYTES_MAX = 1_024;
/** ICAO 9303-12, 4.4.2: RSA of 2048 bits and more. */
const RSA_BITS_MIN = 2_048;

/**
 * Null for an algorithm we do not know. `digest` is a SignerInfo's own, for signature algorithms that name none.
 * Throws ProtocolError for malformed PSS parameters.
 */
export function readScheme(
  { oid, parameters }: Algorithm,
  digest: HashName | null = null,
): SignatureScheme | null {
  if (oid === RSA_PSS) return readPss(parameters);
  const pkcs1 = PKCS1[oid] ?? (oid === RSA_ENCRYPTION ? digest : undefined);
  if (pkcs1) return { kind: 'rsa-pkcs1', hash: pkcs1 };
  const ecdsa = ECDSA[oid];
  if (ecdsa) return { kind: 'ecdsa', hash: ecdsa, encoding: 'der' };
  const plain = ECDSA_PLAIN[oid];
  return plain ? { kind: 'ecdsa', hash: plain, encoding: 'ieee-p1363' } : null;
}

/** RFC 4055, 3.1: [0] hash, [1] mask, [2] salt, [3] trailer, each with a default. */
function readPss(parameters: Uint8Array | null): SignatureScheme | null {
  const given = parameters === null ? null : readTlv(parameters);
  const fields = given?.tag === TAG.sequence ? members(given, TAG.sequence, 'PSS parameters') : [];
  const field = (tag: number) => {
    const found = fields.find((each) => each.tag === tag);
    return found && members(found, tag, 'PSS parameters')[0];
  };
  const [hashField, maskField, salt, trailer] = [0xa0, 0xa1, 0xa2, 0xa3].map(field);
  const hash = hashField ? hashName(readAlgorithm(hashField).oid) : 'sha1';
  const maskHash = maskField ? readMask(readAlgorithm(maskField)) : 'sha1';
  const saltBytes = salt ? Number(readUnsigned(salt, 'PSS salt')) : PSS_DEFAULT_SALT_BYTES;
  const trailerKnown = trailer === undefined || readUnsigned(trailer, 'PSS trailer') === 1n;
  if (hash === null || maskHash === null || saltBytes > PSS_SALT_BYTES_MAX || !trailerKnown) {
    return null;
  }
  const encoded = given?.tag === TAG.sequence ? given.raw : writeTlv(TAG.sequence);
  return { kind: 'rsa-pss', hash, maskHash, saltBytes, parameters: encoded };
}

function readMask({ oid, parameters }: Algorithm): HashName | null {
  if (oid !== MGF1 || parameters === null) return null;
  return hashName(readAlgorithm(readTlv(parameters)).oid);
}

/** False too for a key of another kind, or bytes that are no signature. */
export function verifySignature(
  scheme: SignatureScheme,
  key: PublicKey,
  data: Uint8Array,
  signature: Uint8Array,
): boolean {
  try {
    if (scheme.kind === 'ecdsa') {
      if (key.kind !== 'ec') return false;
      return verify(scheme.hash, data, { key: key.key, dsaEncoding: scheme.encoding }, signature);
    }
    if (key.kind !== 'rsa') return false;
    if (scheme.kind === 'rsa-pkcs1') {
      if (key.key.asymmetricKeyType !== 'rsa') return false;
      return (
        verify(scheme.hash, data, key.key, signature) ||
        verifyWithoutNull(scheme.hash, key.key, data, signature)
      );
    }
    return verifyPss(scheme, key, data, signature);
  } catch (error) {
    if (error instanceof ProtocolError || isCryptoError(error)) return false;
    throw error;
  }
}

/**
 * PKCS#1 where the hash in the DigestInfo is named without parameters: RFC 8017, 9.2 wants NULL there, and the United Nations' master
 * list among others has none, as RFC 5754, 2 has it for hashes elsewhere. Padding and DigestInfo are to be these very bytes.
 */
function verifyWithoutNull(
  hash: HashName,
  key: KeyObject,
  data: Uint8Array,
  signature: Uint8Array,
): boolean {
  const digest = createHash(hash).update(data).digest();
  const expected = writeTlv(
    TAG.sequence,
    writeTlv(TAG.sequence, encodeOid(hashOid(hash))),
    writeTlv(TAG.octetString, digest),
  );
  return publicDecrypt({ key, padding: constants.RSA_PKCS1_PADDING }, signature).equals(expected);
}

/** node:crypto has no option for the mask's hash, but takes it from a key that carries PSS parameters. */
function verifyPss(
  {
    hash,
    maskHash,
    saltBytes: saltLength,
    parameters,
  }: SignatureScheme & { readonly kind: 'rsa-pss' },
  key: PublicKey & { readonly kind: 'rsa' },
  data: Uint8Array,
  signature: Uint8Array,
): boolean {
  const padding = constants.RSA_PKCS1_PSS_PADDING;
  const options = { padding, saltLength };
  // A key that is for PSS only may restrict hash, mask and salt: it must agree first.
  const own = key.key.asymmetricKeyType === 'rsa-pss' ? key.key.asymmetricKeyDetails : undefined;
  if (own?.hashAlgorithm !== undefined && own.hashAlgorithm !== hash) return false;
  if (own?.mgf1HashAlgorithm !== undefined && own.mgf1HashAlgorithm !== maskHash) return false;
  if (own?.saltLength !== undefined && saltLength < own.saltLength) return false;
  const algorithm = writeTlv(TAG.sequence, encodeOid(RSA_PSS), parameters);
  const withParameters = importKey(publicKeyInfo(algorithm, key.der));
  return verify(hash, data, { key: withParameters, ...options }, signature);
}

/** Security C3: SHA-1, and RSA under 2048 bits, make nothing genuine, well though the signature may verify. */
export function isStrong(scheme: SignatureScheme): boolean {
  return scheme.hash !== 'sha1' && (scheme.kind !== 'rsa-pss' || scheme.maskHash !== 'sha1');
}

export function isStrongKey(key: PublicKey): boolean {
  return key.kind === 'ec' || (key.kind === 'rsa' && key.bits >= RSA_BITS_MIN);
}
