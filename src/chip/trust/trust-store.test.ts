import { expect, test } from 'vitest';
import * as issuer from '../../../test/support/chip-issuer.ts';
import { added, CSCA, pin } from '../../../test/support/identity-card-evidence.ts';
import { parseCertificate } from './certificate.ts';
import { parseCrl } from './crl.ts';
import {
  addAnchor,
  addCrl,
  EMPTY_TRUST_STORE,
  expiringAnchors,
  parseTrustStore,
  printTrustStore,
  removeAnchor,
  storeVersion,
  type TrustStore,
} from './trust-store.ts';

const NOBODY: ReadonlySet<string> = new Set();
const LAOS = issuer.makeAuthority('LA', 'CSCA', { notAfter: '2026-08-01' });
const FULL = added(
  addCrl(
    pin(LAOS.certificate, 'passport', pin(CSCA.certificate, 'passport', pin(CSCA.certificate))),
    parseCrl(issuer.makeCrl(CSCA, [1])),
  ),
);
const refuse = (der: Uint8Array) =>
  addAnchor(
    EMPTY_TRUST_STORE,
    { certificate: parseCertificate(der), purpose: 'cccd', source: 'x', addedDay: '2026-01-01' },
    NOBODY,
  );

test('one certificate may be an anchor for both purposes, and once for each', () => {
  expect(FULL.anchors.map(({ purpose }) => purpose)).toEqual(['cccd', 'passport', 'passport']);
  expect(pin(CSCA.certificate, 'cccd', FULL)).toBe(FULL);
});

test('removing is for one purpose or for all', () => {
  const { sha256 } = parseCertificate(CSCA.certificate);
  expect(removeAnchor(FULL, sha256).anchors).toHaveLength(1);
  expect(removeAnchor(FULL, sha256, 'passport').anchors).toHaveLength(2);
  expect(removeAnchor(FULL, 'ab'.repeat(32))).toEqual(FULL);
});

test('what is printed is read again, and prints the same', () => {
  const text = printTrustStore(FULL);
  const again = parseTrustStore(text, NOBODY);
  expect(storeVersion(again)).toBe(storeVersion(FULL));
  expect(again.anchors.map(({ source }) => source)).toEqual(['test', 'test', 'test']);
  expect(printTrustStore(again)).toBe(text);
  expect(parseTrustStore(printTrustStore(EMPTY_TRUST_STORE), NOBODY)).toEqual(EMPTY_TRUST_STORE);
});

test('the version is of what is trusted, for what, and of nothing else', () => {
  const otherSource: TrustStore = {
    ...FULL,
    anchors: FULL.anchors.map((anchor) => ({ ...anchor, source: 'elsewhere' })),
  };
  const inAnotherOrder = pin(CSCA.certificate, 'cccd', pin(LAOS.certificate, 'passport'));
  const inOneOrder = pin(LAOS.certificate, 'passport', pin(CSCA.certificate, 'cccd'));
  expect(storeVersion(otherSource)).toBe(storeVersion(FULL));
  expect(storeVersion(inAnotherOrder)).toBe(storeVersion(inOneOrder));
  const versions = [
    FULL,
    EMPTY_TRUST_STORE,
    { ...FULL, crls: [] },
    pin(CSCA.certificate),
    pin(CSCA.certificate, 'passport'),
  ].map(storeVersion);
  expect(new Set(versions).size).toBe(versions.length);
});

test('anchors that end soon, or have, are warned of, soonest first', () => {
  const now = Date.UTC(2026, 5, 15);
  const old = issuer.makeAuthority('KH', 'CSCA', { notAfter: '2026-01-01' });
  const store = pin(old.certificate, 'passport', FULL);
  expect(
    expiringAnchors(store, now, 60).map(({ certificate }) => certificate.subject.country),
  ).toEqual(['KH', 'LA']);
  expect(expiringAnchors(store, now, 30)).toHaveLength(1);
});

test('a self-signed certificate whose signature is wrong, or whose key cannot be used, is no anchor', () => {
  const wrong = issuer.makeAuthority('VN', 'CSCA', { signature: issuer.ecdsa(issuer.ecKeys()) });
  expect(refuse(wrong.certificate)).toEqual({ kind: 'refused', code: 'anchor.signature' });
  const odd = issuer.makeAuthority('VN', 'CSCA', { keys: issuer.ecKeys('secp256k1') });
  expect(refuse(odd.certificate)).toEqual({ kind: 'refused', code: 'anchor.key' });
});

test('a denied key is refused from a file as well', () => {
  const denied = new Set([parseCertificate(CSCA.certificate).publicKeySha256]);
  expect(() => parseTrustStore(printTrustStore(FULL), denied)).toThrow(/anchor\.denied/);
});

const LINE = printTrustStore(pin(CSCA.certificate)).split('\n')[1] ?? '';
for (const [what, text, message] of [
  ['an empty file', '', /line 1: format 1 expected, came no format/],
  ['a later format', '{"format":2}\n', /line 1: format 1 expected, came format 2/],
  ['no JSON', '{"format":1}\nhello\n', /line 2: JSON expected/],
  ['another shape', '{"format":1}\n[1]\n', /line 2: certificate, purpose, source, addedDay/],
  ['an unknown purpose', `{"format":1}\n${LINE.replace('cccd', 'visa')}\n`, /line 2/],
  ['a damaged certificate', `{"format":1}\n${LINE.replace('"MII', '"MIA')}\n`, /line 2/],
] as const) {
  test(`${what} is refused, naming the line`, () => {
    expect(() => parseTrustStore(text, NOBODY)).toThrow(message);
  });
}
