import fc from 'fast-check';
import { expect, test } from 'vitest';
import * as issuer from '../../../test/support/chip-issuer.ts';
import {
  added,
  CSCA,
  NOW_MS,
  pin,
  SIGNER_CERTIFICATE,
} from '../../../test/support/identity-card-evidence.ts';
import { ProtocolError } from '../protocol-error.ts';
import { parseCertificate } from './certificate.ts';
import { checkRevocation, parseCrl } from './crl.ts';
import { addCrl } from './trust-store.ts';

const SIGNER = parseCertificate(SIGNER_CERTIFICATE);
const ISSUER = parseCertificate(CSCA.certificate);
const STORE = pin(CSCA.certificate);

const outcomes = (...ders: readonly Uint8Array[]) =>
  checkRevocation(SIGNER, ISSUER, ders.map(parseCrl), NOW_MS).map(({ outcome }) => outcome);

test('a list says who was revoked and how long it is good', () => {
  expect(parseCrl(issuer.makeCrl(CSCA, [1, 77, 300]))).toMatchObject({
    revoked: new Set(['1', '4d', '12c']),
    thisUpdateMs: Date.UTC(2026, 0, 1),
    nextUpdateMs: Date.UTC(2026, 11, 31),
    issuer: { country: 'VN' },
    hasCriticalExtensions: false,
  });
});

test('no list, a good one, an old one, one that revokes', () => {
  const good = issuer.makeCrl(CSCA, []);
  const old = issuer.makeCrl(CSCA, [], { thisUpdate: '2025-01-01', nextUpdate: '2025-03-01' });
  expect(outcomes()).toEqual(['skipped', 'skipped', 'skipped']);
  expect(outcomes(good)).toEqual(['passed', 'passed', 'passed']);
  expect(outcomes(old)).toEqual(['passed', 'failed', 'passed']);
  expect(outcomes(issuer.makeCrl(CSCA, [77]))).toEqual(['passed', 'passed', 'failed']);
  expect(outcomes(old, good)).toEqual(['passed', 'passed', 'passed']);
});

test('a list from the future is not current', () => {
  const future = issuer.makeCrl(CSCA, [], { thisUpdate: '2026-07-01' });
  expect(outcomes(future)).toEqual(['passed', 'failed', 'passed']);
});

test('a list of another key under the same name, or narrowed by a critical extension, is not used', () => {
  const other = issuer.makeAuthority('VN', 'Identity Card CSCA');
  expect(outcomes(issuer.makeCrl(other, [77]))[0]).toBe('skipped');
  const partial = issuer.makeCrl(CSCA, [77], {
    extensions: [issuer.extension('2.5.29.28', issuer.sequence(), true)],
  });
  expect(outcomes(partial)[0]).toBe('skipped');
});

test('a list that no anchor signed does not get into the store, nor in the way of one that did', () => {
  const other = issuer.makeAuthority('VN', 'Identity Card CSCA');
  const forged = issuer.makeCrl({ ...other, keys: CSCA.keys }, [], { thisUpdate: '2026-06-01' });
  expect(addCrl(STORE, parseCrl(forged))).toEqual({ kind: 'refused', code: 'crl.issuer-unknown' });
});

test('a newer list of an issuer takes the place of an older one, and never the other way round', () => {
  const older = parseCrl(issuer.makeCrl(CSCA, [1]));
  const newer = parseCrl(issuer.makeCrl(CSCA, [2], { thisUpdate: '2026-03-01' }));
  const withOlder = added(addCrl(STORE, older));
  const withNewer = added(addCrl(withOlder, newer));
  expect(withNewer.crls).toEqual([newer]);
  expect(addCrl(withNewer, older)).toEqual({ kind: 'present', store: withNewer });
});

test('a list of 20,000 is read', () => {
  const many = Array.from({ length: 20_000 }, (_, index) => index + 100);
  expect(parseCrl(issuer.makeCrl(CSCA, many)).revoked.size).toBe(20_000);
});

test('a list with any bytes changed is refused or not signed any more', () => {
  const der = issuer.makeCrl(CSCA, [1, 2]);
  fc.assert(
    fc.property(fc.nat(der.length - 1), fc.integer({ min: 1, max: 255 }), (at, value) => {
      const changed = Uint8Array.from(der);
      changed[at] = (changed[at] ?? 0) ^ value;
      try {
        expect(outcomes(changed)[0]).toBe('skipped');
      } catch (error) {
        if (!(error instanceof ProtocolError)) throw error;
      }
    }),
    { numRuns: 500, seed: 5 },
  );
});
