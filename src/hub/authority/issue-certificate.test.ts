import { execFileSync } from 'node:child_process';
import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { issueCertificate } from './issue-certificate.ts';

const folder = mkdtempSync(join(tmpdir(), 'chot-x509-'));
afterAll(() => rmSync(folder, { recursive: true }));

const pair = () => generateKeyPairSync('ec', { namedCurve: 'P-256' });
const TERM = { notBeforeMs: Date.UTC(2026, 0, 1), notAfterMs: Date.UTC(2060, 0, 1) };
const AUTHORITY_KEYS = pair();
const ISSUER = {
  subject: { commonName: 'authority-1', organization: 'Chot hub' },
  privateKey: AUTHORITY_KEYS.privateKey,
};
const AUTHORITY = issueCertificate(ISSUER, {
  ...{ kind: 'authority', subject: ISSUER.subject, publicKey: AUTHORITY_KEYS.publicKey, ...TERM },
});

test('OpenSSL accepts hub and station under the authority, each for its own purpose', () => {
  const hub = issueCertificate(ISSUER, {
    ...{ kind: 'hub', publicKey: pair().publicKey, hosts: ['hub.test', '127.0.0.1', '::1'] },
    ...{ subject: { commonName: 'hub', organization: 'Chot hub' }, ...TERM },
  });
  expect(verified(hub.pem, 'sslserver')).toContain('OK');
  expect(verified(hub.pem, 'sslclient')).not.toContain('OK');
  expect(verified(station().pem, 'sslclient')).toContain('OK');
  expect(verified(station().pem, 'sslserver')).not.toContain('OK');
  const read = new X509Certificate(hub.pem);
  expect(read.checkHost('hub.test')).toBe('hub.test');
  expect(read.checkIP('127.0.0.1')).toBe('127.0.0.1');
  expect(read.checkHost('other.test')).toBeUndefined();
});

test('the authority is one that signs no further authority', () => {
  const read = new X509Certificate(AUTHORITY.pem);
  expect(read.ca).toBe(true);
  const text = execFileSync('openssl', ['x509', '-noout', '-text'], { input: AUTHORITY.pem });
  expect(text.toString()).toContain('CA:TRUE, pathlen:0');
  expect(text.toString()).toContain('Certificate Sign, CRL Sign');
});

test('serials are random, and read as node:crypto has them', () => {
  const [a, b] = [station(), station()];
  expect(a.serial).not.toBe(b.serial);
  expect(new X509Certificate(a.pem).serialNumber).toBe(a.serial);
  expect(new X509Certificate(a.pem).subject).toBe('O=ha-noi\nCN=cua-ngo-1');
});

function station() {
  return issueCertificate(ISSUER, {
    ...{ kind: 'station', publicKey: pair().publicKey },
    ...{ subject: { commonName: 'cua-ngo-1', organization: 'ha-noi' }, ...TERM },
  });
}

function verified(pem: string, purpose: string): string {
  const ca = join(folder, 'ca.pem');
  const leaf = join(folder, 'leaf.pem');
  writeFileSync(ca, AUTHORITY.pem);
  writeFileSync(leaf, pem);
  try {
    const asked = ['verify', '-x509_strict', '-CAfile', ca, '-purpose', purpose, leaf];
    return execFileSync('openssl', asked, { stdio: ['ignore', 'pipe', 'pipe'] }).toString();
  } catch (error) {
    return String((error as { stderr?: Buffer }).stderr);
  }
}
