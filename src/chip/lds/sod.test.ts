import { createHash, generateKeyPairSync, sign, verify, X509Certificate } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ProtocolError } from '../protocol-error.ts';
import { writeTlv } from '../tlv.ts';
import { parseSod } from './sod.ts';

const RUNS = process.env['CHOT_SOAK'] === '1' ? 50_000 : 1_000;

/**
 * Made by OpenSSL 3, `openssl cms -sign -binary -nodetach -stream -econtent_type 2.23.136.1.1.1` with a key made for it and
 * thrown away: indefinite lengths, content in segments. Its groups are the ASCII texts dg1, dg2, dg13, dg14.
 */
const OPENSSL_STREAMED = [
  'MIAGCSqGSIb3DQEHAqCAMIACAQMxDTALBglghkgBZQMEAgEwgAYGZ4EIAQEBoIAkgASBwjCBvwIBATALBglghkgBZQME',
  'AgEwgZwwJQIBAQQgs7wKee37u0+EnmdimSy7y1j5P7oCkNzOAyBGWaUB3TMwJQIBAgQg9drbAJn3gMUPDvv5AKjj2yLR',
  'nsmWEKtLxzDBvKw5flQwJQIBDQQgm9Ewx7H/U6aHnUnW5772znrbxBhOfwS/yShpPcpsNBEwJQIBDgQg4uXdleDJSR7b',
  'aCvY/vYWr2/az+1AiOjiOLdR5ghfcE4wDhMEMDEwOBMGMTMwMDAwAAAAAAAAoIIBzzCCAcswggFyoAMCAQICFHnxva1P',
  'yiAa9epwOzmJEXg0Dxd4MAoGCCqGSM49BAMCMDsxCzAJBgNVBAYTAlZOMQ0wCwYDVQQKDARUZXN0MR0wGwYDVQQDDBRU',
  'ZXN0IGRvY3VtZW50IHNpZ25lcjAeFw0yNjExMjUxNDAwMzdaFw0zNjExMjIxNDAwMzdaMDsxCzAJBgNVBAYTAlZOMQ0w',
  'CwYDVQQKDARUZXN0MR0wGwYDVQQDDBRUZXN0IGRvY3VtZW50IHNpZ25lcjBaMBQGByqGSM49AgEGCSskAwMCCAEBBwNC',
  'AAQjTBSWD6PlRAzW8yfelZyFNGZXb385/gyCMK71m0lz9jvT8IxSA0WoIdW4z1JCuWmAr+DVnIIYUTW1ewVvIFeio1Mw',
  'UTAdBgNVHQ4EFgQUyoMAwsDXk3Q4RrRElkhbgS7TDMgwHwYDVR0jBBgwFoAUyoMAwsDXk3Q4RrRElkhbgS7TDMgwDwYD',
  'VR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNHADBEAiBVhQpkWsBTyMI/Ri6Odf20BrkM6Q2J/wjcxhXiWQ6f3QIgATG3',
  'L8Yra75h5Ydla21ewpvFlGm2IdmsKgKM7LlWZFwxggElMIIBIQIBATBTMDsxCzAJBgNVBAYTAlZOMQ0wCwYDVQQKDARU',
  'ZXN0MR0wGwYDVQQDDBRUZXN0IGRvY3VtZW50IHNpZ25lcgIUefG9rU/KIBr16nA7OYkReDQPF3gwCwYJYIZIAWUDBAIB',
  'oGYwFQYJKoZIhvcNAQkDMQgGBmeBCAEBATAcBgkqhkiG9w0BCQUxDxcNMjYxMTI1MTQwMDM3WjAvBgkqhkiG9w0BCQQx',
  'IgQgcmfiiCL0gm00aMnyvBn5B2Rshz9SuXiolksq5THdhUkwCgYIKoZIzj0EAwIERjBEAiBFVEh+z0rMpOC93/7foDDK',
  'MP1jfxnHfgMbbn0P5o7X7QIgeTSvX5MlsZt8eBsIpo0jyctHw8OZOmziuEXMa8loWYUAAAAAAAA=',
].join('');

const hex = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest();
const integer = (value: number) => writeTlv(0x02, Uint8Array.of(value));
const sequence = (...parts: readonly Uint8Array[]) => writeTlv(0x30, ...parts);
const octets = (bytes: Uint8Array) => writeTlv(0x04, bytes);
const printable = (text: string) => writeTlv(0x13, Buffer.from(text));

const SHA256 = sequence(hex('0609 608648016503040201'), hex('0500'));
const ECDSA_SHA256 = sequence(hex('0608 2A8648CE3D040302'));
const SIGNED_DATA = hex('0609 2A864886F70D010702');
const CONTENT_TYPE = hex('0609 2A864886F70D010903');
const MESSAGE_DIGEST = hex('0609 2A864886F70D010904');
const LDS_SECURITY_OBJECT = hex('0606 678108010101');
const PLAIN_DATA = hex('0609 2A864886F70D010701');
const ISSUER = sequence(writeTlv(0x31, sequence(hex('0603 550406'), printable('VN'))));

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });

