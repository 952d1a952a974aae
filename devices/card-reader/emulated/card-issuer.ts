import { createHash, randomBytes } from 'node:crypto';
import { readTlvs, writeTlv } from '../../../src/chip/tlv.ts';
import { der } from './der.ts';
import {
  hashAlgorithm,
  hashOf,
  type KeyKind,
  makeSigningKeys,
  type SigningKeys,
  signatureAlgorithm,
  signWith,
} from './signing-keys.ts';

/** A country's test authority and one of its document signers; their keys live as long as the process. */
export type CardIssuer = {
  readonly country: string;
  readonly authority: SigningKeys;
  /** DER: what a trust store pins. */
  readonly authorityCertificate: Uint8Array;
  readonly signer: SigningKeys;
  readonly signerCertificate: Uint8Array;
};

export type IssuerOptions = {
  /** Two letters, upper case. */
  readonly country: string;
  readonly authorityKeys: SigningKeys;
  readonly signerKeys: SigningKeys;
  readonly authorityDays: Validity;
  readonly signerDays: Validity;
};

/** ISO 8601, from the first midnight (UTC) to the second. */
export type Validity = { readonly from: string; readonly until: string };

const COMMON_NAME = '2.5.4.3';
const COUNTRY_NAME = '2.5.4.6';
const AUTHORITY_SERIAL = 1n;
const SIGNER_SERIAL = 2n;

/**
 * An issuer with new keys of a kind and days that hold for years. Its keys are secret, and no seed leads to them: somebody may
 * pin its authority.
 */
export function makeIssuer(kind: KeyKind): CardIssuer {
  return issuerOf({
    country: 'VN',
    authorityKeys: makeSigningKeys(kind, randomBytes),
    signerKeys: makeSigningKeys(kind, randomBytes),
    authorityDays: { from: '2020-01-01', until: '2050-01-01' },
    signerDays: { from: '2020-06-01', until: '2049-06-01' },
  });
}

export function issuerOf(options: IssuerOptions): CardIssuer {
  const { country, authorityKeys: authority, signerKeys: signer } = options;
  const issuer = nameOf(country, 'TEST CSCA');
  return {
    ...{ country, authority, signer },
    authorityCertificate: certificate(authority, {
      ...{ serial: AUTHORITY_SERIAL, issuer, subject: issuer, days: options.authorityDays },
      publicKeyInfo: authority.publicKeyInfo,
      extensions: authorityExtensions(authority),
    }),
    signerCertificate: certificate(authority, {
      ...{ serial: SIGNER_SERIAL, issuer, days: options.signerDays },
      subject: nameOf(country, 'TEST Document Signer'),
      publicKeyInfo: signer.publicKeyInfo,
      extensions: signerExtensions(authority, signer),
    }),
  };
}

function nameOf(country: string, commonName: string): Uint8Array {
  return der.sequence(
    der.set(der.sequence(der.oid(COUNTRY_NAME), der.printable(country))),
    der.set(der.sequence(der.oid(COMMON_NAME), der.utf8(commonName))),
  );
}

type CertificateContents = {
  readonly serial: bigint;
  readonly issuer: Uint8Array;
  readonly subject: Uint8Array;
  readonly days: Validity;
  readonly publicKeyInfo: Uint8Array;
  readonly extensions: readonly Uint8Array[];
};

/** RFC 5280, 4.1. */
function certificate(by: SigningKeys, contents: CertificateContents): Uint8Array {
  const { serial, issuer, subject, days, publicKeyInfo, extensions } = contents;
  const toBeSigned = der.sequence(
    der.context(0, der.integer(2)),
    der.integer(serial),
    signatureAlgorithm(by),
    issuer,
    der.sequence(der.day(days.from), der.day(days.until)),
    subject,
    publicKeyInfo,
    der.context(3, der.sequence(...extensions)),
  );
  return der.sequence(toBeSigned, signatureAlgorithm(by), der.bits(signWith(by, toBeSigned)));
}

