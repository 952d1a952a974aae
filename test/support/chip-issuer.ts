import { constants, createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { writeTlv } from '../../src/chip/tlv.ts';

/**
 * An issuer of chip documents for tests: keys, certificates, CRLs, signed data, security objects and master lists, made anew
 * for every run and wrong in whatever way a test wants.
 */

export const SEQUENCE = 0x30;
export const SET = 0x31;

export type Signature = { readonly algorithm: Uint8Array; make(data: Uint8Array): Uint8Array };
export type Keys = {
  readonly spki: Uint8Array;
  readonly keyId: Uint8Array;
  readonly privateKey: KeyObject;
};

export const oid = (dotted: string): Uint8Array => {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const base128 = (arc: number) => {
    const bytes = [arc % 128];
    for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128))
      bytes.unshift((left % 128) | 0x80);
    return bytes;
  };
  return writeTlv(0x06, Uint8Array.from([first * 40 + second, ...rest].flatMap(base128)));
};
export const integer = (value: number): Uint8Array =>
  writeTlv(
    0x02,
    Buffer.from(
      `00${value.toString(16).padStart(value > 0x7f ? 4 : 2, '0')}`.slice(value > 0x7f ? 0 : 2),
      'hex',
    ),
  );
export const octets = (...values: readonly Uint8Array[]) => writeTlv(0x04, ...values);
export const sequence = (...values: readonly Uint8Array[]) => writeTlv(SEQUENCE, ...values);
export const set = (...values: readonly Uint8Array[]) => writeTlv(SET, ...values);
export const bits = (value: Uint8Array) => writeTlv(0x03, Uint8Array.of(0), value);
export const NULL = writeTlv(0x05);
export const utcTime = (iso: string) =>
  writeTlv(0x17, Buffer.from(`${iso.replace(/[-:T]/g, '').slice(2, 14).padEnd(12, '0')}Z`));

export function ecKeys(namedCurve = 'brainpoolP256r1', explicit = false): Keys {
  const { publicKey, privateKey } = generateKeyPairSync('ec', {
    namedCurve,
    paramEncoding: explicit ? 'explicit' : 'named',
  });
  return keysOf(publicKey, privateKey);
}

export function rsaKeys(modulusLength = 2048): Keys {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength });
  return keysOf(publicKey, privateKey);
}

function keysOf(publicKey: KeyObject, privateKey: KeyObject): Keys {
  const spki = publicKey.export({ type: 'spki', format: 'der' });
  return { spki, keyId: createHash('sha1').update(spki).digest(), privateKey };
}

const ECDSA = {
  sha1: '1.2.840.10045.4.1',
  sha224: '1.2.840.10045.4.3.1',
  sha256: '1.2.840.10045.4.3.2',
  sha384: '1.2.840.10045.4.3.3',
  sha512: '1.2.840.10045.4.3.4',
};
const PKCS1 = {
  sha1: '1.2.840.113549.1.1.5',
  sha224: '1.2.840.113549.1.1.14',
  sha256: '1.2.840.113549.1.1.11',
  sha384: '1.2.840.113549.1.1.12',
  sha512: '1.2.840.113549.1.1.13',
};
export const HASH = {
  sha1: '1.3.14.3.2.26',
  sha224: '2.16.840.1.101.3.4.2.4',
  sha256: '2.16.840.1.101.3.4.2.1',
  sha384: '2.16.840.1.101.3.4.2.2',
  sha512: '2.16.840.1.101.3.4.2.3',
};
export type Hash = keyof typeof HASH;

export function ecdsa({ privateKey }: Keys, hash: Hash = 'sha256'): Signature {
  return { algorithm: sequence(oid(ECDSA[hash])), make: (data) => sign(hash, data, privateKey) };
}

/** BSI TR-03111: r and s side by side. */
export function ecdsaPlain({ privateKey }: Keys): Signature {
  return {
    algorithm: sequence(oid('0.4.0.127.0.7.1.1.4.1.3')),
    make: (data) => sign('sha256', data, { key: privateKey, dsaEncoding: 'ieee-p1363' }),
  };
}

