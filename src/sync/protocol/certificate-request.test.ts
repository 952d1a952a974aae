import { execFileSync } from 'node:child_process';
import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { InputError } from '../../kernel/errors.ts';
import { readCertificateRequest } from './certificate-request.ts';
import { makeCertificateRequest } from './make-certificate-request.ts';

const folder = mkdtempSync(join(tmpdir(), 'chot-csr-'));
afterAll(() => rmSync(folder, { recursive: true }));
const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const { pem: REQUEST } = makeCertificateRequest('cua-ngo-1', privateKey);

test('a request comes back with its key', () => {
  const { publicKey } = readCertificateRequest(REQUEST);
  expect(publicKey.equals(createPublicKey(privateKey))).toBe(true);
});

test('what is made is to OpenSSL a well-signed request of the station', () => {
  const file = join(folder, 'made.pem');
  writeFileSync(file, REQUEST);
  const said = execFileSync('openssl', ['req', '-in', file, '-verify', '-noout', '-subject'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  expect(said.toString()).toMatch(/^subject=CN ?= ?cua-ngo-1$/m);
});

test('one that OpenSSL made is read', () => {
  expect(readCertificateRequest(openssl('-newkey', 'ec:', 'prime256v1')).hash.length).toBe(32);
});

test.each([
  ['RSA', ['-newkey', 'rsa:2048'], null],
  ['P-384', ['-newkey', 'ec:'], 'secp384r1'],
] as const)('a key of %s is refused', (_name, [option, kind], curve) => {
  expect(() => readCertificateRequest(openssl(option, kind, curve))).toThrow(InputError);
});

test('explicit curve parameters are refused', () => {
  const file = join(folder, 'explicit.pem');
  const made = ['-name', 'prime256v1', '-param_enc', 'explicit', '-genkey', '-noout'];
  writeFileSync(file, execFileSync('openssl', ['ecparam', ...made]));
  const pem = execFileSync('openssl', ['req', '-new', '-key', file, '-subj', '/CN=x']).toString();
  expect(() => readCertificateRequest(pem)).toThrow(/P-256/);
});

test('a change of any byte is refused', () => {
  const der = Buffer.from(REQUEST.split('-----')[2] ?? '', 'base64');
  for (let at = 0; at < der.length; at++) {
    const altered = Buffer.from(der);
    altered[at] = (altered[at] ?? 0) ^ 0x41;
    const pem = `-----BEGIN CERTIFICATE REQUEST-----\n${altered.toString('base64')}\n-----END CERTIFICATE REQUEST-----\n`;
    expect(() => readCertificateRequest(pem), `byte ${at}`).toThrow(InputError);
  }
});

test('hostile bytes are an InputError', () => {
  const wrap = (bytes: Uint8Array) =>
    `-----BEGIN CERTIFICATE REQUEST-----\n${Buffer.from(bytes).toString('base64')}\n-----END CERTIFICATE REQUEST-----`;
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.uint8Array({ maxLength: 300 }).map(wrap)), (pem) => {
      expect(() => readCertificateRequest(pem)).toThrow(InputError);
    }),
  );
});

function openssl(option: string, kind: string, curve: string | null): string {
  const subject = ['-nodes', '-keyout', '/dev/null', '-subj', '/CN=x'];
  const made =
    curve === null ? [option, kind] : [option, 'ec', '-pkeyopt', `ec_paramgen_curve:${curve}`];
  return execFileSync('openssl', ['req', '-new', ...made, ...subject], {
    stdio: ['ignore', 'pipe', 'ignore'],
  }).toString();
}
