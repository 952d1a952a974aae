import { AsnConvert } from '@peculiar/asn1-schema';
import {
  AuthorityKeyIdentifier,
  BasicConstraints,
  ExtendedKeyUsage,
  KeyUsage,
  KeyUsageFlags,
  PrivateKeyUsagePeriod,
  SubjectKeyIdentifier,
} from '@peculiar/asn1-x509';
import { members, need, readOid, readOnly, TAG } from '../der.ts';
import { ProtocolError, understand } from '../protocol-error.ts';
import type { Tlv } from '../tlv.ts';

/** What a certificate says of itself (RFC 5280, 4.2; ICAO 9303-12, 7.1.1). Null: says nothing of it. */
export type Extensions = {
  readonly basicConstraints: { readonly ca: boolean; readonly pathLength: number | null } | null;
  readonly keyUsage: {
    readonly digitalSignature: boolean;
    readonly keyCertSign: boolean;
    readonly crlSign: boolean;
  } | null;
  readonly extendedKeyUsage: readonly string[] | null;
  /** Lower-case hex. Null too where it is malformed: it only helps to find an issuer, whose name and signature decide. */
  readonly subjectKeyId: string | null;
  readonly authorityKeyId: string | null;
  /** When the key may sign, within the validity in which its signatures are believed. */
  readonly privateKeyPeriod: {
    readonly notBeforeMs: number | null;
    readonly notAfterMs: number | null;
  } | null;
  /** Object identifiers of critical extensions we do not know: RFC 5280, 4.2 forbids to use such a certificate. */
  readonly unknownCritical: readonly string[];
};

const EXTENSIONS_MAX = 64;
const OID = {
  subjectKeyId: '2.5.29.14',
  keyUsage: '2.5.29.15',
  privateKeyPeriod: '2.5.29.16',
  basicConstraints: '2.5.29.19',
  authorityKeyId: '2.5.29.35',
  extendedKeyUsage: '2.5.29.37',
} as const;

/** Besides those we read: names, policies, points of distribution, and ICAO's document type and name change. */
const HARMLESS = new Set([
  '2.5.29.17',
  '2.5.29.18',
  '2.5.29.31',
  '2.5.29.32',
  '2.23.136.1.1.6.1',
  '2.23.136.1.1.6.2',
]);

/** From the `[3]` of a certificate. Throws ProtocolError for a malformed extension or one that is there twice. */
export function readExtensions(wrapper: Tlv | undefined): Extensions {
  const found = new Map<string, { critical: boolean; value: Uint8Array }>();
  for (const extension of wrapper ? listOf(wrapper) : []) {
    const [oid, ...rest] = members(extension, TAG.sequence, 'extension');
    const id = readOid(oid, 'extension');
    const critical = rest[0]?.tag === TAG.boolean && rest[0].value[0] !== 0;
    const { value } = need(rest.at(-1), TAG.octetString, `extension ${id}`);
    if (found.has(id)) throw new ProtocolError('certificate.extension', `extension ${id} twice`);
    found.set(id, { critical, value });
  }
  const extensionValue = (oid: string) => found.get(oid)?.value ?? null;
  const known = new Set<string>(Object.values(OID));
  return {
    basicConstraints: readBasicConstraints(extensionValue(OID.basicConstraints)),
    keyUsage: readKeyUsage(extensionValue(OID.keyUsage)),
    extendedKeyUsage: readExtendedKeyUsage(extensionValue(OID.extendedKeyUsage)),
    subjectKeyId: understand(() => readSubjectKeyId(extensionValue(OID.subjectKeyId))),
    authorityKeyId: understand(() => readAuthorityKeyId(extensionValue(OID.authorityKeyId))),
    privateKeyPeriod: readPrivateKeyPeriod(extensionValue(OID.privateKeyPeriod)),
    unknownCritical: [...found]
      .filter(([oid, { critical }]) => critical && !known.has(oid) && !HARMLESS.has(oid))
      .map(([oid]) => oid),
  };
}

function listOf(wrapper: Tlv): readonly Tlv[] {
  const list = members(
    readOnly(wrapper.value, TAG.sequence, 'extensions'),
    TAG.sequence,
    'extensions',
  );
  if (list.length > EXTENSIONS_MAX) {
    throw new ProtocolError('certificate.extension', `more than ${EXTENSIONS_MAX} extensions`);
  }
  return list;
}

function readBasicConstraints(value: Uint8Array | null): Extensions['basicConstraints'] {
  if (value === null) return null;
  const { cA, pathLenConstraint } = decode(value, BasicConstraints, TAG.sequence);
  return { ca: cA, pathLength: pathLenConstraint ?? null };
}

function readKeyUsage(value: Uint8Array | null): Extensions['keyUsage'] {
  if (value === null) return null;
  const flags = decode(value, KeyUsage, TAG.bitString).toNumber();
  return {
    digitalSignature: (flags & KeyUsageFlags.digitalSignature) !== 0,
    keyCertSign: (flags & KeyUsageFlags.keyCertSign) !== 0,
    crlSign: (flags & KeyUsageFlags.cRLSign) !== 0,
  };
}

function readExtendedKeyUsage(value: Uint8Array | null): readonly string[] | null {
  return value === null ? null : [...decode(value, ExtendedKeyUsage, TAG.sequence)];
}

function readSubjectKeyId(value: Uint8Array | null): string | null {
  return value === null
    ? null
    : Buffer.from(decode(value, SubjectKeyIdentifier, TAG.octetString).buffer).toString('hex');
}

function readAuthorityKeyId(value: Uint8Array | null): string | null {
  if (value === null) return null;
  const { keyIdentifier } = decode(value, AuthorityKeyIdentifier, TAG.sequence);
  return keyIdentifier === undefined ? null : Buffer.from(keyIdentifier.buffer).toString('hex');
}

function readPrivateKeyPeriod(value: Uint8Array | null): Extensions['privateKeyPeriod'] {
  if (value === null) return null;
  const { notBefore, notAfter } = decode(value, PrivateKeyUsagePeriod, TAG.sequence);
  return {
    notBeforeMs: notBefore?.getTime() ?? null,
    notAfterMs: notAfter?.getTime() ?? null,
  };
}

/** The decoder takes what follows an object for nothing and throws errors of many kinds: both are mended here. */
function decode<T>(value: Uint8Array, type: new () => T, tag: number): T {
  const { raw } = readOnly(value, tag, 'extension');
  try {
    return AsnConvert.parse(raw, type);
  } catch (cause) {
    throw new ProtocolError('certificate.extension', `no ${type.name} in its extension`, { cause });
  }
}