export function pkcs1({ privateKey }: Keys, hash: Hash = 'sha256'): Signature {
  return {
    algorithm: sequence(oid(PKCS1[hash]), NULL),
    make: (data) => sign(hash, data, privateKey),
  };
}

/** RSA-PSS with its parameters written out. */
export function pss({ privateKey }: Keys, hash: Hash = 'sha256', saltLength = 32): Signature {
  const hashField = sequence(oid(HASH[hash]), NULL);
  const mask = sequence(oid('1.2.840.113549.1.1.8'), hashField);
  const parameters = sequence(
    writeTlv(0xa0, hashField),
    writeTlv(0xa1, mask),
    writeTlv(0xa2, integer(saltLength)),
  );
  return {
    algorithm: sequence(oid('1.2.840.113549.1.1.10'), parameters),
    make: (data) =>
      sign(hash, data, { key: privateKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength }),
  };
}

export const name = (country: string, commonName: string, stringTag = 0x0c): Uint8Array =>
  sequence(
    set(sequence(oid('2.5.4.6'), writeTlv(0x13, Buffer.from(country)))),
    set(sequence(oid('2.5.4.3'), writeTlv(stringTag, Buffer.from(commonName)))),
  );

export const extension = (id: string, value: Uint8Array, critical = false): Uint8Array =>
  sequence(oid(id), ...(critical ? [writeTlv(0x01, Uint8Array.of(0xff))] : []), octets(value));

export const basicConstraints = (ca: boolean, pathLength: number | null = null) =>
  extension(
    '2.5.29.19',
    sequence(
      ...(ca ? [writeTlv(0x01, Uint8Array.of(0xff))] : []),
      ...(pathLength === null ? [] : [integer(pathLength)]),
    ),
    true,
  );
/** First byte of the BIT STRING: 0x80 digitalSignature, 0x04 keyCertSign, 0x02 cRLSign. */
export const keyUsage = (flags: number) =>
  extension('2.5.29.15', writeTlv(0x03, Uint8Array.of(1, flags)), true);
export const subjectKeyId = (keyId: Uint8Array) => extension('2.5.29.14', octets(keyId));
export const authorityKeyId = (keyId: Uint8Array) =>
  extension('2.5.29.35', sequence(writeTlv(0x80, keyId)));
export const extendedKeyUsage = (id: string) => extension('2.5.29.37', sequence(oid(id)), true);

export type CertificatePlan = {
  readonly subject: Uint8Array;
  readonly issuer: Uint8Array;
  readonly keys: Keys;
  readonly signature: Signature;
  readonly extensions: readonly Uint8Array[];
  readonly serial?: number;
  readonly notBefore?: string;
  readonly notAfter?: string;
};

export function makeCertificate(plan: CertificatePlan): Uint8Array {
  const { serial = 1, notBefore = '2022-01-01', notAfter = '2032-01-01', signature } = plan;
  const tbs = sequence(
    writeTlv(0xa0, integer(2)),
    integer(serial),
    signature.algorithm,
    plan.issuer,
    sequence(utcTime(notBefore), utcTime(notAfter)),
    plan.subject,
    plan.keys.spki,
    ...(plan.extensions.length === 0 ? [] : [writeTlv(0xa3, sequence(...plan.extensions))]),
  );
  return sequence(tbs, signature.algorithm, bits(signature.make(tbs)));
}

/** An issuer with its self-signed certificate, and what it signs by default. */
export type Authority = {
  readonly name: Uint8Array;
  readonly keys: Keys;
  readonly signature: Signature;
  readonly certificate: Uint8Array;
};

export function makeAuthority(
  country: string,
  commonName: string,
  changes: Partial<CertificatePlan> & { readonly keys?: Keys } = {},
  signatureOf: (keys: Keys) => Signature = ecdsa,
): Authority {
  const keys = changes.keys ?? ecKeys();
  const own = name(country, commonName);
  const signature = signatureOf(keys);
  const certificate = makeCertificate({
    subject: own,
    issuer: own,
    keys,
    signature,
    notBefore: '2020-01-01',
    notAfter: '2035-01-01',
    extensions: [
      basicConstraints(true, 0),
      keyUsage(0x06),
      subjectKeyId(keys.keyId),
      authorityKeyId(keys.keyId),
    ],
    ...changes,
  });
  return { name: own, keys, signature, certificate };
}

