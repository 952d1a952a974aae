import { ProtocolError } from '../protocol-error.ts';
import { findTlv, needTlv, readTlv, readTlvs, type Tlv, writeTlv } from '../tlv.ts';
import { definiteLengths } from './ber.ts';
import { expectTlv, oidText, smallInteger } from './values.ts';

/** AlgorithmIdentifier; `parameters` whole, or null. */
export type Algorithm = { readonly oid: string; readonly parameters: Uint8Array | null };

/** How a signer names its certificate. */
export type SignerId =
  | {
      readonly kind: 'issuer-serial';
      /** Name, DER as it came; issuers encode it differently here and in the certificate. */
      readonly issuer: Uint8Array;
      /** Content of the INTEGER. */
      readonly serial: Uint8Array;
    }
  | { readonly kind: 'key-id'; readonly keyId: Uint8Array };

export type Signer = {
  readonly id: SignerId;
  readonly digestAlgorithm: Algorithm;
  readonly signatureAlgorithm: Algorithm;
  readonly signature: Uint8Array;
  /** What the signature is over: the signed attributes as they came, with the tag of a SET (RFC 5652, 5.4). */
  readonly signedBytes: Uint8Array;
  /** The attribute: to be the digest of the content. */
  readonly messageDigest: Uint8Array;
};

/** CMS SignedData (RFC 5652, 5) with its content inside. All bytes are views of the file where it is DER. */
export type SignedData = {
  /** Object identifier; each signer's content-type attribute says the same. */
  readonly contentType: string;
  /** Content of the OCTET STRING: what `messageDigest` is the digest of. */
  readonly content: Uint8Array;
  /** X.509 certificates, DER as they came, in order. */
  readonly certificates: readonly Uint8Array[];
  readonly signers: readonly Signer[];
};

const SIGNED_DATA = '1.2.840.113549.1.7.2';
const CONTENT_TYPE = '1.2.840.113549.1.9.3';
const MESSAGE_DIGEST = '1.2.840.113549.1.9.4';

const INTEGER = 0x02;
const OCTETS = 0x04;
const OID = 0x06;
const SEQUENCE = 0x30;
const SET = 0x31;
const CONTEXT_0 = 0xa0;
const CONTEXT_0_PRIMITIVE = 0x80;

/**
 * The ContentInfo that fills `bytes`. Signed attributes are demanded, as RFC 5652, 5.3 does for every content that is
 * not plain data: without them a signature could be taken from one content to another. Throws ProtocolError `cms.*`,
 * `ber.*`, `asn1.*`, `tlv.*`. No signature is verified here.
 */
export function parseSignedData(bytes: Uint8Array): SignedData {
  const { bytes: definite, taken } = definiteLengths(bytes);
  if (taken !== bytes.length) {
    throw new ProtocolError('cms.trailing', `${bytes.length - taken} bytes after signed data`);
  }
  const info = readTlvs(readTlv(definite).value);
  if (oidText(needTlv(info, OID, 'ContentInfo')) !== SIGNED_DATA) {
    throw new ProtocolError('cms.kind', 'the content is not signed data');
  }
  const body = readTlv(needTlv(info, CONTEXT_0, 'ContentInfo').value);
  const parts = readTlvs(body.value);
  const encapsulated = readTlvs(needTlv(parts, SEQUENCE, 'encapContentInfo').value);
  const contentType = oidText(needTlv(encapsulated, OID, 'eContentType'));
  const content = readTlvs(needTlv(encapsulated, CONTEXT_0, 'eContent').value);
  const certificates = findTlv(parts, CONTEXT_0);
  const signers = parts.filter(({ tag }) => tag === SET).at(-1);
  // Version, digest algorithms, content and signers: the two SETs are told apart by their place.
  if (parts.filter(({ tag }) => tag === SET).length !== 2 || signers === undefined) {
    throw new ProtocolError('cms.parts', 'signed data: digest algorithms and signers expected');
  }
  return {
    contentType,
    content: needTlv(content, OCTETS, 'eContent').value,
    certificates: (certificates === null ? [] : readTlvs(certificates.value))
      .filter(({ tag }) => tag === SEQUENCE)
      .map(({ raw }) => raw),
    signers: readTlvs(signers.value).map((signer) => readSigner(signer, contentType)),
  };
}

/** AlgorithmIdentifier. Throws ProtocolError. */
export function readAlgorithm(object: Tlv | undefined): Algorithm {
  const [oid, parameters] = readTlvs(expectTlv(object, SEQUENCE, 'algorithm').value);
  return {
    oid: oidText(expectTlv(oid, OID, 'algorithm')),
    parameters: parameters?.raw ?? null,
  };
}

/** version, sid, digestAlgorithm, [0] signedAttrs, signatureAlgorithm, signature, [1] unsignedAttrs */
function readSigner(signer: Tlv, contentType: string): Signer {
  const [version, id, digestAlgorithm, attributes, signatureAlgorithm, signature] = readTlvs(
    expectTlv(signer, SEQUENCE, 'signer').value,
  );
  smallInteger(expectTlv(version, INTEGER, 'signer, version'));
  if (attributes?.tag !== CONTEXT_0) {
    throw new ProtocolError('cms.attributes', 'a signer without signed attributes');
  }
  const all = readTlvs(attributes.value);
  if (oidText(soleAttribute(all, CONTENT_TYPE)) !== contentType) {
    throw new ProtocolError('cms.content-type', 'a signer signed another type of content');
  }
  return {
    id: readSignerId(id),
    digestAlgorithm: readAlgorithm(digestAlgorithm),
    signatureAlgorithm: readAlgorithm(signatureAlgorithm),
    signature: expectTlv(signature, OCTETS, 'signature').value,
    signedBytes: writeTlv(SET, attributes.value),
    messageDigest: expectTlv(soleAttribute(all, MESSAGE_DIGEST), OCTETS, 'message digest').value,
  };
}

function readSignerId(id: Tlv | undefined): SignerId {
  if (id?.tag === CONTEXT_0_PRIMITIVE) return { kind: 'key-id', keyId: id.value };
  const parts = readTlvs(expectTlv(id, SEQUENCE, 'signer identifier').value);
  return {
    kind: 'issuer-serial',
    issuer: needTlv(parts, SEQUENCE, 'signer, issuer').raw,
    serial: needTlv(parts, INTEGER, 'signer, serial number').value,
  };
}

/** RFC 5652, 11.1 and 11.2: there once, with one value. */
function soleAttribute(attributes: readonly Tlv[], oid: string): Tlv {
  const values = attributes
    .map(({ value }) => readTlvs(value))
    .filter(([type]) => type !== undefined && oidText(type) === oid)
    .flatMap(([, set]) => readTlvs(expectTlv(set, SET, 'attribute').value));
  const [value, ...more] = values;
  if (value === undefined || more.length > 0) {
    throw new ProtocolError('cms.attributes', `attribute ${oid}: once expected`);
  }
  return value;
}
