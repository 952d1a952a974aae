import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import * as issuer from '../../../test/support/chip-issuer.ts';
import { CSCA, SIGNER, SIGNER_CERTIFICATE } from '../../../test/support/identity-card-evidence.ts';
import { parseSignedData, type Signer } from '../lds/signed-data.ts';
import { readTlv, readTlvs, writeTlv } from '../tlv.ts';
import { type SignedContent, verifyCms } from './cms-signature.ts';

const CONTENT = Buffer.from('what is signed');

function signed(changes: Partial<issuer.SignedDataPlan> = {}): SignedContent {
  const { signers, ...data } = parseSignedData(
    issuer.makeSignedData({
      contentType: '2.23.136.1.1.1',
      content: CONTENT,
      certificates: [SIGNER_CERTIFICATE],
      signature: issuer.ecdsa(SIGNER),
      issuer: CSCA.name,
      ...changes,
    }),
  );
  const [signer] = signers;
  if (signer === undefined) throw new Error('no signer');
  return { ...data, signer };
}

const withSigner = (content: SignedContent, changes: Partial<Signer>): SignedContent => ({
  ...content,
  signer: { ...content.signer, ...changes },
});

test('a signature over the signed attributes is valid, and tells when it was made', () => {
  expect(verifyCms('sod', signed({ signedAt: '2024-05-06T07:08:09' }))).toMatchObject({
    signature: 'valid',
    signedMs: Date.UTC(2024, 4, 6, 7, 8, 9),
    signerCertificate: { serial: '4d' },
    checks: ['certificate', 'algorithm', 'message-digest', 'signature', 'strength'].map((name) => ({
      code: `sod.${name}`,
      outcome: 'passed',
    })),
  });
});

test('attributes that were sorted for signing and written unsorted are verified sorted', () => {
  const content = signed({ signedAt: '2024-05-06' });
  const attributes = readTlvs(readTlv(content.signer.signedBytes).value).map(({ raw }) => raw);
  const unsorted = withSigner(content, {
    signedBytes: writeTlv(issuer.SET, ...attributes.toReversed()),
  });
  expect(verifyCms('sod', unsorted).signature).toBe('valid');
  const fewer = withSigner(content, { signedBytes: writeTlv(issuer.SET, ...attributes.slice(1)) });
  expect(verifyCms('sod', fewer).signature).toBe('invalid');
});

test('an algorithm that names no hash takes the digest algorithm of the signer', () => {
  const rsa = issuer.rsaKeys();
  const algorithm = issuer.sequence(issuer.oid('1.2.840.113549.1.1.1'), issuer.NULL);
  const content = signed({
    certificates: [issuer.issue(CSCA, rsa)],
    signature: { ...issuer.pkcs1(rsa, 'sha512'), algorithm },
    hash: 'sha512',
  });
  expect(verifyCms('sod', content).signature).toBe('valid');
});

test('another content is invalid, even when no certificate says who signed', () => {
  const other = { ...signed(), content: Buffer.from('something else') };
  expect(verifyCms('sod', other).signature).toBe('invalid');
  expect(verifyCms('sod', { ...other, certificates: [] }).signature).toBe('invalid');
});

test('an algorithm nobody here knows is not verifiable, which is not the same as wrong', () => {
  const unknown = { oid: '1.2.3', parameters: null };
  for (const changes of [{ signatureAlgorithm: unknown }, { digestAlgorithm: unknown }]) {
    expect(verifyCms('sod', withSigner(signed(), changes)).signature).toBe('unverifiable');
  }
  const damaged = {
    oid: '1.2.840.113549.1.1.10',
    parameters: issuer.sequence(writeTlv(0xa0, issuer.NULL)),
  };
  expect(verifyCms('sod', withSigner(signed(), { signatureAlgorithm: damaged }))).toMatchObject({
    signature: 'unverifiable',
  });
});

test('a signature algorithm of another kind than the key is not verifiable', () => {
  const rsa = issuer.rsaKeys();
  expect(verifyCms('sod', signed({ signature: issuer.pkcs1(rsa) })).signature).toBe('unverifiable');
});

test('of two certificates with the serial number the issuer decides; of two with the same issuer neither is taken', () => {
  const elsewhere = issuer.makeAuthority('LA', 'CSCA');
  const foreign = issuer.issue(elsewhere, issuer.ecKeys());
  const twin = issuer.issue(CSCA, issuer.ecKeys());
  const taken = (...certificates: readonly Uint8Array[]) =>
    verifyCms('sod', signed({ certificates })).signature;
  expect(taken(foreign, SIGNER_CERTIFICATE)).toBe('valid');
  expect(taken(SIGNER_CERTIFICATE, SIGNER_CERTIFICATE)).toBe('valid');
  expect(taken(twin, SIGNER_CERTIFICATE)).toBe('unverifiable');
});

test('certificates that cannot be read are passed over', () => {
  const content = signed({ certificates: [issuer.sequence(issuer.NULL), SIGNER_CERTIFICATE] });
  expect(verifyCms('sod', content).signature).toBe('valid');
});

test('SHA-1 and short keys verify and are weak', () => {
  const weak = verifyCms('sod', signed({ signature: issuer.ecdsa(SIGNER, 'sha1'), hash: 'sha1' }));
  expect(weak.signature).toBe('valid');
  expect(weak.checks.at(-1)).toEqual({ code: 'sod.strength', outcome: 'failed' });
});

test('SHA-1 over the content is weak under a signature of another hash', () => {
  const { signature, checks } = verifyCms('sod', signed({ hash: 'sha1' }));
  expect(signature).toBe('valid');
  expect(checks.filter(({ outcome }) => outcome === 'failed').map(({ code }) => code)).toEqual([
    'sod.algorithm',
    'sod.strength',
  ]);
});

test('a digest of other length is a mismatch, not an error', () => {
  const short = createHash('sha1').update(CONTENT).digest();
  expect(verifyCms('sod', withSigner(signed(), { messageDigest: short })).signature).toBe(
    'invalid',
  );
});
