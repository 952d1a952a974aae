import { createHash, type KeyObject } from 'node:crypto';
import { bigUnsigned, members, need, readBitBytes, readOnly, readTime, TAG } from '../der.ts';
import { readAlgorithm } from '../lds/signed-data.ts';
import { ProtocolError } from '../protocol-error.ts';
import type { Tlv } from '../tlv.ts';
import { type Extensions, readExtensions } from './extensions.ts';
import { type Name, readName } from './name.ts';
import { type PublicKey, readPublicKey } from './public-key.ts';
import { readScheme, type SignatureScheme, verifySignature } from './signature-scheme.ts';

/** An X.509 certificate (RFC 5280, 4.1) as ICAO 9303-12, 7.1 profiles it, read but not yet judged. */
export type Certificate = {
  readonly der: Uint8Array;
  /** SHA-256 of `der`, lower-case hex. */
  readonly sha256: string;
  /** What is signed, as it came. */
  readonly signedBytes: Uint8Array;
  /** Null for an algorithm we do not know. */
  readonly scheme: SignatureScheme | null;
  readonly signature: Uint8Array;
  /** Lower-case hex without leading zero bytes. */
  readonly serial: string;
  readonly issuer: Name;
  readonly subject: Name;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  readonly publicKey: PublicKey;
  /** SHA-256 of the SubjectPublicKeyInfo, lower-case hex. */
  readonly publicKeySha256: string;
} & Extensions;

/** The largest seen in public master lists has under 4 KB. */
const CERTIFICATE_BYTES_MAX = 16_384;

/** Throws ProtocolError for bytes that are no certificate; a key that cannot be used is `publicKey.kind` 'unusable'. */
export function parseCertificate(der: Uint8Array): Certificate {
  if (der.length > CERTIFICATE_BYTES_MAX) {
    throw new ProtocolError(
      'certificate.size',
      `a certificate of ${der.length} bytes: ${CERTIFICATE_BYTES_MAX} at most`,
    );
  }
  const outer = readOnly(der, TAG.sequence, 'certificate');
  const [tbs, outerAlgorithm, signature] = members(outer, TAG.sequence, 'certificate');
  const fields = [...members(tbs, TAG.sequence, 'certificate')];
  const version = fields[0]?.tag === 0xa0 ? fields.shift() : undefined;
  const [serial, innerAlgorithm, issuer, validity, subject, spki, ...optional] = fields;
  requireSameAlgorithm(outerAlgorithm, innerAlgorithm);
  const [notBefore, notAfter] = members(validity, TAG.sequence, 'validity');
  const spkiBytes = need(spki, TAG.sequence, 'public key').raw;
  const publicKey = readPublicKey(spkiBytes);
  const extensions = optional.find(({ tag }) => tag === 0xa3);
  if (extensions !== undefined && version === undefined) {
    throw new ProtocolError('certificate.version', 'extensions in a certificate of version 1');
  }
  return {
    der,
    sha256: sha256(der),
    signedBytes: need(tbs, TAG.sequence, 'certificate').raw,
    scheme: readScheme(readAlgorithm(outerAlgorithm)),
    signature: readBitBytes(signature, 'signature'),
    serial: serialText(serial),
    issuer: readName(issuer, 'issuer'),
    subject: readName(subject, 'subject'),
    notBeforeMs: readTime(notBefore, 'not before'),
    notAfterMs: readTime(notAfter, 'not after'),
    publicKey,
    publicKeySha256: sha256(publicKey.kind === 'unusable' ? spkiBytes : canonical(publicKey.key)),
    ...readExtensions(extensions),
  };
}

/** Whatever way its parameters were written, a curve is named: the same key has one form. */
function canonical(key: KeyObject): Uint8Array {
  return key.export({ type: 'spki', format: 'der' });
}

/** Whether `issuer`'s key made the signature on `certificate`. Says nothing of whether it was allowed to. */
export function isSignedBy(certificate: Certificate, issuer: Certificate): boolean {
  const { scheme, signedBytes, signature } = certificate;
  return scheme !== null && verifySignature(scheme, issuer.publicKey, signedBytes, signature);
}

/** Whether `issuer` may be who issued it, by key identifier where both have one, else by name. */
export function isIssuedInNameOf(
  certificate: { readonly authorityKeyId: string | null; readonly issuer: Name },
  issuer: Certificate,
): boolean {
  const { authorityKeyId } = certificate;
  return (
    (authorityKeyId !== null && authorityKeyId === issuer.subjectKeyId) ||
    certificate.issuer.comparable === issuer.subject.comparable
  );
}

/** A serial number as certificates, SignerInfos and CRLs are compared by. */
export function serialText(object: Tlv | undefined): string {
  const { value } = need(object, TAG.integer, 'serial number');
  // RFC 5280, 4.1.2.2: never negative, and yet some are; as unsigned they compare just as well.
  return bigUnsigned(value).toString(16);
}

/** RFC 5280, 4.1.1.2: named twice, once inside what is signed; both must say the same. */
export function requireSameAlgorithm(outer: Tlv | undefined, inner: Tlv | undefined): void {
  const same = outer !== undefined && inner !== undefined && sameBytes(outer.raw, inner.raw);
  if (!same) {
    throw new ProtocolError(
      'certificate.algorithm',
      'the signature algorithm differs inside and outside of what is signed',
    );
  }
}

export function sameBytes(one: Uint8Array, other: Uint8Array): boolean {
  return Buffer.compare(one, other) === 0;
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
