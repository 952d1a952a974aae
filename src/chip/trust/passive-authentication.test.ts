import { expect, test } from 'vitest';
import * as issuer from '../../../test/support/chip-issuer.ts';
import {
  added,
  CSCA,
  failed,
  judge,
  pin,
  SIGNER,
  SIGNER_CERTIFICATE,
  signedBy,
  sodFile,
} from '../../../test/support/identity-card-evidence.ts';
import { parseCertificate } from './certificate.ts';
import { parseCrl } from './crl.ts';
import { addCrl, EMPTY_TRUST_STORE } from './trust-store.ts';

test('a whole card of a pinned issuer is genuine, and says what was and was not checked', () => {
  const found = judge();
  expect(found).toMatchObject({
    state: 'genuine',
    signature: 'valid',
    chain: 'valid',
    hashes: 'valid',
    anchorSha256: parseCertificate(CSCA.certificate).sha256,
  });
  expect(found.checks.filter(({ outcome }) => outcome !== 'passed')).toEqual([
    { code: 'crl.available', outcome: 'skipped' },
    { code: 'crl.current', outcome: 'skipped' },
    { code: 'crl.not-revoked', outcome: 'skipped' },
  ]);
});

// Security C3, in its order.

test('a CCCD under an anchor pinned for passports is of an unknown issuer', () => {
  const found = judge({ store: pin(CSCA.certificate, 'passport') });
  expect(found).toMatchObject({ state: 'issuer-unknown', chain: 'no-anchor' });
  expect(failed(found)).toEqual(['chain.anchor', 'chain.purpose']);
});

test('a passport is not vouched for by an anchor of identity cards', () => {
  const document = { code: 'P', issuingState: 'VNM' };
  expect(judge({ document }).state).toBe('issuer-unknown');
  expect(judge({ document, store: pin(CSCA.certificate, 'passport') }).state).toBe('genuine');
});

test('an issuer nobody pinned is unknown, and its certificate can be shown outside', () => {
  const found = judge({ store: EMPTY_TRUST_STORE });
  expect(found).toMatchObject({ state: 'issuer-unknown', signature: 'valid', chain: 'no-anchor' });
  expect(Buffer.from(found.signerCertificate?.der ?? [])).toEqual(Buffer.from(SIGNER_CERTIFICATE));
});

test('a foreign CSCA, even pinned for identity cards, makes no Vietnamese card genuine', () => {
  const foreign = issuer.makeAuthority('DE', 'CSCA');
  const certificate = issuer.issue(foreign, SIGNER, { subject: issuer.name('DE', 'DS') });
  const found = judge({ sod: signedBy(certificate), store: pin(foreign.certificate) });
  expect(found).toMatchObject({ state: 'unverifiable', chain: 'invalid' });
  expect(failed(found)).toEqual(['country.document']);
});

test('signer and CSCA of different countries make nothing genuine', () => {
  const certificate = issuer.issue(CSCA, SIGNER, { subject: issuer.name('LA', 'DS') });
  const found = judge({ sod: signedBy(certificate) });
  expect(found.state).toBe('unverifiable');
  expect(failed(found)).toEqual(['country.certificates', 'country.document']);
});

test('lower case in a country is put up with', () => {
  const certificate = issuer.issue(CSCA, SIGNER, { subject: issuer.name('vn', 'DS') });
  expect(judge({ sod: signedBy(certificate) }).state).toBe('genuine');
});

for (const [what, changes, code] of [
  ['a signer past its validity', { notAfter: '2026-06-14' }, 'signer.validity'],
  ['a signer not yet valid', { notBefore: '2026-06-16' }, 'signer.validity'],
  [
    'a signer made long after the card was issued',
    { notBefore: '2025-01-01' },
    'signer.validity-at-issue',
  ],
  ['a signer made before its CSCA', { notBefore: '2019-01-01' }, 'csca.validity-at-issue'],
] as const) {
  test(`${what} makes nothing genuine`, () => {
    const found = judge({ sod: signedBy(issuer.issue(CSCA, SIGNER, changes)) });
    expect(found).toMatchObject({ state: 'unverifiable', signature: 'valid', chain: 'invalid' });
    expect(failed(found)).toContain(code);
  });
}

test('a card issued some weeks before its signer was made is genuine: it bears the day it was granted', () => {
  const certificate = issuer.issue(CSCA, SIGNER, { notBefore: '2024-07-20' });
  expect(judge({ sod: signedBy(certificate) }).state).toBe('genuine');
});