/** What an authority issues: a document signer unless changed. */
export function issue(
  authority: Authority,
  keys: Keys,
  changes: Partial<CertificatePlan> = {},
): Uint8Array {
  return makeCertificate({
    subject: name('VN', 'Document Signer 1'),
    issuer: authority.name,
    keys,
    signature: authority.signature,
    serial: 77,
    extensions: [keyUsage(0x80), authorityKeyId(authority.keys.keyId), subjectKeyId(keys.keyId)],
    ...changes,
  });
}

export function makeCrl(
  authority: Authority,
  revoked: readonly number[],
  {
    thisUpdate = '2026-01-01',
    nextUpdate = '2026-12-31',
    extensions = [] as readonly Uint8Array[],
  } = {},
): Uint8Array {
  const tbs = sequence(
    integer(1),
    authority.signature.algorithm,
    authority.name,
    utcTime(thisUpdate),
    utcTime(nextUpdate),
    ...(revoked.length === 0
      ? []
      : [sequence(...revoked.map((serial) => sequence(integer(serial), utcTime('2025-06-01'))))]),
    writeTlv(0xa0, sequence(authorityKeyId(authority.keys.keyId), ...extensions)),
  );
  return sequence(tbs, authority.signature.algorithm, bits(authority.signature.make(tbs)));
}

export type SignedDataPlan = {
  readonly contentType: string;
  readonly content: Uint8Array;
  readonly certificates: readonly Uint8Array[];
  readonly signature: Signature;
  readonly issuer: Uint8Array;
  readonly serial?: number;
  readonly hash?: Hash;
  /** Instead of the content's digest. */
  readonly messageDigest?: Uint8Array;
  /** Instead of the content's type. */
  readonly attributeType?: string;
  readonly signedAt?: string;
  readonly signers?: number;
  readonly keyId?: Uint8Array;
};

export function makeSignedData(plan: SignedDataPlan): Uint8Array {
  const { contentType, content, certificates, signature, hash = 'sha256' } = plan;
  const digestAlgorithm = sequence(oid(HASH[hash]));
  const attribute = (id: string, value: Uint8Array) => sequence(oid(id), set(value));
  const attributes = [
    attribute('1.2.840.113549.1.9.3', oid(plan.attributeType ?? contentType)),
    attribute(
      '1.2.840.113549.1.9.4',
      octets(plan.messageDigest ?? createHash(hash).update(content).digest()),
    ),
    ...(plan.signedAt === undefined
      ? []
      : [attribute('1.2.840.113549.1.9.5', utcTime(plan.signedAt))]),
  ].sort(Buffer.compare);
  const signer = sequence(
    integer(plan.keyId === undefined ? 1 : 3),
    plan.keyId === undefined
      ? sequence(plan.issuer, integer(plan.serial ?? 77))
      : writeTlv(0x80, plan.keyId),
    digestAlgorithm,
    writeTlv(0xa0, ...attributes),
    signature.algorithm,
    octets(signature.make(set(...attributes))),
  );
  const data = sequence(
    integer(3),
    set(digestAlgorithm),
    sequence(oid(contentType), writeTlv(0xa0, octets(content))),
    ...(certificates.length === 0 ? [] : [writeTlv(0xa0, ...certificates)]),
    set(...Array.from({ length: plan.signers ?? 1 }, () => signer)),
  );
  return sequence(oid('1.2.840.113549.1.7.2'), writeTlv(0xa0, data));
}

export function makeSecurityObject(
  groups: ReadonlyMap<number, Uint8Array>,
  hash: Hash = 'sha256',
): Uint8Array {
  return sequence(
    integer(0),
    sequence(oid(HASH[hash])),
    sequence(
      ...[...groups].map(([number, bytes]) =>
        sequence(integer(number), octets(createHash(hash).update(bytes).digest())),
      ),
    ),
  );
}

export function makeMasterListContent(certificates: readonly Uint8Array[]): Uint8Array {
  return sequence(integer(0), set(...certificates));
}
