import { X509Certificate } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { CertificatePlan } from '../../../test/support/chip-issuer.ts';
import * as issuer from '../../../test/support/chip-issuer.ts';
import { CSCA, SIGNER, SIGNER_CERTIFICATE } from '../../../test/support/identity-card-evidence.ts';
import { ProtocolError } from '../protocol-error.ts';
import { readTlv, readTlvs, writeTlv } from '../tlv.ts';
import { isSignedBy, parseCertificate } from './certificate.ts';
import { readPublicKey } from './public-key.ts';

const issued = (changes: Partial<CertificatePlan>) =>
  parseCertificate(issuer.issue(CSCA, SIGNER, changes));

test('a certificate is read as node:crypto reads it', () => {
  const ours = parseCertificate(SIGNER_CERTIFICATE);
  const theirs = new X509Certificate(SIGNER_CERTIFICATE);
  expect(ours.sha256).toBe(theirs.fingerprint256.replaceAll(':', '').toLowerCase());
  expect(BigInt(`0x${ours.serial}`)).toBe(BigInt(`0x${theirs.serialNumber}`));
  expect(ours.notBeforeMs).toBe(Date.parse(theirs.validFrom));
  expect(ours.notAfterMs).toBe(Date.parse(theirs.validTo));
  expect(ours.subject).toMatchObject({ country: 'VN', text: 'C=VN, CN=Document Signer 1' });
  expect(ours.publicKey).toMatchObject({ kind: 'ec', curve: 'brainpoolP256r1', bits: 256 });
});

test('extensions are read; what is not there is null', () => {
  const csca = parseCertificate(CSCA.certificate);
  expect(csca).toMatchObject({
    basicConstraints: { ca: true, pathLength: 0 },
    keyUsage: { digitalSignature: false, keyCertSign: true, crlSign: true },
    subjectKeyId: Buffer.from(CSCA.keys.keyId).toString('hex'),
    authorityKeyId: Buffer.from(CSCA.keys.keyId).toString('hex'),
    extendedKeyUsage: null,
    privateKeyPeriod: null,
    unknownCritical: [],
  });
  expect(parseCertificate(issuer.issue(CSCA, SIGNER, { extensions: [] }))).toMatchObject({
    basicConstraints: null,
    keyUsage: null,
  });
});

test('a key identifier that is none is no reason to refuse the certificate', () => {
  // As one national CSCA has it: the bare twenty bytes where an OCTET STRING should be.
  const bare = Buffer.from('b5e2000102030405060708090a0b0c0d0e0f1011', 'hex');
  const certificate = issued({
    extensions: [issuer.extension('2.5.29.14', bare), issuer.extension('2.5.29.35', bare)],
  });
  expect(certificate).toMatchObject({ subjectKeyId: null, authorityKeyId: null });
  expect(isSignedBy(certificate, parseCertificate(CSCA.certificate))).toBe(true);
});

test('the period of a private key is read', () => {
  const time = (tag: number, text: string) => writeTlv(tag, Buffer.from(text));
  const value = issuer.sequence(time(0x80, '20240101000000Z'), time(0x81, '20240401000000Z'));
  expect(issued({ extensions: [issuer.extension('2.5.29.16', value)] }).privateKeyPeriod).toEqual({
    notBeforeMs: Date.UTC(2024, 0, 1),
    notAfterMs: Date.UTC(2024, 3, 1),
  });
});

test('a signature is of the key that made it and of no other', () => {
  const certificate = parseCertificate(SIGNER_CERTIFICATE);
  expect(isSignedBy(certificate, parseCertificate(CSCA.certificate))).toBe(true);
  const other = issuer.makeAuthority('VN', 'Identity Card CSCA');
  expect(isSignedBy(certificate, parseCertificate(other.certificate))).toBe(false);
});

test('names are the same in any string type, case and spacing, and differ in what they say', () => {
  const subjectOf = (subject: Uint8Array) => issued({ subject }).subject;
  const plain = subjectOf(issuer.name('VN', 'Signer One'));
  expect(subjectOf(issuer.name('vn', ' SIGNER  one ', 0x13))).toMatchObject({
    country: 'VN',
    comparable: plain.comparable,
  });
  const wide = writeTlv(0x1e, Buffer.from('Signer One', 'utf16le').swap16());
  const bmp = issuer.sequence(
    issuer.set(issuer.sequence(issuer.oid('2.5.4.6'), writeTlv(0x13, Buffer.from('VN')))),
    issuer.set(issuer.sequence(issuer.oid('2.5.4.3'), wide)),
  );
  expect(subjectOf(bmp).comparable).toBe(plain.comparable);
  expect(subjectOf(issuer.name('VN', 'Signer Two')).comparable).not.toBe(plain.comparable);
  expect(subjectOf(issuer.name('VN', 'a\u001b[2Jb')).text).toBe('C=VN, CN=a?[2Jb');
});

test('two countries in a name are none', () => {
  const country = (code: string) =>
    issuer.set(issuer.sequence(issuer.oid('2.5.4.6'), writeTlv(0x13, Buffer.from(code))));
  expect(issued({ subject: issuer.sequence(country('VN'), country('LA')) }).subject.country).toBe(
    null,
  );
  expect(issued({ subject: issuer.sequence(country('VNM')) }).subject.country).toBe(null);
});

