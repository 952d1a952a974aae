import { constants, type KeyObject, publicDecrypt, verify } from 'node:crypto';
import { EXTENDED_LE_MAX, SHORT_LE_MAX, SW } from './apdu.ts';
import type { CardSession } from './card-session.ts';
import { type RandomBytes, toBigInt, toBytes } from './crypto/group.ts';
import { verifyRepresentative } from './crypto/message-recovery.ts';
import { members, readUnsigned, TAG } from './der.ts';
import { readTlv } from './tlv.ts';
import { isCryptoError, type PublicKey, readPublicKey } from './trust/public-key.ts';

export type ActiveAuthenticationOutcome =
  /** The chip holds the private key: `algorithm` as in `rsa-sha256`, `ecdsa-sha384`. */
  | { readonly kind: 'proven'; readonly algorithm: string; readonly keyBits: number }
  /** It answered, and not with a signature of its key over our challenge. */
  | { readonly kind: 'failed' }
  | { readonly kind: 'refused'; readonly sw: number }
  /** Key or algorithm are not known here: nothing is proven and nothing disproven. */
  | { readonly kind: 'unsupported'; readonly code: string };

const CHALLENGE_BYTES = 8;
const WRONG_LENGTH = 0x6700;
/** A longer one has no time to be computed on a chip. */
const SIGNATURE_BYTES_MAX = 1_024;

/** BSI TR-03111, 5.2.1 (ecdsa-plain), which 9303-11, 9.2.4 asks for, and ANSI X9.62, which some chips name instead. */
const HASH_OF_SIGNATURE_ALGORITHM: Readonly<Record<string, string>> = {
  '0.4.0.127.0.7.1.1.4.1.1': 'sha1',
  '0.4.0.127.0.7.1.1.4.1.2': 'sha224',
  '0.4.0.127.0.7.1.1.4.1.3': 'sha256',
  '0.4.0.127.0.7.1.1.4.1.4': 'sha384',
  '0.4.0.127.0.7.1.1.4.1.5': 'sha512',
  '1.2.840.10045.4.1': 'sha1',
  '1.2.840.10045.4.3.1': 'sha224',
  '1.2.840.10045.4.3.2': 'sha256',
  '1.2.840.10045.4.3.3': 'sha384',
  '1.2.840.10045.4.3.4': 'sha512',
};
const EVERY_HASH = ['sha256', 'sha384', 'sha512', 'sha224', 'sha1'];

/**
 * Active Authentication (ICAO 9303-11, 6.1) with a key whose file's hash was verified (EF.DG15), and the signature algorithm that
 * verified EF.DG14 names, or null. `random` gives a challenge that nobody can guess. Throws what the session throws.
 */
export async function performActiveAuthentication(
  session: CardSession,
  publicKeyInfo: Uint8Array,
  signatureAlgorithm: string | null,
  random: RandomBytes,
): Promise<ActiveAuthenticationOutcome> {
  const key = readPublicKey(publicKeyInfo);
  if (key.kind === 'unusable') return { kind: 'unsupported', code: key.code };
  // 6.1.4: a signature too long for a short answer needs an extended one; a chip without those may send it in pieces.
  const long = signatureBytes(key) > session.shortDataMax;
  let outcome: ActiveAuthenticationOutcome = { kind: 'refused', sw: WRONG_LENGTH };
  for (const le of long ? [EXTENDED_LE_MAX, SHORT_LE_MAX] : [SHORT_LE_MAX]) {
    const challenge = random(CHALLENGE_BYTES);
    const command = { cla: 0x00, ins: 0x88, p1: 0x00, p2: 0x00, data: challenge, le };
    const { data, sw } = await session.send(command);
    // Chips exist that answer nothing where they mean a wrong length.
    const nothing = sw === SW.ok && data.length === 0;
    if (sw === SW.ok && !nothing) return verifySignature(key, signatureAlgorithm, challenge, data);
    outcome = nothing ? { kind: 'failed' } : { kind: 'refused', sw };
    if (sw !== WRONG_LENGTH && !nothing) break;
  }
  return outcome;
}

type UsableKey = Exclude<PublicKey, { kind: 'unusable' }>;

function signatureBytes({ kind, bits }: UsableKey): number {
  return Math.ceil(bits / 8) * (kind === 'rsa' ? 1 : 2);
}

function verifySignature(
  key: UsableKey,
  signatureAlgorithm: string | null,
  challenge: Uint8Array,
  signature: Uint8Array,
): ActiveAuthenticationOutcome {
  if (signature.length === 0 || signature.length > SIGNATURE_BYTES_MAX) return { kind: 'failed' };
  if (key.kind === 'rsa') {
    if (key.key.asymmetricKeyType !== 'rsa') return { kind: 'unsupported', code: 'aa.algorithm' };
    const hash = verifyRsa(key.key, key.der, challenge, signature);
    return hash === null
      ? { kind: 'failed' }
      : { kind: 'proven', algorithm: `rsa-${hash}`, keyBits: key.bits };
  }
  const named =
    signatureAlgorithm === null ? null : HASH_OF_SIGNATURE_ALGORITHM[signatureAlgorithm];
  if (named === undefined) return { kind: 'unsupported', code: 'aa.algorithm' };
  // Where nothing names the hash, a signature that holds under any of them proves the key no less.
  const hash = (named === null ? EVERY_HASH : [named]).find((candidate) =>
    verifyEcdsa(key.key, candidate, challenge, signature, signatureBytes(key)),
  );
  return hash === undefined
    ? { kind: 'failed' }
    : { kind: 'proven', algorithm: `ecdsa-${hash}`, keyBits: key.bits };
}

/** 6.1.2.2: ISO/IEC 9796-2, scheme 1; the signature may be the smaller of s and n - s. */
function verifyRsa(
  key: KeyObject,
  der: Uint8Array,
  challenge: Uint8Array,
  signature: Uint8Array,
): string | null {
  const modulus = readUnsigned(members(readTlv(der), TAG.sequence, 'RSA key')[0], 'modulus');
  const length = Math.ceil(modulus.toString(16).length / 2);
  const value = toBigInt(signature);
  const recovered = value < modulus ? recover(key, toBytes(value, length)) : null;
  if (recovered === null) return null;
  return (
    verifyRepresentative(recovered, challenge) ??
    verifyRepresentative(toBytes(modulus - toBigInt(recovered), length), challenge)
  );
}

/** The RSA function, or null where it is none: an even modulus, for instance. */
function recover(key: KeyObject, signature: Uint8Array): Uint8Array | null {
  try {
    return publicDecrypt({ key, padding: constants.RSA_NO_PADDING }, signature);
  } catch (error) {
    if (isCryptoError(error)) return null;
    throw error;
  }
}

/** 6.1.2.3: r and s side by side; some chips send them in DER. */
function verifyEcdsa(
  key: KeyObject,
  hash: string,
  challenge: Uint8Array,
  signature: Uint8Array,
  plainBytes: number,
): boolean {
  const dsaEncoding = signature.length === plainBytes ? 'ieee-p1363' : 'der';
  try {
    return verify(hash, challenge, { key, dsaEncoding }, signature);
  } catch (error) {
    if (isCryptoError(error)) return false;
    throw error;
  }
}