test('without a day of issue the time of signing is taken', () => {
  const late = issuer.issue(CSCA, SIGNER, { notBefore: '2025-01-01' });
  const sod = sodFile({ certificates: [late], signedAt: '2024-06-15' });
  expect(failed(judge({ sod, issuedMs: null }))).toEqual(['signer.validity-at-issue']);
});

test('an expired CSCA makes nothing genuine', () => {
  const old = issuer.makeAuthority('VN', 'CSCA', { notAfter: '2026-06-14' });
  const sod = signedBy(issuer.issue(old, SIGNER));
  expect(failed(judge({ sod, store: pin(old.certificate) }))).toEqual(['csca.validity']);
});

const CA_EXTENSIONS = [issuer.basicConstraints(true, 0), issuer.keyUsage(0x86)];

test('a document signer that is a CA makes nothing genuine', () => {
  const certificate = issuer.issue(CSCA, SIGNER, { extensions: CA_EXTENSIONS });
  const found = judge({ sod: signedBy(certificate) });
  expect(found.state).toBe('unverifiable');
  expect(failed(found)).toEqual(['signer.no-ca']);
});

test('a leaf as CA: what a document signer signs has no issuer, though its own comes along', () => {
  const below = issuer.ecKeys();
  const leaf = { ...CSCA, name: issuer.name('VN', 'Document Signer 1'), keys: SIGNER };
  const certificate = issuer.issue({ ...leaf, signature: issuer.ecdsa(SIGNER) }, below, {
    subject: issuer.name('VN', 'Document Signer 2'),
    serial: 78,
  });
  const found = judge({
    sod: sodFile({
      certificates: [certificate, SIGNER_CERTIFICATE],
      signature: issuer.ecdsa(below),
      serial: 78,
    }),
  });
  expect(found).toMatchObject({ state: 'unverifiable', chain: 'invalid' });
  expect(failed(found)).toEqual(['link.ca', 'link.key-usage', 'csca.path-length']);
});

test('a leaf cannot be pinned', () => {
  expect(() => pin(SIGNER_CERTIFICATE)).toThrow('anchor.not-ca');
});

test('a CSCA that may not sign certificates makes nothing genuine', () => {
  const csca = issuer.makeAuthority('VN', 'CSCA', {
    extensions: [issuer.basicConstraints(true, 0), issuer.keyUsage(0x80)],
  });
  const found = judge({ sod: signedBy(issuer.issue(csca, SIGNER)), store: pin(csca.certificate) });
  expect(failed(found)).toEqual(['csca.key-usage']);
});

test('a signer that may not sign documents makes nothing genuine', () => {
  for (const extensions of [
    [issuer.keyUsage(0x04)],
    [],
    [issuer.keyUsage(0x80), issuer.extendedKeyUsage('2.23.136.1.1.3')],
  ]) {
    const found = judge({ sod: signedBy(issuer.issue(CSCA, SIGNER, { extensions })) });
    expect(failed(found)).toEqual(['signer.key-usage']);
  }
});

test('path length: a CA below a CSCA of length 0 makes nothing genuine', () => {
  const middleKeys = issuer.ecKeys();
  const middleName = issuer.name('VN', 'Some other CA');
  const middle = issuer.issue(CSCA, middleKeys, {
    subject: middleName,
    extensions: [issuer.basicConstraints(true, 0), issuer.keyUsage(0x06)],
  });
  const authority = { ...CSCA, name: middleName, keys: middleKeys };
  const certificate = issuer.issue({ ...authority, signature: issuer.ecdsa(middleKeys) }, SIGNER, {
    serial: 78,
  });
  const found = judge({ sod: sodFile({ certificates: [certificate, middle], serial: 78 }) });
  expect(found.state).toBe('unverifiable');
  expect(failed(found)).toEqual(['csca.path-length']);
});

test('a link certificate leads from the old CSCA to the new one of the same name', () => {
  const nextKeys = issuer.ecKeys('brainpoolP384r1');
  const link = issuer.issue(CSCA, nextKeys, {
    subject: CSCA.name,
    extensions: [
      issuer.basicConstraints(true, 0),
      issuer.keyUsage(0x06),
      issuer.subjectKeyId(nextKeys.keyId),
      issuer.authorityKeyId(CSCA.keys.keyId),
    ],
  });
  const next = { ...CSCA, keys: nextKeys, signature: issuer.ecdsa(nextKeys, 'sha384') };
  const certificates = [issuer.issue(next, SIGNER, { serial: 78 }), link];
  const found = judge({ sod: sodFile({ certificates, serial: 78 }) });
  expect(failed(found)).toEqual([]);
  expect(found.state).toBe('genuine');
  // The link itself pinned is an anchor as good.
  expect(judge({ sod: sodFile({ certificates, serial: 78 }), store: pin(link) }).state).toBe(
    'genuine',
  );
});