const groupHash = (group: number, bytes: Uint8Array) =>
  sequence(integer(group), octets(sha256(bytes)));
const DG1 = Buffer.from('bytes of DG1');
const DG2 = Buffer.from('bytes of DG2');

type Parts = {
  version: number;
  hashes: readonly Uint8Array[];
  versionInfo: readonly Uint8Array[];
  behindObject: Uint8Array;
  contentType: Uint8Array;
  attributes: (content: Uint8Array) => readonly Uint8Array[] | null;
  signerId: Uint8Array;
  signers: number;
  behindSignedData: Uint8Array;
};
const attribute = (type: Uint8Array, ...values: readonly Uint8Array[]) =>
  sequence(type, writeTlv(0x31, ...values));
const PARTS: Parts = {
  ...{ version: 0, versionInfo: [], behindObject: hex(''), behindSignedData: hex('') },
  ...{ hashes: [groupHash(1, DG1), groupHash(2, DG2)], contentType: LDS_SECURITY_OBJECT },
  attributes: (content) => [
    attribute(CONTENT_TYPE, LDS_SECURITY_OBJECT),
    attribute(MESSAGE_DIGEST, octets(sha256(content))),
  ],
  ...{ signerId: sequence(ISSUER, integer(7)), signers: 1 },
};

/** An EF.SOD signed with this test's key; its certificate is any SEQUENCE, since none is looked into here. */
function sod(change: Partial<Parts> = {}): Uint8Array {
  const parts = { ...PARTS, ...change };
  const object = sequence(
    ...[integer(parts.version), SHA256, sequence(...parts.hashes), ...parts.versionInfo],
  );
  const content = Buffer.concat([object, parts.behindObject]);
  const signer = signerInfo(parts, content);
  const signedData = sequence(
    ...[integer(3), writeTlv(0x31, SHA256)],
    sequence(parts.contentType, writeTlv(0xa0, octets(content))),
    writeTlv(0xa0, sequence(Buffer.from('a certificate').fill(0x04, 0, 1).fill(11, 1, 2))),
    writeTlv(0x31, ...Array.from({ length: parts.signers }, () => signer)),
  );
  return writeTlv(0x77, sequence(SIGNED_DATA, writeTlv(0xa0, signedData)), parts.behindSignedData);
}

function signerInfo({ attributes, signerId }: Parts, content: Uint8Array): Uint8Array {
  const list = attributes(content);
  const signature = sign('sha256', writeTlv(0x31, ...(list ?? [])), privateKey);
  const signedAttributes = list === null ? [] : [writeTlv(0xa0, ...list)];
  return sequence(
    integer(1),
    signerId,
    SHA256,
    ...signedAttributes,
    ECDSA_SHA256,
    octets(signature),
  );
}

test('a SOD of version 0: what is signed, by whom and how', () => {
  const read = parseSod(sod());
  expect(read).toMatchObject({ version: 0, ldsVersion: null, unicodeVersion: null });
  expect(read.groupDigestAlgorithm.oid).toBe('2.16.840.1.101.3.4.2.1');
  expect([...read.groupHashes.keys()]).toEqual([1, 2]);
  expect(Buffer.from(read.groupHashes.get(2) ?? [])).toEqual(sha256(DG2));
  expect(read.certificates).toHaveLength(1);
  expect(read.signer.digestAlgorithm.oid).toBe('2.16.840.1.101.3.4.2.1');
  expect(read.signer.signatureAlgorithm).toEqual({ oid: '1.2.840.10045.4.3.2', parameters: null });
  expect(Buffer.from(read.signer.messageDigest)).toEqual(sha256(read.content));
  expect(verify('sha256', read.signer.signedBytes, publicKey, read.signer.signature)).toBe(true);
});

test('a SOD of version 1 says its LDS version under the signature', () => {
  const versionInfo = [sequence(printable('0108'), printable('130000'))];
  expect(parseSod(sod({ version: 1, versionInfo }))).toMatchObject({
    ...{ version: 1, ldsVersion: '0108', unicodeVersion: '130000' },
  });
});

test('a signer named by its key identifier', () => {
  const { signer } = parseSod(sod({ signerId: writeTlv(0x80, hex('0102030405')) }));
  expect(signer.id).toEqual({ kind: 'key-id', keyId: expect.anything() });
});

test('a signer named by issuer and serial number, bytes as they came', () => {
  const { signer } = parseSod(sod());
  expect(signer.id.kind === 'issuer-serial' && Buffer.from(signer.id.issuer)).toEqual(
    Buffer.from(ISSUER),
  );
});

