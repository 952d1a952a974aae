import { createHash, createPublicKey, type KeyObject, verify } from 'node:crypto';
import { InputError } from '../../kernel/errors.ts';

/**
 * PKCS #10 (RFC 2986) for one kind of key: P-256 with ECDSA and SHA-256. A request proves that whoever asks has the
 * private key; names in it mean nothing, the hub sets its own.
 */
export type CertificateRequest = {
  readonly publicKey: KeyObject;
  /** SHA-256 of the DER, which the proofs of enrolment and renewal name. */
  readonly hash: Uint8Array;
};

const PEM =
  /^-----BEGIN CERTIFICATE REQUEST-----\s([A-Za-z0-9+/=\s]+)-----END CERTIFICATE REQUEST-----\s*$/;
const REQUEST_BYTES_MAX = 4_096;
/** SubjectPublicKeyInfo of P-256 by name, up to the point; explicit parameters do not begin so. */
const P256_SPKI = Buffer.from('3059301306072a8648ce3d020106082a8648ce3d030107034200', 'hex');
const POINT_BYTES = 65;
const UNCOMPRESSED = 4;
/** ecdsa-with-SHA256, RFC 5758. */
const ECDSA_SHA256 = Buffer.from('300a06082a8648ce3d040302', 'hex');
const TAG = { sequence: 0x30, bitString: 0x03 } as const;

/** Throws InputError for everything but a well-signed request of a P-256 key. */
export function readCertificateRequest(pem: string): CertificateRequest {
  const base64 = PEM.exec(pem)?.[1];
  if (base64 === undefined) throw unfit('one PEM block CERTIFICATE REQUEST');
  const der = Buffer.from(base64, 'base64');
  if (der.length > REQUEST_BYTES_MAX) throw unfit(`at most ${REQUEST_BYTES_MAX} bytes`);
  const [request] = readMembers(der, 1);
  const [info, algorithm, signature] = readMembers(take(request, TAG.sequence).value, 3);
  if (!ECDSA_SHA256.equals(take(algorithm, TAG.sequence).raw)) throw unfit('ecdsa-with-SHA256');
  const [, , key] = readMembers(take(info, TAG.sequence).value, 4);
  const publicKey = p256Key(take(key, TAG.sequence).raw);
  const bits = take(signature, TAG.bitString).value;
  if (bits[0] !== 0 || !isSigned(take(info, TAG.sequence).raw, publicKey, bits.subarray(1))) {
    throw unfit('a signature that fits the key in it');
  }
  return { publicKey, hash: createHash('sha256').update(der).digest() };
}

function p256Key(spki: Buffer): KeyObject {
  const point = spki.subarray(P256_SPKI.length);
  const named = spki.subarray(0, P256_SPKI.length).equals(P256_SPKI);
  if (!named || point.length !== POINT_BYTES || point[0] !== UNCOMPRESSED) {
    throw unfit('a key on P-256, the curve by its name, the point uncompressed');
  }
  try {
    return createPublicKey({ key: spki, format: 'der', type: 'spki' });
  } catch {
    throw unfit('a point on P-256');
  }
}

function isSigned(bytes: Buffer, key: KeyObject, signature: Buffer): boolean {
  try {
    return verify('sha256', bytes, key, signature);
  } catch {
    return false;
  }
}

type Member = { readonly tag: number; readonly value: Buffer; readonly raw: Buffer };

function take(member: Member | undefined, tag: number): Member {
  if (member?.tag !== tag) throw unfit(`the layout of RFC 2986`);
  return member;
}

/** Exactly `count` objects of DER that fill `bytes`. */
function readMembers(bytes: Buffer, count: number): readonly Member[] {
  const members: Member[] = [];
  let rest = bytes;
  while (rest.length > 0 && members.length <= count) {
    const member = readMember(rest);
    members.push(member);
    rest = rest.subarray(member.raw.length);
  }
  if (members.length !== count) throw unfit('the layout of RFC 2986');
  return members;
}

function readMember(bytes: Buffer): Member {
  const short = bytes[1] ?? 0x80;
  const lengthBytes = short < 0x80 ? 0 : short - 0x80;
  const head = 2 + lengthBytes;
  if (short === 0x80 || lengthBytes > 2 || head > bytes.length) throw unfit('lengths in DER');
  const length = lengthBytes === 0 ? short : bytes.readUIntBE(2, lengthBytes);
  if (head + length > bytes.length) throw unfit('more bytes: it is cut short');
  const raw = bytes.subarray(0, head + length);
  return { tag: bytes[0] ?? 0, value: raw.subarray(head), raw };
}

function unfit(expected: string): InputError {
  return new InputError(`certificate request: expected ${expected}`);
}
