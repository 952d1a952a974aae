import { createHash, createPublicKey, type KeyObject, randomBytes, sign } from 'node:crypto';
import { isIP } from 'node:net';
import { AsnConvert, OctetString } from '@peculiar/asn1-schema';
import {
  AlgorithmIdentifier,
  AttributeTypeAndValue,
  AttributeValue,
  AuthorityKeyIdentifier,
  BasicConstraints,
  Certificate,
  ExtendedKeyUsage,
  Extension,
  Extensions,
  GeneralName,
  id_ce_authorityKeyIdentifier,
  id_ce_basicConstraints,
  id_ce_extKeyUsage,
  id_ce_keyUsage,
  id_ce_subjectAltName,
  id_ce_subjectKeyIdentifier,
  id_kp_clientAuth,
  id_kp_serverAuth,
  KeyIdentifier,
  KeyUsage,
  KeyUsageFlags,
  Name,
  RelativeDistinguishedName,
  SubjectAlternativeName,
  SubjectKeyIdentifier,
  SubjectPublicKeyInfo,
  TBSCertificate,
  Validity,
  Version,
} from '@peculiar/asn1-x509';

/** CN and O of a certificate: a station's id and its region; the hub sets both. */
export type Subject = { readonly commonName: string; readonly organization: string };

export type CertificateOrder = {
  readonly subject: Subject;
  /** P-256. */
  readonly publicKey: KeyObject;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
} & (
  | { readonly kind: 'authority' | 'station' }
  /** Host names and addresses that stations reach the hub by. */
  | { readonly kind: 'hub'; readonly hosts: readonly string[] }
);

/** Whose name and key stand behind a certificate; of the authority's own, itself. P-256. */
export type Issuer = { readonly subject: Subject; readonly privateKey: KeyObject };

export type IssuedCertificate = { readonly pem: string; readonly serial: string };

const SERIAL_BYTES = 16;
const ECDSA_SHA256 = '1.2.840.10045.4.3.2';
const COMMON_NAME = '2.5.4.3';
const ORGANIZATION = '2.5.4.10';

/** Signs an X.509 certificate (RFC 5280) with a random serial, written in upper-case hexadecimal as node:crypto reads it. */
export function issueCertificate(issuer: Issuer, order: CertificateOrder): IssuedCertificate {
  const serial = randomBytes(SERIAL_BYTES);
  // RFC 5280, 4.1.2.2: positive, and not beginning with zeros.
  serial[0] = ((serial[0] ?? 0) & 0x3f) | 0x40;
  const algorithm = new AlgorithmIdentifier({ algorithm: ECDSA_SHA256 });
  const content = new TBSCertificate({
    version: Version.v3,
    serialNumber: arrayBuffer(serial),
    signature: algorithm,
    issuer: nameOf(issuer.subject),
    validity: new Validity({
      notBefore: new Date(order.notBeforeMs),
      notAfter: new Date(order.notAfterMs),
    }),
    subject: nameOf(order.subject),
    subjectPublicKeyInfo: AsnConvert.parse(spkiOf(order.publicKey), SubjectPublicKeyInfo),
    extensions: new Extensions(extensionsOf(order, createPublicKey(issuer.privateKey))),
  });
  const bytes = Buffer.from(AsnConvert.serialize(content));
  const der = AsnConvert.serialize(
    new Certificate({
      tbsCertificate: content,
      signatureAlgorithm: algorithm,
      signatureValue: arrayBuffer(sign('sha256', bytes, issuer.privateKey)),
    }),
  );
  return { pem: pemOf(Buffer.from(der)), serial: serial.toString('hex').toUpperCase() };
}

function extensionsOf(order: CertificateOrder, issuerKey: KeyObject): Extension[] {
  const authority = order.kind === 'authority';
  const usage = authority
    ? KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign
    : KeyUsageFlags.digitalSignature;
  const constraints = authority ? { cA: true, pathLenConstraint: 0 } : {};
  const list = [
    extension(id_ce_basicConstraints, true, new BasicConstraints(constraints)),
    extension(id_ce_keyUsage, true, new KeyUsage(usage)),
    extension(
      id_ce_subjectKeyIdentifier,
      false,
      new SubjectKeyIdentifier(keyIdOf(order.publicKey)),
    ),
    extension(
      id_ce_authorityKeyIdentifier,
      false,
      new AuthorityKeyIdentifier({ keyIdentifier: new KeyIdentifier(keyIdOf(issuerKey)) }),
    ),
  ];
  if (authority) return list;
  const purpose = order.kind === 'hub' ? id_kp_serverAuth : id_kp_clientAuth;
  list.push(extension(id_ce_extKeyUsage, false, new ExtendedKeyUsage([purpose])));
  if (order.kind === 'hub') {
    const names = new SubjectAlternativeName(order.hosts.map(generalNameOf));
    list.push(extension(id_ce_subjectAltName, false, names));
  }
  return list;
}

function extension(extnID: string, critical: boolean, value: object): Extension {
  return new Extension({
    extnID,
    critical,
    extnValue: new OctetString(AsnConvert.serialize(value)),
  });
}

function nameOf({ commonName, organization }: Subject): Name {
  return new Name([part(ORGANIZATION, organization), part(COMMON_NAME, commonName)]);
}

function part(type: string, utf8String: string): RelativeDistinguishedName {
  const value = new AttributeValue({ utf8String });
  return new RelativeDistinguishedName([new AttributeTypeAndValue({ type, value })]);
}

function generalNameOf(host: string): GeneralName {
  return new GeneralName(isIP(host) === 0 ? { dNSName: host } : { iPAddress: host });
}

/** RFC 5280, 4.2.1.2, method 1: SHA-1 of the key's bits; it only helps to find an issuer. */
function keyIdOf(key: KeyObject): ArrayBuffer {
  const { subjectPublicKey } = AsnConvert.parse(spkiOf(key), SubjectPublicKeyInfo);
  return arrayBuffer(createHash('sha1').update(Buffer.from(subjectPublicKey)).digest());
}

function spkiOf(key: KeyObject): Buffer {
  return key.export({ format: 'der', type: 'spki' });
}

function pemOf(der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}

function arrayBuffer(bytes: Uint8Array): ArrayBuffer {
  return Uint8Array.from(bytes).buffer;
}