test("OpenSSL's streamed output: indefinite lengths, and its signature holds", () => {
  const read = parseSod(writeTlv(0x77, Buffer.from(OPENSSL_STREAMED, 'base64')));
  const { publicKey: key } = new X509Certificate(read.certificates[0] ?? new Uint8Array(0));
  expect(verify('sha256', read.signer.signedBytes, key, read.signer.signature)).toBe(true);
  expect(Buffer.from(read.signer.messageDigest)).toEqual(sha256(read.content));
  expect([...read.groupHashes]).toEqual(
    [1, 2, 13, 14].map((group) => [group, sha256(Buffer.from(`dg${group}`))]),
  );
});

test('signed attributes keep their order, also one that DER would not have', () => {
  const attributes = (content: Uint8Array) => [...(PARTS.attributes(content) ?? [])].reverse();
  const { signer } = parseSod(sod({ attributes }));
  expect(verify('sha256', signer.signedBytes, publicKey, signer.signature)).toBe(true);
});

/** As China signs. */
const SIGNED_AS_DATA: Partial<Parts> = {
  contentType: PLAIN_DATA,
  attributes: (content) => [
    attribute(CONTENT_TYPE, PLAIN_DATA),
    attribute(MESSAGE_DIGEST, octets(sha256(content))),
  ],
};

test('a security object signed as plain data is read, and says so', () => {
  const { contentType, groupHashes } = parseSod(sod(SIGNED_AS_DATA));
  expect(contentType).toBe('1.2.840.113549.1.7.1');
  expect(groupHashes).toEqual(parseSod(sod()).groupHashes);
});

const trailing = hex('0500');
for (const [name, bytes, code] of [
  ['two signers', sod({ signers: 2 }), 'sod.signers'],
  ['no signer', sod({ signers: 0 }), 'sod.signers'],
  ['another content type', sod({ contentType: PLAIN_DATA }), 'cms.content-type'],
  ['no signed attributes', sod({ attributes: () => null }), 'cms.attributes'],
  [
    'no message digest',
    sod({ attributes: (c) => PARTS.attributes(c)?.slice(0, 1) ?? [] }),
    'cms.attributes',
  ],
  [
    'two message digests',
    sod({
      attributes: (c) => [...(PARTS.attributes(c) ?? []), ...(PARTS.attributes(c) ?? []).slice(1)],
    }),
    'cms.attributes',
  ],
  [
    'a content type signed over that is another',
    sod({ attributes: () => [attribute(CONTENT_TYPE, PLAIN_DATA)] }),
    'cms.content-type',
  ],
  [
    'plain data that is no security object',
    sod({ ...SIGNED_AS_DATA, behindObject: hex('0500') }),
    'sod.content-type',
  ],
  ['bytes behind the file', Buffer.concat([sod(), trailing]), 'lds.trailing'],
  ['bytes behind the signed data', sod({ behindSignedData: trailing }), 'cms.trailing'],
  ['bytes behind the security object', sod({ behindObject: trailing }), 'sod.trailing'],
  ['version 2', sod({ version: 2 }), 'sod.version'],
  ['a group twice', sod({ hashes: [groupHash(1, DG1), groupHash(1, DG2)] }), 'sod.group'],
  ['group 17', sod({ hashes: [groupHash(17, DG1)] }), 'sod.group'],
  ['group 0', sod({ hashes: [groupHash(0, DG1)] }), 'sod.group'],
  ['no groups', sod({ hashes: [] }), 'sod.group'],
  ['another file', writeTlv(0x60, sequence()), 'lds.tag'],
  ['a megabyte', new Uint8Array(1_000_000).fill(0x30), 'lds.too-large'],
  ['nesting without end', writeTlv(0x77, hex('3080'.repeat(20_000))), 'ber.depth'],
] as const) {
  test(`${name} is refused with a reason`, () => {
    expect(() => parseSod(bytes)).toThrow(expect.objectContaining({ code }));
  });
}

for (const [name, good] of [
  ['DER', sod()],
  ['BER', writeTlv(0x77, Buffer.from(OPENSSL_STREAMED, 'base64'))],
] as const) {
  test(`a SOD in ${name} with any bytes changed, cut or put in is read or refused by name`, () => {
    const change = fc.tuple(fc.nat(good.length - 1), fc.nat(2), fc.uint8Array({ maxLength: 3 }));
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 3 }), (changes) => {
        let bytes = Buffer.from(good);
        for (const [at, cut, more] of changes) {
          bytes = Buffer.concat([bytes.subarray(0, at), more, bytes.subarray(at + cut)]);
        }
        try {
          expect(parseSod(bytes).groupHashes.size).toBeGreaterThan(0);
        } catch (error) {
          expect(error).toBeInstanceOf(ProtocolError);
        }
      }),
      { numRuns: RUNS },
    );
  });
}
