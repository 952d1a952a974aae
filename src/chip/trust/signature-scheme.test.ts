import { constants, createHash, generateKeyPairSync, privateEncrypt, sign } from 'node:crypto';
import { expect, test } from 'vitest';
import * as issuer from '../../../test/support/chip-issuer.ts';
import {
  CSCA,
  judge,
  pin,
  SIGNER,
  signedBy,
  sodFile,
} from '../../../test/support/identity-card-evidence.ts';
import { readAlgorithm } from '../lds/signed-data.ts';
import { readTlv, readTlvs } from '../tlv.ts';
import { readPublicKey } from './public-key.ts';
import { isStrong, readScheme, verifySignature } from './signature-scheme.ts';

for (const [kind, keys, signature] of [
  ['ECDSA on P-384 with SHA-384', issuer.ecKeys('secp384r1'), 'sha384'],
  ['ECDSA on P-521 with SHA-512', issuer.ecKeys('secp521r1'), 'sha512'],
  ['ECDSA on brainpoolP224r1', issuer.ecKeys('brainpoolP224r1'), 'sha224'],
  ['ECDSA on brainpoolP320r1', issuer.ecKeys('brainpoolP320r1'), 'sha256'],
  ['ECDSA on brainpoolP512r1', issuer.ecKeys('brainpoolP512r1'), 'sha512'],
] as const) {
  test(`${kind} is verified`, () => {
    const sod = sodFile({
      certificates: [issuer.issue(CSCA, keys)],
      signature: issuer.ecdsa(keys, signature),
      hash: signature,
    });
    expect(judge({ sod }).state).toBe('genuine');
  });
}

test('ECDSA with r and s side by side, RSA PKCS#1 and PSS are verified', () => {
  const rsa = issuer.rsaKeys();
  for (const [keys, signature] of [
    [SIGNER, issuer.ecdsaPlain(SIGNER)],
    [rsa, issuer.pkcs1(rsa)],
    [rsa, issuer.pss(rsa)],
    [rsa, issuer.pss(rsa, 'sha256', 20)],
  ] as const) {
    expect(judge({ sod: signedBy(issuer.issue(CSCA, keys), keys, signature) }).state).toBe(
      'genuine',
    );
  }
});

test('PKCS#1 whose DigestInfo names the hash without NULL is verified, and nothing near it', () => {
  const keys = issuer.rsaKeys();
  const sealed = (digestInfo: Uint8Array) =>
    privateEncrypt({ key: keys.privateKey, padding: constants.RSA_PKCS1_PADDING }, digestInfo);
  const info = (data: Uint8Array, ...parameters: readonly Uint8Array[]) =>
    issuer.sequence(
      issuer.sequence(issuer.oid(issuer.HASH.sha256), ...parameters),
      issuer.octets(createHash('sha256').update(data).digest()),
    );
  const certificates = [issuer.issue(CSCA, keys)];
  const { algorithm } = issuer.pkcs1(keys);
  const state = (make: (data: Uint8Array) => Uint8Array) =>
    judge({ sod: sodFile({ certificates, signature: { algorithm, make } }) }).state;
  expect(state((data) => sealed(info(data)))).toBe('genuine');
  expect(state((data) => sealed(info(data, issuer.NULL)))).toBe('genuine');
  expect(state((data) => sealed(info(data, issuer.NULL, issuer.NULL)))).toBe('altered');
  expect(state((data) => sealed(Buffer.concat([info(data), issuer.NULL])))).toBe('altered');
  expect(state((data) => sealed(info(Buffer.concat([data, issuer.NULL]))))).toBe('altered');
});

test('a CSCA of 3072 bits that signs by PSS makes a chain', () => {
  const csca = issuer.makeAuthority('VN', 'CSCA', { keys: issuer.rsaKeys(3072) }, issuer.pss);
  const sod = signedBy(issuer.issue(csca, SIGNER));
  expect(judge({ sod, store: pin(csca.certificate) }).state).toBe('genuine');
});

test('a mask of another hash than the signature is taken as its parameters say, and SHA-1 there is weak', () => {
  const { publicKey, privateKey } = generateKeyPairSync('rsa-pss', {
    modulusLength: 2048,
    hashAlgorithm: 'sha256',
    mgf1HashAlgorithm: 'sha1',
  });
  const spki = publicKey.export({ type: 'spki', format: 'der' });
  const key = readPublicKey(spki);
  const algorithm = readTlvs(readTlv(spki).value)[0];
  const scheme = readScheme(readAlgorithm(algorithm));
  const data = Buffer.from('signed');
  const signature = sign('sha256', data, {
    ...{ key: privateKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 },
  });
  expect(scheme).toMatchObject({
    kind: 'rsa-pss',
    hash: 'sha256',
    maskHash: 'sha1',
    saltBytes: 32,
  });
  if (scheme?.kind !== 'rsa-pss') throw new Error('no PSS scheme');
  expect(verifySignature(scheme, key, data, signature)).toBe(true);
  expect(verifySignature(scheme, key, Buffer.from('other'), signature)).toBe(false);
  expect(isStrong(scheme)).toBe(false);
  // As issuers do it: a key for anything, the parameters in the signature's algorithm alone.
  const plain = readPublicKey(
    issuer.sequence(
      issuer.sequence(issuer.oid('1.2.840.113549.1.1.1'), issuer.NULL),
      issuer.bits(key.kind === 'rsa' ? key.der : new Uint8Array(0)),
    ),
  );
  expect(verifySignature(scheme, plain, data, signature)).toBe(true);
  // The key is for this mask alone.
  expect(verifySignature({ ...scheme, maskHash: 'sha256' }, key, data, signature)).toBe(false);
});

test('a signature by a key of another kind is none', () => {
  const rsa = readPublicKey(issuer.rsaKeys().spki);
  const ec = readPublicKey(SIGNER.spki);
  const nothing = new Uint8Array(64);
  expect(verifySignature({ kind: 'rsa-pkcs1', hash: 'sha256' }, ec, nothing, nothing)).toBe(false);
  expect(
    verifySignature({ kind: 'ecdsa', hash: 'sha256', encoding: 'der' }, rsa, nothing, nothing),
  ).toBe(false);
});
