import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import * as issuer from '../../../test/support/chip-issuer.ts';
import {
  CSCA,
  NOW_MS,
  pin,
  SIGNER_CERTIFICATE,
} from '../../../test/support/identity-card-evidence.ts';
import { ProtocolError } from '../protocol-error.ts';
import { parseCertificate } from './certificate.ts';
import { type ImportQuestion, importTrustFile } from './import-file.ts';
import { EMPTY_TRUST_STORE } from './trust-store.ts';

const GERMANY = issuer.makeAuthority('DE', 'CSCA Germany');
const FRANCE = issuer.makeAuthority('FR', 'CSCA France');
const JAPAN = issuer.makeAuthority('JP', 'CSCA Japan', { keys: issuer.rsaKeys() }, issuer.pss);
const LIST_SIGNER = issuer.ecKeys('secp384r1');
const LIST_SIGNER_CERTIFICATE = issuer.issue(GERMANY, LIST_SIGNER, {
  subject: issuer.name('DE', 'Master List Signer'),
  extensions: [issuer.keyUsage(0x80), issuer.extendedKeyUsage('2.23.136.1.1.3')],
});
const PINNED = pin(GERMANY.certificate, 'passport');

function masterList(
  certificates: readonly Uint8Array[],
  changes: Partial<issuer.SignedDataPlan> = {},
): Uint8Array {
  return issuer.makeSignedData({
    contentType: '2.23.136.1.1.2',
    content: issuer.makeMasterListContent(certificates),
    certificates: [LIST_SIGNER_CERTIFICATE, GERMANY.certificate],
    signature: issuer.ecdsa(LIST_SIGNER, 'sha384'),
    hash: 'sha384',
    issuer: GERMANY.name,
    ...changes,
  });
}
const LIST = masterList([GERMANY.certificate, FRANCE.certificate, JAPAN.certificate]);
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

const take = (bytes: Uint8Array, changes: Partial<ImportQuestion> = {}, store = PINNED) =>
  importTrustFile(store, bytes, {
    name: 'file',
    purpose: 'passport',
    sha256: null,
    addedDay: '2026-06-15',
    nowMs: NOW_MS,
    deniedKeys: new Set(),
    ...changes,
  });
const codes = ({ refused }: ReturnType<typeof take>) => refused.map(({ code }) => code);
const countries = ({ store }: ReturnType<typeof take>) =>
  store.anchors.map(({ certificate }) => certificate.subject.country).sort();

test('a certificate in DER and in PEM is pinned for the purpose asked', () => {
  const pem = [CSCA, FRANCE].map(
    ({ certificate }) =>
      `-----BEGIN CERTIFICATE-----\n${Buffer.from(certificate).toString('base64').replace(/.{64}/g, '$&\n')}\n-----END CERTIFICATE-----\n`,
  );
  const der = take(CSCA.certificate, { purpose: 'cccd' }, EMPTY_TRUST_STORE);
  expect(der.store.anchors).toMatchObject([
    { purpose: 'cccd', source: 'file', addedDay: '2026-06-15' },
  ]);
  expect(countries(take(Buffer.from(pem.join('\n')), {}, EMPTY_TRUST_STORE))).toEqual(['FR', 'VN']);
});

const pemOf = (label: string, bytes: Uint8Array) =>
  `-----BEGIN ${label}-----\n${Buffer.from(bytes).toString('base64')}\n-----END ${label}-----\n`;

for (const label of ['PRIVATE KEY', 'EC PRIVATE KEY', 'ENCRYPTED PRIVATE KEY']) {
  test(`a file with ${label} alone is refused as what it is`, () => {
    const key = Buffer.from(pemOf(label, Buffer.alloc(64, 1)));
    expect(() => take(key)).toThrow(
      /certificate .*expected: this is a private key, not a certificate: never copy it to a station; import the certificate/,
    );
    expect(() => take(key.subarray(0, 50))).toThrow(/private key/);
  });
}

test('a PEM file that is cut off, or whose block is no base64, says what to do', () => {
  const pem = pemOf('CERTIFICATE', FRANCE.certificate);
  expect(() => take(Buffer.from(pem.slice(0, -40)))).toThrow(/cut off.* copy the file again/);
  expect(() => take(Buffer.from(pem.replace('MII', 'M?I')))).toThrow(/base64.* export it again/);
});

test('of a PEM file everything whole is taken, and the rest is told', () => {
  const key = pemOf('PRIVATE KEY', Buffer.alloc(64, 1));
  const france = pemOf('CERTIFICATE', FRANCE.certificate);
  const cut = pemOf('CERTIFICATE', JAPAN.certificate).slice(0, 200);
  const found = take(Buffer.from(`Bag Attributes\n${key}${france}${cut}`));
  expect(countries(found)).toEqual(['DE', 'FR']);
  expect(found.refused).toEqual([
    { what: 'PRIVATE KEY', code: 'import.private-key' },
    { what: 'CERTIFICATE', code: 'import.cut-off' },
  ]);
});

test('more PEM blocks than any list has are not gone into', () => {
  expect(() => take(Buffer.from('-----BEGIN A'.repeat(100_000)))).toThrow(/more than 5000/);
});

test('a master list whose signer chains to a pinned anchor brings its certificates', () => {
  const found = take(LIST);
  expect(codes(found)).toEqual([]);
  expect(found).toMatchObject({ present: 1, masterLists: [{ accepted: 'signer' }] });
  expect(countries(found)).toEqual(['DE', 'FR', 'JP']);
  expect(found.store.anchors[0]?.source).toMatch(/^(test|file [0-9a-f]{64})$/);
});