test('a critical extension nobody here knows makes nothing genuine; an uncritical one does not matter', () => {
  const own = (critical: boolean) =>
    issuer.issue(CSCA, SIGNER, {
      extensions: [issuer.keyUsage(0x80), issuer.extension('1.2.3.4', issuer.NULL, critical)],
    });
  expect(failed(judge({ sod: signedBy(own(true)) }))).toEqual(['signer.critical-extensions']);
  expect(judge({ sod: signedBy(own(false)) }).state).toBe('genuine');
});

test('curve parameters written out are the named curve if all of them are', () => {
  const keys = issuer.ecKeys('brainpoolP256r1', true);
  const csca = issuer.makeAuthority('VN', 'CSCA', { keys: issuer.ecKeys('prime256v1', true) });
  const sod = signedBy(issuer.issue(csca, keys), keys);
  expect(judge({ sod, store: pin(csca.certificate) }).state).toBe('genuine');
});

test('a replaced generator: parameters that are nearly a named curve make nothing genuine', () => {
  const keys = issuer.ecKeys('brainpoolP256r1', true);
  // Base point: 04, then x of RFC 5639, 3.4.
  const at = Buffer.from(keys.spki).indexOf(
    Buffer.from('048bd2aeb9cb7e57cb2c4b482ffc81b7af', 'hex'),
  );
  const point = Buffer.from(keys.spki).subarray(-64);
  const spki = Buffer.concat([
    Buffer.from(keys.spki).subarray(0, at + 1),
    point,
    Buffer.from(keys.spki).subarray(at + 65),
  ]);
  const found = judge({ sod: signedBy(issuer.issue(CSCA, { ...keys, spki }), keys) });
  expect(found).toMatchObject({ state: 'unverifiable', signature: 'unverifiable' });
  expect(found.signerCertificate?.publicKey).toEqual({ kind: 'unusable', code: 'key.parameters' });
});

test('a curve that is not on the list makes nothing genuine', () => {
  for (const curve of ['secp256k1', 'prime192v1', 'brainpoolP256t1']) {
    const keys = issuer.ecKeys(curve);
    const found = judge({ sod: signedBy(issuer.issue(CSCA, keys), keys) });
    expect(found).toMatchObject({ state: 'unverifiable', signature: 'unverifiable' });
  }
});

test('SHA-1 makes nothing genuine: in the signature, in the certificate, over the groups', () => {
  const bySignature = sodFile({ signature: issuer.ecdsa(SIGNER, 'sha1'), hash: 'sha1' });
  const certificate = issuer.issue(CSCA, SIGNER, { signature: issuer.ecdsa(CSCA.keys, 'sha1') });
  for (const [sod, code] of [
    [bySignature, 'sod.strength'],
    [signedBy(certificate), 'signer.strength'],
    [sodFile({ groupHash: 'sha1' }), 'groups.strength'],
  ] as const) {
    const found = judge({ sod });
    expect(found).toMatchObject({ state: 'unverifiable', signature: 'valid', hashes: 'valid' });
    expect(failed(found)).toEqual([code]);
  }
});

test('RSA under 2048 bits makes nothing genuine', () => {
  const short = issuer.rsaKeys(1536);
  const found = judge({ sod: signedBy(issuer.issue(CSCA, short), short, issuer.pkcs1(short)) });
  expect(found).toMatchObject({ state: 'unverifiable', signature: 'valid' });
  expect(failed(found)).toEqual(['sod.strength', 'signer.strength']);
  const csca = issuer.makeAuthority('VN', 'CSCA', { keys: short }, issuer.pkcs1);
  expect(
    failed(judge({ sod: signedBy(issuer.issue(csca, SIGNER)), store: pin(csca.certificate) })),
  ).toEqual(['csca.strength']);
});

test('two signers are one too many', () => {
  expect(judge({ sod: sodFile({ signers: 2 }) })).toMatchObject({
    state: 'unverifiable',
    checks: [{ code: 'sod.signers', outcome: 'failed' }],
  });
});