for (const [what, der, code] of [
  ['nothing', new Uint8Array(0), 'tlv.truncated'],
  ['a certificate cut short', SIGNER_CERTIFICATE.subarray(0, 300), 'tlv.truncated'],
  ['a certificate of 20 KB', new Uint8Array(20_000), 'certificate.size'],
  [
    'an extension twice',
    issuer.issue(CSCA, SIGNER, { extensions: [issuer.keyUsage(0x80), issuer.keyUsage(0x04)] }),
    'certificate.extension',
  ],
  [
    'bytes after an extension',
    issuer.issue(CSCA, SIGNER, {
      extensions: [issuer.extension('2.5.29.19', Buffer.concat([issuer.sequence(), issuer.NULL]))],
    }),
    'der.trailing',
  ],
  [
    'basic constraints that are none',
    issuer.issue(CSCA, SIGNER, {
      extensions: [issuer.extension('2.5.29.19', issuer.sequence(issuer.NULL))],
    }),
    'certificate.extension',
  ],
  ['the 31st of February', issuer.issue(CSCA, SIGNER, { notAfter: '2030-02-31' }), 'der.time'],
] as const) {
  test(`${what} is refused with a reason`, () => {
    expect(() => parseCertificate(der)).toThrow(expect.objectContaining({ code }));
  });
}

test('another algorithm inside than outside is refused', () => {
  const [tbs, , signature] = [...splitSequence(SIGNER_CERTIFICATE)];
  const other = issuer.ecdsa(SIGNER, 'sha512').algorithm;
  const forged = issuer.sequence(tbs ?? issuer.NULL, other, signature ?? issuer.NULL);
  expect(() => parseCertificate(forged)).toThrow(
    expect.objectContaining({ code: 'certificate.algorithm' }),
  );
});

test('an RSA key of exponent 1, even exponent or absurd size is unusable', () => {
  const rsa = (modulus: Uint8Array, exponent: number) =>
    readPublicKey(
      issuer.sequence(
        issuer.sequence(issuer.oid('1.2.840.113549.1.1.1'), issuer.NULL),
        issuer.bits(issuer.sequence(writeTlv(0x02, modulus), issuer.integer(exponent))),
      ),
    );
  const modulus = Buffer.alloc(257, 0xff).fill(0, 0, 1);
  expect(rsa(modulus, 3)).toMatchObject({ kind: 'rsa', bits: 2048 });
  for (const key of [
    rsa(modulus, 1),
    rsa(modulus, 4),
    rsa(Buffer.alloc(1_100, 0xff).fill(0, 0, 1), 3),
  ]) {
    expect(key).toEqual({ kind: 'unusable', code: 'key.parameters' });
  }
});

test('a point that is not on its curve is no key', () => {
  const spki = Buffer.from(SIGNER.spki);
  spki[spki.length - 1] = (spki.at(-1) ?? 0) ^ 1;
  expect(readPublicKey(spki)).toEqual({ kind: 'unusable', code: 'key.malformed' });
});

test('a certificate with any bytes changed is read or refused, and never signed by its issuer any more', () => {
  const csca = parseCertificate(CSCA.certificate);
  const byte = fc.record({
    at: fc.nat(SIGNER_CERTIFICATE.length - 1),
    value: fc.integer({ min: 1, max: 255 }),
  });
  fc.assert(
    fc.property(fc.array(byte, { minLength: 1, maxLength: 3 }), (changes) => {
      const der = Uint8Array.from(SIGNER_CERTIFICATE);
      for (const { at, value } of changes) der[at] = (der[at] ?? 0) ^ value;
      if (Buffer.compare(der, SIGNER_CERTIFICATE) === 0) return;
      try {
        expect(isSignedBy(parseCertificate(der), csca)).toBe(false);
      } catch (error) {
        if (!(error instanceof ProtocolError)) throw error;
      }
    }),
    { numRuns: 700, seed: 3 },
  );
});

test('keys of any changed bytes are usable or not, and throw nothing', () => {
  const keys = [SIGNER.spki, issuer.ecKeys('prime256v1', true).spki, issuer.rsaKeys(1024).spki];
  fc.assert(
    fc.property(
      fc.constantFrom(...keys),
      fc.nat(),
      fc.nat(255),
      fc.nat(),
      fc.nat(255),
      (key, at, value, at2, value2) => {
        const spki = Uint8Array.from(key);
        spki[at % spki.length] = value;
        spki[at2 % spki.length] = value2;
        expect(['rsa', 'ec', 'unusable']).toContain(readPublicKey(spki).kind);
      },
    ),
    { numRuns: 800, seed: 4 },
  );
});

function splitSequence(bytes: Uint8Array): readonly Uint8Array[] {
  return readTlvs(readTlv(bytes).value).map(({ raw }) => raw);
}

test('a key has one digest, however its curve is written, and a compressed point is none', () => {
  const explicit = issuer.ecKeys('brainpoolP256r1', true);
  const [, point] = readTlvs(readTlv(explicit.spki).value);
  const bytes = point?.value.subarray(1) ?? new Uint8Array(0);
  const named = (key: Uint8Array) =>
    issuer.sequence(
      issuer.sequence(issuer.oid('1.2.840.10045.2.1'), issuer.oid('1.3.36.3.3.2.8.1.1.7')),
      issuer.bits(key),
    );
  const digest = (spki: Uint8Array) =>
    parseCertificate(issuer.issue(CSCA, { ...explicit, spki })).publicKeySha256;
  expect(digest(named(bytes))).toBe(digest(explicit.spki));
  const compressed = Buffer.concat([
    Uint8Array.of(2 + ((bytes.at(-1) ?? 0) & 1)),
    bytes.subarray(1, 33),
  ]);
  expect(readPublicKey(named(bytes)).kind).toBe('ec');
  expect(readPublicKey(named(compressed))).toEqual({ kind: 'unusable', code: 'key.malformed' });
});