test('a master list of nobody counts for nothing, unless the operator types its SHA-256', () => {
  const refused = take(LIST, {}, EMPTY_TRUST_STORE);
  expect(codes(refused)).toEqual(['master-list.not-vouched-for']);
  expect(refused.store).toBe(EMPTY_TRUST_STORE);
  expect(codes(take(LIST, { sha256: 'ab'.repeat(32) }, EMPTY_TRUST_STORE))).toHaveLength(1);
  const typed = take(LIST, { sha256: sha256(LIST).toUpperCase() }, EMPTY_TRUST_STORE);
  expect(typed.masterLists[0]?.accepted).toBe('sha256');
  expect(countries(typed)).toEqual(['DE', 'FR', 'JP']);
});

test('an anchor of passports vouches for no anchor of identity cards', () => {
  expect(codes(take(LIST, { purpose: 'cccd' }))).toEqual(['master-list.not-vouched-for']);
});

for (const [what, list] of [
  [
    'signed by a document signer',
    masterList([], {
      signature: issuer.ecdsa(LIST_SIGNER, 'sha384'),
      certificates: [issuer.issue(GERMANY, LIST_SIGNER, { subject: issuer.name('DE', 'DS') })],
    }),
  ],
  [
    'whose signature is of another key',
    masterList([], { signature: issuer.ecdsa(issuer.ecKeys(), 'sha384') }),
  ],
  ['with two signers', masterList([], { signers: 2 })],
  ['with another content than was signed', masterList([], { messageDigest: Buffer.alloc(48) })],
  [
    'whose signer has expired',
    masterList([], {
      certificates: [
        issuer.issue(GERMANY, LIST_SIGNER, {
          subject: issuer.name('DE', 'MLS'),
          notAfter: '2026-01-01',
          extensions: [issuer.keyUsage(0x80), issuer.extendedKeyUsage('2.23.136.1.1.3')],
        }),
      ],
    }),
  ],
  [
    'signed with SHA-1',
    masterList([], { signature: issuer.ecdsa(LIST_SIGNER, 'sha1'), hash: 'sha1' }),
  ],
] as const) {
  test(`a master list ${what} is refused`, () => {
    expect(codes(take(list))).toEqual(['master-list.not-vouched-for']);
  });
}

test('what cannot be read in a good list is told, the rest is taken', () => {
  const found = take(
    masterList([FRANCE.certificate, issuer.sequence(issuer.NULL), SIGNER_CERTIFICATE]),
  );
  expect(found.refused).toEqual([
    { what: 'master list, certificate 1', code: 'der.tag' },
    { what: 'C=VN, CN=Document Signer 1', code: 'anchor.not-ca' },
  ]);
  expect(countries(found)).toEqual(['DE', 'FR']);
});

test('a key that is published is never pinned', () => {
  const deniedKeys = new Set([parseCertificate(FRANCE.certificate).publicKeySha256]);
  expect(codes(take(LIST, { deniedKeys }))).toEqual(['anchor.denied']);
  expect(codes(take(FRANCE.certificate, { deniedKeys }))).toEqual(['anchor.denied']);
});

test('a directory export: lists by their signers, CRLs by their issuers, document signers passed over', () => {
  const line = (name: string, bytes: Uint8Array) =>
    `${name}:: ${Buffer.from(bytes).toString('base64').replace(/.{70}/g, '$&\n ')}`;
  const ldif = Buffer.from(
    [
      'dn: cn=crl,o=crl,c=FR',
      line('certificateRevocationList;binary', issuer.makeCrl(FRANCE, [9])),
      'dn: cn=stranger',
      line('certificateRevocationList;binary', issuer.makeCrl(CSCA, [9])),
      'dn: cn=ds',
      line('userCertificate;binary', SIGNER_CERTIFICATE),
      line('cACertificate;binary', CSCA.certificate),
      line('userCertificate;binary', issuer.NULL),
      'dn: cn=ml,o=ml,c=DE',
      line('pkdMasterListContent', LIST),
    ].join('\n'),
  );
  const found = take(ldif);
  expect(countries(found)).toEqual(['DE', 'FR', 'JP']);
  expect(found).toMatchObject({ crlsAdded: 1, passedOver: 1 });
  expect(codes(found)).toEqual(['import.not-vouched-for', 'der.tag', 'crl.issuer-unknown']);
  const typed = take(ldif, { sha256: sha256(ldif) }, EMPTY_TRUST_STORE);
  expect(countries(typed)).toEqual(['DE', 'FR', 'JP', 'VN']);
  expect(typed.crlsAdded).toBe(2);
});

test('a CRL file is taken when its issuer is pinned', () => {
  expect(take(issuer.makeCrl(GERMANY, [1])).crlsAdded).toBe(1);
  expect(codes(take(issuer.makeCrl(FRANCE, [1])))).toEqual(['crl.issuer-unknown']);
});

test('a list of 1,000 certificates is taken', () => {
  const many = Array.from({ length: 1_000 }, () => FRANCE.certificate);
  expect(take(masterList(many))).toMatchObject({ present: 999, added: { length: 1 } });
});

test('any file gives a report or a ProtocolError', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(LIST, FRANCE.certificate, issuer.makeCrl(GERMANY, [1])),
      fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 }),
      fc.nat(),
      (file, changes, cut) => {
        const bytes = Uint8Array.from(file).subarray(
          0,
          cut % 3 === 0 ? cut % file.length : file.length,
        );
        for (const [at, value] of changes) if (bytes.length > 0) bytes[at % bytes.length] = value;
        try {
          take(bytes);
        } catch (error) {
          if (!(error instanceof ProtocolError)) throw error;
        }
      },
    ),
    { numRuns: 400, seed: 6 },
  );
});
