import { members, need, readBitBytes, readOid, readOnly, readTime, TAG, walk } from '../der.ts';
import { readAlgorithm } from '../lds/signed-data.ts';
import { ProtocolError } from '../protocol-error.ts';
import type { Tlv } from '../tlv.ts';
import {
  type Certificate,
  isIssuedInNameOf,
  requireSameAlgorithm,
  serialText,
  sha256,
} from './certificate.ts';
import { type Check, check } from './check.ts';
import { type Name, readName } from './name.ts';
import { isStrong, readScheme, type SignatureScheme, verifySignature } from './signature-scheme.ts';

/** A certificate revocation list (RFC 5280, 5), read but not yet verified. */
export type Crl = {
  readonly der: Uint8Array;
  readonly sha256: string;
  readonly signedBytes: Uint8Array;
  readonly scheme: SignatureScheme | null;
  readonly signature: Uint8Array;
  readonly issuer: Name;
  readonly authorityKeyId: string | null;
  readonly thisUpdateMs: number;
  /** Null: it does not say when it will be old. */
  readonly nextUpdateMs: number | null;
  /** Serial numbers in lower-case hex. */
  readonly revoked: ReadonlySet<string>;
  /** Critical extensions narrow a list down (partial, indirect, delta): such a list is not understood here. */
  readonly hasCriticalExtensions: boolean;
};

const CRL_BYTES_MAX = 4 * 1_024 * 1_024;
const REVOKED_MAX = 100_000;
const EXTENSIONS_MAX = 64;
const AUTHORITY_KEY_ID = '2.5.29.35';

/** Throws ProtocolError for bytes that are no CRL. */
export function parseCrl(der: Uint8Array): Crl {
  if (der.length > CRL_BYTES_MAX) {
    throw new ProtocolError('crl.size', `a CRL of ${der.length} bytes: ${CRL_BYTES_MAX} at most`);
  }
  const [tbs, outerAlgorithm, signature] = members(
    readOnly(der, TAG.sequence, 'CRL'),
    TAG.sequence,
    'CRL',
  );
  const fields = [...members(tbs, TAG.sequence, 'CRL')];
  if (fields[0]?.tag === TAG.integer) fields.shift();
  const [innerAlgorithm, issuer, thisUpdate, ...optional] = fields;
  requireSameAlgorithm(outerAlgorithm, innerAlgorithm);
  const [next] = optional;
  const hasNext = next?.tag === TAG.utcTime || next?.tag === TAG.generalizedTime;
  const entries = readRevoked(optional.find(({ tag }) => tag === TAG.sequence));
  const extensions = readCrlExtensions(optional.find(({ tag }) => tag === 0xa0));
  return {
    der,
    sha256: sha256(der),
    signedBytes: need(tbs, TAG.sequence, 'CRL').raw,
    scheme: readScheme(readAlgorithm(outerAlgorithm)),
    signature: readBitBytes(signature, 'CRL signature'),
    issuer: readName(issuer, 'CRL issuer'),
    authorityKeyId: extensions.authorityKeyId,
    thisUpdateMs: readTime(thisUpdate, 'this update'),
    nextUpdateMs: hasNext ? readTime(next, 'next update') : null,
    revoked: entries.serials,
    hasCriticalExtensions: entries.critical || extensions.critical,
  };
}

/**
 * Whether `issuer` has taken back `certificate`, by the newest of its lists. `crl.available` skipped: there is none of this
 * issuer that can be used; `crl.current` failed: it is past its day, and says only who was revoked by then.
 */
export function checkRevocation(
  certificate: Certificate,
  issuer: Certificate,
  crls: readonly Crl[],
  nowMs: number,
): readonly Check[] {
  const [newest] = crls
    .filter((crl) => isUsableCrl(crl, issuer))
    .sort((a, b) => b.thisUpdateMs - a.thisUpdateMs);
  if (newest === undefined) {
    return ['crl.available', 'crl.current', 'crl.not-revoked'].map((code) => ({
      code,
      outcome: 'skipped',
    }));
  }
  const { thisUpdateMs, nextUpdateMs, revoked } = newest;
  const current = thisUpdateMs <= nowMs && nextUpdateMs !== null && nowMs <= nextUpdateMs;
  return [
    check('crl.available', true),
    check('crl.current', current),
    check('crl.not-revoked', !revoked.has(certificate.serial)),
  ];
}

/** Whether `issuer` signed this list, and may, and it is of the whole kind that is understood here. */
export function isUsableCrl(crl: Crl, issuer: Certificate): boolean {
  const { scheme, signedBytes, signature, hasCriticalExtensions } = crl;
  const maySign = issuer.keyUsage === null || issuer.keyUsage.crlSign;
  return (
    !hasCriticalExtensions &&
    isIssuedInNameOf(crl, issuer) &&
    maySign &&
    scheme !== null &&
    isStrong(scheme) &&
    verifySignature(scheme, issuer.publicKey, signedBytes, signature)
  );
}

/** Own walk: a list has more entries than any file of a chip has objects. */
function readRevoked(list: Tlv | undefined): { serials: ReadonlySet<string>; critical: boolean } {
  const serials = new Set<string>();
  let critical = false;
  for (const entry of walk(list?.value ?? new Uint8Array(0), REVOKED_MAX, 'revoked certificates')) {
    const [serial, , extensions] = members(entry, TAG.sequence, 'revoked certificate');
    serials.add(serialText(serial));
    critical ||= extensions !== undefined && readEntries(extensions).some(isCritical);
  }
  return { serials, critical };
}

function readCrlExtensions(wrapper: Tlv | undefined) {
  if (wrapper === undefined) return { authorityKeyId: null, critical: false };
  const entries = readEntries(readOnly(wrapper.value, TAG.sequence, 'CRL extensions'));
  const own = entries.find(([oid]) => readOid(oid, 'CRL extension') === AUTHORITY_KEY_ID);
  return {
    authorityKeyId: own === undefined ? null : keyIdOf(own),
    critical: entries.some(isCritical),
  };
}

function readEntries(list: Tlv): readonly (readonly Tlv[])[] {
  return [
    ...walk(need(list, TAG.sequence, 'CRL extensions').value, EXTENSIONS_MAX, 'CRL extensions'),
  ].map((extension) => members(extension, TAG.sequence, 'CRL extension'));
}

function isCritical([, critical]: readonly Tlv[]): boolean {
  return critical?.tag === TAG.boolean && critical.value[0] !== 0;
}

/** [0] of AuthorityKeyIdentifier. */
function keyIdOf(extension: readonly Tlv[]): string | null {
  const { value } = need(extension.at(-1), TAG.octetString, 'authority key identifier');
  const parts = members(
    readOnly(value, TAG.sequence, 'authority key identifier'),
    TAG.sequence,
    'authority key identifier',
  );
  const keyId = parts.find(({ tag }) => tag === 0x80);
  return keyId === undefined ? null : Buffer.from(keyId.value).toString('hex');
}
