import { expect, test } from 'vitest';
import * as issuer from '../../../test/support/chip-issuer.ts';
import {
  added,
  CSCA,
  NOW_MS,
  pin,
  SIGNER,
  SIGNER_CERTIFICATE,
} from '../../../test/support/identity-card-evidence.ts';
import { writeTlv } from '../tlv.ts';
import { parseCertificate } from './certificate.ts';
import { type ChainQuestion, verifyChain } from './chain.ts';
import { parseCrl } from './crl.ts';
import { addCrl, EMPTY_TRUST_STORE, type TrustStore } from './trust-store.ts';

const STORE = pin(CSCA.certificate);

const ask = (leaf: Uint8Array, changes: Partial<ChainQuestion> = {}, store: TrustStore = STORE) =>
  verifyChain(store, {
    leaf: parseCertificate(leaf),
    others: [],
    role: 'document-signer',
    purpose: 'cccd',
    issuingState: 'VNM',
    issuedMs: Date.UTC(2024, 5, 15),
    nowMs: NOW_MS,
    ...changes,
  });
const failed = ({ checks }: ReturnType<typeof ask>) =>
  checks.filter(({ outcome }) => outcome === 'failed').map(({ code }) => code);

const period = (from: string, to: string) =>
  issuer.extension(
    '2.5.29.16',
    issuer.sequence(
      writeTlv(0x80, Buffer.from(`${from}000000Z`)),
      writeTlv(0x81, Buffer.from(`${to}000000Z`)),
    ),
  );

test('a chain without a document is judged without its country', () => {
  const found = ask(SIGNER_CERTIFICATE, { issuingState: null, issuedMs: null });
  expect(found.chain).toBe('valid');
  expect(found.checks).toContainEqual({ code: 'country.document', outcome: 'skipped' });
  expect(found.checks).toContainEqual({ code: 'signer.validity-at-issue', outcome: 'skipped' });
});

test('a private key used outside of its period is said, and no hindrance', () => {
  const leaf = issuer.issue(CSCA, SIGNER, {
    extensions: [issuer.keyUsage(0x80), period('20220101', '20220401')],
  });
  expect(ask(leaf)).toMatchObject({ chain: 'valid' });
  expect(failed(ask(leaf))).toEqual(['signer.key-period']);
  const csca = issuer.makeAuthority('VN', 'CSCA', {
    extensions: [
      issuer.basicConstraints(true, 0),
      issuer.keyUsage(0x06),
      period('20200101', '20210101'),
    ],
  });
  const late = ask(issuer.issue(csca, SIGNER), {}, pin(csca.certificate));
  expect(late.chain).toBe('valid');
  expect(failed(late)).toEqual(['csca.key-period']);
});

test('a signer made at the midnight before its CSCA is put up with, one of two days before is not', () => {
  const made = (notBefore: string) => ask(issuer.issue(CSCA, SIGNER, { notBefore })).chain;
  expect(made('2019-12-31')).toBe('valid');
  expect(made('2019-12-30')).toBe('invalid');
});

test('a CSCA of the same name and another key is another issuer, not a forgery', () => {
  const renewed = issuer.makeAuthority('VN', 'Identity Card CSCA');
  expect(ask(issuer.issue(renewed, SIGNER)).chain).toBe('no-anchor');
  expect(ask(issuer.issue(renewed, SIGNER, { extensions: [issuer.keyUsage(0x80)] })).chain).toBe(
    'no-anchor',
  );
});

test('a signer without key identifiers is chained by name', () => {
  const leaf = issuer.issue(CSCA, SIGNER, { extensions: [issuer.keyUsage(0x80)] });
  expect(ask(leaf).chain).toBe('valid');
});

test('a signer whose issuer is written otherwise is chained by key identifier', () => {
  const leaf = issuer.issue(CSCA, SIGNER, { issuer: issuer.name('VN', 'CSCA') });
  expect(ask(leaf).chain).toBe('valid');
});

test('of two anchors that fit, the one under which all holds is taken', () => {
  const old = issuer.makeAuthority('VN', 'Identity Card CSCA', {
    keys: CSCA.keys,
    notAfter: '2026-01-01',
  });
  for (const store of [
    pin(old.certificate, 'cccd', STORE),
    pin(CSCA.certificate, 'cccd', pin(old.certificate)),
  ]) {
    expect(ask(SIGNER_CERTIFICATE, {}, store)).toMatchObject({
      chain: 'valid',
      anchorSha256: parseCertificate(CSCA.certificate).sha256,
    });
  }
});

test('any purpose: an anchor of passports tells who signed, when nothing says what the document is', () => {
  const store = pin(CSCA.certificate, 'passport');
  expect(ask(SIGNER_CERTIFICATE, { purpose: null }, store).chain).toBe('valid');
});

test('a role is not the other: each signer is for its own files', () => {
  const listSigner = issuer.issue(CSCA, SIGNER, {
    extensions: [issuer.keyUsage(0x80), issuer.extendedKeyUsage('2.23.136.1.1.3')],
  });
  expect(ask(listSigner, { role: 'master-list-signer' }).chain).toBe('valid');
  expect(failed(ask(listSigner))).toEqual(['signer.key-usage']);
  expect(failed(ask(SIGNER_CERTIFICATE, { role: 'master-list-signer' }))).toEqual([
    'signer.key-usage',
  ]);
});

test('a CSCA that may not sign lists of revocations revokes nobody', () => {
  const csca = issuer.makeAuthority('VN', 'CSCA', {
    extensions: [issuer.basicConstraints(true, 0), issuer.keyUsage(0x04)],
  });
  const crl = parseCrl(issuer.makeCrl(csca, [77]));
  expect(addCrl(pin(csca.certificate), crl).kind).toBe('refused');
  const smuggled = { ...pin(csca.certificate), crls: [crl] };
  expect(ask(issuer.issue(csca, SIGNER), {}, smuggled).chain).toBe('valid');
});

test('a list of revocations signed with SHA-1 does not count', () => {
  const weak = { ...CSCA, signature: issuer.ecdsa(CSCA.keys, 'sha1') };
  expect(addCrl(STORE, parseCrl(issuer.makeCrl(weak, []))).kind).toBe('refused');
  expect(added(addCrl(STORE, parseCrl(issuer.makeCrl(CSCA, [])))).crls).toHaveLength(1);
});

test('certificates that all sign one another are given up on, in bounded time', () => {
  const keys = issuer.ecKeys();
  const ring = Array.from({ length: 24 }, (_, serial) =>
    parseCertificate(issuer.makeAuthority('VN', 'Ring', { keys, serial: serial + 1 }).certificate),
  );
  const [first] = ring;
  if (first === undefined) throw new Error('no ring');
  const found = ask(first.der, { others: ring.slice(1) }, EMPTY_TRUST_STORE);
  expect(found).toEqual({
    chain: 'no-anchor',
    anchorSha256: null,
    checks: [
      { code: 'chain.anchor', outcome: 'failed' },
      { code: 'chain.purpose', outcome: 'skipped' },
      { code: 'chain.signature', outcome: 'skipped' },
    ],
  });
});