test('signed content of another type is no security object', () => {
  expect(judge({ sod: sodFile({ contentType: '1.2.840.113549.1.7.1' }) }).state).toBe(
    'unverifiable',
  );
  expect(judge({ sod: sodFile({ attributeType: '1.2.840.113549.1.7.1' }) }).state).toBe(
    'unverifiable',
  );
});

test('trailing bytes make no security object', () => {
  expect(judge({ sod: Buffer.concat([sodFile(), Buffer.of(0)]) }).state).toBe('unverifiable');
  const padded = Buffer.concat([SIGNER_CERTIFICATE, Buffer.of(0x30, 0)]);
  expect(() => parseCertificate(padded)).toThrow(expect.objectContaining({ code: 'der.trailing' }));
});

test('a digest that does not match the content is alteration', () => {
  const found = judge({ sod: sodFile({ messageDigest: Buffer.alloc(32) }) });
  expect(found).toMatchObject({ state: 'altered', signature: 'invalid' });
  expect(failed(found)).toEqual(['sod.message-digest']);
});

test('RFC 8933, 3.1: two digest algorithms in one signature are not believed, though it holds', () => {
  const found = judge({ sod: sodFile({ hash: 'sha512' }) });
  expect(found).toMatchObject({ state: 'unverifiable', signature: 'valid' });
  expect(failed(found)).toEqual(['sod.algorithm']);
  const altered = judge({ sod: sodFile({ hash: 'sha512', messageDigest: Buffer.alloc(64) }) });
  expect(altered).toMatchObject({ state: 'altered', signature: 'invalid' });
});

test('a signature of somebody else is alteration', () => {
  const found = judge({ sod: sodFile({ signature: issuer.ecdsa(issuer.ecKeys()) }) });
  expect(found).toMatchObject({ state: 'altered', signature: 'invalid' });
});

test('a signer certificate that names the CSCA and its key but was not signed by it is a forgery', () => {
  const certificate = issuer.issue(CSCA, SIGNER, { signature: issuer.ecdsa(issuer.ecKeys()) });
  const found = judge({ sod: signedBy(certificate) });
  expect(found).toMatchObject({ state: 'altered', chain: 'invalid' });
  expect(failed(found)).toEqual(['chain.anchor', 'chain.signature']);
});

test('a missing CRL is said; an old one too; neither hinders; a revoked signer does', () => {
  const withCrl = (der: Uint8Array) => added(addCrl(pin(CSCA.certificate), parseCrl(der)));
  const current = judge({ store: withCrl(issuer.makeCrl(CSCA, [5])) });
  expect(current.checks.every(({ outcome }) => outcome === 'passed')).toBe(true);
  expect(current.state).toBe('genuine');
  const old = judge({ store: withCrl(issuer.makeCrl(CSCA, [5], { nextUpdate: '2026-02-01' })) });
  expect(failed(old)).toEqual(['crl.current']);
  expect(old.state).toBe('genuine');
  const revoked = judge({ store: withCrl(issuer.makeCrl(CSCA, [5, 77])) });
  expect(failed(revoked)).toEqual(['crl.not-revoked']);
  expect(revoked).toMatchObject({ state: 'unverifiable', chain: 'invalid' });
});

test('a signer is found by its key identifier as well', () => {
  expect(judge({ sod: sodFile({ keyId: SIGNER.keyId }) }).state).toBe('genuine');
});

test('an issuer written in another string type in the security object is the same issuer', () => {
  const sod = sodFile({ issuer: issuer.name('vn', 'IDENTITY  CARD CSCA', 0x13) });
  expect(judge({ sod }).state).toBe('genuine');
});

test('a security object without its signer certificate cannot be verified', () => {
  expect(judge({ sod: sodFile({ certificates: [] }) })).toMatchObject({
    state: 'unverifiable',
    signature: 'unverifiable',
  });
});

test('a security object signed as another content is verified and never genuine', () => {
  for (const contentType of ['1.2.840.113549.1.7.1', '1.2.528.1.1006.1.20.1']) {
    const found = judge({ sod: sodFile({ contentType }) });
    expect(found).toMatchObject({ signature: 'valid', chain: 'valid', hashes: 'valid' });
    expect(found.state).toBe('unverifiable');
    expect(failed(found)).toEqual(['sod.content-type']);
    const unknown = judge({ sod: sodFile({ contentType }), store: EMPTY_TRUST_STORE });
    expect(unknown.state).toBe('unverifiable');
    const groups = new Map([[1, Buffer.from('another')]]);
    expect(judge({ sod: sodFile({ contentType }), groups }).state).toBe('altered');
  }
});