/** ICAO 9303-12, 7.1.1: keyCertSign and cRLSign; a CA of path length 0. */
function authorityExtensions(authority: SigningKeys): readonly Uint8Array[] {
  return [
    extension('2.5.29.15', true, der.bits(Uint8Array.of(0x06), 1)),
    extension('2.5.29.19', true, der.sequence(der.boolean(true), der.integer(0))),
    extension('2.5.29.14', false, der.octets(keyIdentifier(authority))),
  ];
}

/** digitalSignature, and the documents it signs: identity cards. */
function signerExtensions(authority: SigningKeys, signer: SigningKeys): readonly Uint8Array[] {
  const documentTypes = der.sequence(der.integer(0), der.set(der.printable('ID')));
  return [
    extension('2.5.29.15', true, der.bits(Uint8Array.of(0x80), 7)),
    extension('2.5.29.35', false, der.sequence(der.contextBytes(0, keyIdentifier(authority)))),
    extension('2.5.29.14', false, der.octets(keyIdentifier(signer))),
    extension('2.23.136.1.1.6.2', false, documentTypes),
  ];
}

function extension(oid: string, critical: boolean, value: Uint8Array): Uint8Array {
  const flag = critical ? [der.boolean(true)] : [];
  return der.sequence(der.oid(oid), ...flag, der.octets(value));
}

/** RFC 5280, 4.2.1.2 (1): SHA-1 of the key's bits. */
function keyIdentifier({ publicKeyInfo }: SigningKeys): Uint8Array {
  const [info] = readTlvs(publicKeyInfo);
  const bits = info === undefined ? undefined : readTlvs(info.value)[1];
  return createHash('sha1')
    .update(bits?.value.subarray(1) ?? publicKeyInfo)
    .digest();
}

const OID = {
  signedData: '1.2.840.113549.1.7.2',
  ldsSecurityObject: '2.23.136.1.1.1',
  contentType: '1.2.840.113549.1.9.3',
  messageDigest: '1.2.840.113549.1.9.4',
} as const;

/**
 * EF.SOD over these files, by number of data group (ICAO 9303-10, 4.6.2; RFC 5652, 5). Version 1 adds the versions of LDS
 * and Unicode.
 */
export function signFiles(
  { signer, country, signerCertificate }: CardIssuer,
  groups: ReadonlyMap<number, Uint8Array>,
  version: 0 | 1,
): Uint8Array {
  const hash = hashOf(signer);
  const digest = (bytes: Uint8Array) => createHash(hash).update(bytes).digest();
  const securityObject = der.sequence(
    der.integer(version),
    hashAlgorithm(hash),
    der.sequence(
      ...[...groups].map(([group, file]) =>
        der.sequence(der.integer(group), der.octets(digest(file))),
      ),
    ),
    ...(version === 1 ? [der.sequence(der.printable('0108'), der.printable('040000'))] : []),
  );
  const attributes = [
    der.sequence(der.oid(OID.contentType), der.set(der.oid(OID.ldsSecurityObject))),
    der.sequence(der.oid(OID.messageDigest), der.set(der.octets(digest(securityObject)))),
  ];
  // RFC 5652, 5.4: signed as a SET, written under [0].
  const asSet = der.set(...attributes);
  const signerInfo = der.sequence(
    der.integer(1),
    der.sequence(nameOf(country, 'TEST CSCA'), der.integer(SIGNER_SERIAL)),
    hashAlgorithm(hash),
    Buffer.concat([Uint8Array.of(0xa0), asSet.subarray(1)]),
    signatureAlgorithm(signer),
    der.octets(signWith(signer, asSet)),
  );
  const signedData = der.sequence(
    der.integer(3),
    der.set(hashAlgorithm(hash)),
    der.sequence(der.oid(OID.ldsSecurityObject), der.context(0, der.octets(securityObject))),
    der.context(0, signerCertificate),
    der.set(signerInfo),
  );
  return writeTlv(0x77, der.sequence(der.oid(OID.signedData), der.context(0, signedData)));
}
