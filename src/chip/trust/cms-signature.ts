import { createHash } from 'node:crypto';
import { members, readOid, readTime, TAG } from '../der.ts';
import { hashName } from '../lds/data-group-hashes.ts';
import type { Signer, SignerId } from '../lds/signed-data.ts';
import { ProtocolError, understand } from '../protocol-error.ts';
import { readTlv, readTlvs, writeTlv } from '../tlv.ts';
import { type Certificate, parseCertificate, sameBytes, serialText } from './certificate.ts';
import { type Check, check } from './check.ts';
import { readName } from './name.ts';
import {
  isStrong,
  isStrongKey,
  readScheme,
  type SignatureScheme,
  verifySignature,
} from './signature-scheme.ts';

/** What EF.SOD and master lists have in common: content, one signer, and certificates among which is the signer's. */
export type SignedContent = {
  readonly content: Uint8Array;
  readonly signer: Signer;
  readonly certificates: readonly Uint8Array[];
};

export type CmsOutcome = {
  /** Whether the certificate's key signed this content; not whether the certificate is worth anything. */
  readonly signature: 'valid' | 'invalid' | 'unverifiable';
  /** Null when none of the certificates is the signer's. */
  readonly signerCertificate: Certificate | null;
  /** When it says it was signed, milliseconds since 1970 UTC. */
  readonly signedMs: number | null;
  readonly checks: readonly Check[];
};

const SIGNING_TIME = '1.2.840.113549.1.9.5';
const CERTIFICATES_MAX = 32;

/**
 * Verifies a CMS signature over its signed attributes (RFC 5652, 5.4; ICAO 9303-10, 4.6.2.2). Checks are called
 * `<what>.certificate`, `.algorithm`, `.message-digest`, `.signature`, `.strength`. Never throws.
 */
export function verifyCms(
  what: 'sod' | 'master-list',
  { content, signer, certificates }: SignedContent,
): CmsOutcome {
  const code = (name: string) => `${what}.${name}`;
  const scheme = schemeOf(signer);
  const digest = hashName(signer.digestAlgorithm.oid);
  const signerCertificate = findSigner(signer.id, certificates);
  const key = signerCertificate?.publicKey ?? null;
  const usable = scheme !== null && digest !== null && key?.kind === kindOf(scheme);
  const digestHolds =
    digest !== null && sameBytes(createHash(digest).update(content).digest(), signer.messageDigest);
  const signed =
    usable &&
    key !== null &&
    signedForms(signer.signedBytes).some((bytes) =>
      verifySignature(scheme, key, bytes, signer.signature),
    );
  const checks: Check[] = [
    check(code('certificate'), signerCertificate !== null),
    // RFC 8933, 3.1: the content is digested as the signature then digests the attributes. Issuers exist that use two hashes.
    usable
      ? check(code('algorithm'), digest === scheme.hash)
      : { code: code('algorithm'), outcome: 'impossible' },
    digest === null
      ? { code: code('message-digest'), outcome: 'impossible' }
      : check(code('message-digest'), digestHolds),
    usable ? check(code('signature'), signed) : { code: code('signature'), outcome: 'impossible' },
    check(
      code('strength'),
      scheme !== null && isStrong(scheme) && digest !== 'sha1' && key !== null && isStrongKey(key),
    ),
  ];
  const altered = (digest !== null && !digestHolds) || (usable && !signed);
  return {
    signature: altered ? 'invalid' : usable ? 'valid' : 'unverifiable',
    signerCertificate,
    signedMs: signingTime(signer.signedBytes),
    checks,
  };
}

function schemeOf({ signatureAlgorithm, digestAlgorithm }: Signer): SignatureScheme | null {
  return understand(() => readScheme(signatureAlgorithm, hashName(digestAlgorithm.oid)));
}

function kindOf(scheme: SignatureScheme): 'rsa' | 'ec' {
  return scheme.kind === 'ecdsa' ? 'ec' : 'rsa';
}

/** The one certificate the signer names; two different ones with that name are none. */
function findSigner(id: SignerId, certificates: readonly Uint8Array[]): Certificate | null {
  const named = certificates
    .slice(0, CERTIFICATES_MAX)
    .flatMap(parsed)
    .filter((certificate) => isNamedBy(id, certificate));
  const different = new Map(named.map((certificate) => [certificate.sha256, certificate]));
  // The same serial number of two issuers: only then the issuer's name decides, for names are written in many ways.
  const candidates =
    different.size > 1
      ? [...different.values()].filter((certificate) => hasIssuer(id, certificate))
      : [...different.values()];
  return candidates.length === 1 ? (candidates[0] ?? null) : null;
}

function parsed(der: Uint8Array): readonly Certificate[] {
  try {
    return [parseCertificate(der)];
  } catch (error) {
    if (error instanceof ProtocolError) return [];
    throw error;
  }
}

function isNamedBy(id: SignerId, { subjectKeyId, serial }: Certificate): boolean {
  return id.kind === 'key-id'
    ? Buffer.from(id.keyId).toString('hex') === subjectKeyId
    : serialText(readTlv(writeTlv(TAG.integer, id.serial))) === serial;
}

function hasIssuer(id: SignerId, { issuer }: Certificate): boolean {
  if (id.kind === 'key-id') return true;
  try {
    return readName(readTlv(id.issuer), 'issuer').comparable === issuer.comparable;
  } catch (error) {
    if (error instanceof ProtocolError) return false;
    throw error;
  }
}

/** The attributes as they came; and, where a file is not in DER, sorted as the signer had to sort them (X.690, 11.6). */
function signedForms(signedBytes: Uint8Array): readonly Uint8Array[] {
  const attributes = readTlvs(readTlv(signedBytes).value).map(({ raw }) => Buffer.from(raw));
  const sorted = writeTlv(TAG.set, ...attributes.sort(Buffer.compare));
  return sameBytes(sorted, signedBytes) ? [signedBytes] : [signedBytes, sorted];
}

function signingTime(signedBytes: Uint8Array): number | null {
  try {
    for (const attribute of members(readTlv(signedBytes), TAG.set, 'signed attributes')) {
      const [type, values] = members(attribute, TAG.sequence, 'attribute');
      if (readOid(type, 'attribute') === SIGNING_TIME) {
        return readTime(members(values, TAG.set, 'signing time')[0], 'signing time');
      }
    }
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
  }
  return null;
}
