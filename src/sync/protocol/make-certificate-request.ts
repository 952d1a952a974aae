import { createPublicKey, type KeyObject, sign } from 'node:crypto';
import { Attributes, CertificationRequest, CertificationRequestInfo } from '@peculiar/asn1-csr';
import { AsnConvert } from '@peculiar/asn1-schema';
import {
  AlgorithmIdentifier,
  AttributeTypeAndValue,
  AttributeValue,
  Name,
  RelativeDistinguishedName,
  SubjectPublicKeyInfo,
} from '@peculiar/asn1-x509';

const ECDSA_SHA256 = '1.2.840.10045.4.3.2';
const COMMON_NAME = '2.5.4.3';

/** A PKCS #10 request (RFC 2986) for a station; its region is the hub's to say. `key`: private, P-256. */
export function makeCertificateRequest(
  station: string,
  key: KeyObject,
): { readonly pem: string; readonly der: Uint8Array } {
  const spki = createPublicKey(key).export({ type: 'spki', format: 'der' });
  const value = new AttributeValue({ utf8String: station });
  const commonName = new AttributeTypeAndValue({ type: COMMON_NAME, value });
  const info = new CertificationRequestInfo({
    subject: new Name([new RelativeDistinguishedName([commonName])]),
    subjectPKInfo: AsnConvert.parse(spki, SubjectPublicKeyInfo),
    attributes: new Attributes(),
  });
  const signature = sign('sha256', Buffer.from(AsnConvert.serialize(info)), key);
  const der = Buffer.from(
    AsnConvert.serialize(
      new CertificationRequest({
        certificationRequestInfo: info,
        signatureAlgorithm: new AlgorithmIdentifier({ algorithm: ECDSA_SHA256 }),
        signature: Uint8Array.from(signature).buffer,
      }),
    ),
  );
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  const pem = [
    '-----BEGIN CERTIFICATE REQUEST-----',
    ...lines,
    '-----END CERTIFICATE REQUEST-----',
  ];
  return { pem: `${pem.join('\n')}\n`, der };
}
