import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { issuerOf } from '../../devices/card-reader/emulated/card-issuer.ts';
import {
  type KeyKind,
  makeSigningKeys,
  type SigningKeys,
} from '../../devices/card-reader/emulated/signing-keys.ts';
import { findCurve } from '../../src/chip/crypto/curves.ts';
import { newKeyPair, toBigInt } from '../../src/chip/crypto/group.ts';
import { encodeOid, TAG } from '../../src/chip/der.ts';
import { writeTlv } from '../../src/chip/tlv.ts';
import { parseCertificate } from '../../src/chip/trust/certificate.ts';
import { DENIED_ISSUER_KEYS } from '../../src/chip/trust/denied-issuer-keys.ts';
import { publicKeyInfo } from '../../src/chip/trust/public-key.ts';
import { addAnchor, EMPTY_TRUST_STORE, printTrustStore } from '../../src/chip/trust/trust-store.ts';
import { readTrust, writeTrust } from '../../src/station/trust-files.ts';
import { SAMPLE_ISSUER, seededRandom } from '../support/sample-card.ts';
import { StationBench } from '../support/station-process.ts';

/** Security C4: whoever has this repository has these keys, so no station takes them for an issuer's. */

const BRAINPOOL = '1.3.36.3.3.2.8.1.1.7';
const VALIDITY = { from: '2020-01-01', until: '2050-01-01' };
const FOLDERS = ['src', 'devices', 'fixtures', 'scripts', 'test'];
const sources = FOLDERS.flatMap((root) =>
  readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(ts|json)$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => [path, readFileSync(path, 'utf8')] as const),
);

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/** Issuers that earlier states of this repository made from seeds. */
function seededIssuers(): [string, SigningKeys][] {
  const pair = (name: string, kind: KeyKind, random: (bytes: number) => Uint8Array) =>
    ['authority', 'signer'].map((role): [string, SigningKeys] => [
      `${name} ${role}`,
      makeSigningKeys(kind, random),
    ]);
  const curve = findCurve(BRAINPOOL);
  if (curve === null) throw new Error('no curve');
  // An unknown issuer's keys were drawn after those of the card.
  const card = seededRandom('card');
  newKeyPair(curve, card, null);
  makeSigningKeys('ecdsa-brainpoolP256r1', card);
  return [
    ...pair('issuer', 'ecdsa-brainpoolP256r1', seededRandom('issuer')),
    ...(['ecdsa-brainpoolP256r1', 'ecdsa-secp384r1'] as const).flatMap((kind) =>
      pair(kind, kind, seededRandom(kind)),
    ),
    ...['a', 'b'].flatMap((seed) => pair(seed, 'ecdsa-secp384r1', seededRandom(seed))),
    ...pair('unknown issuer', 'ecdsa-brainpoolP256r1', card),
  ];
}

/** Keys of chips that tests make from seeds: of proofs, and of the copies that have others. No issuer's, and yet published. */
function seededChips(): [string, Uint8Array][] {
  return ['card', 'other', 'copy'].flatMap((seed) => {
    const random = seededRandom(seed);
    return Array.from({ length: 4 }, (_, at): [string, Uint8Array] => [
      `${seed} ${at}`,
      makeSigningKeys('ecdsa-brainpoolP256r1', random).publicKeyInfo,
    ]);
  });
}

/** Numbers that a source calls private, of as many bits as the curve of the standard's examples has. */
function writtenKeys(): [string, Uint8Array][] {
  const curve = findCurve(BRAINPOOL);
  if (curve === null) throw new Error('no curve');
  const algorithm = writeTlv(TAG.sequence, encodeOid('1.2.840.10045.2.1'), encodeOid(BRAINPOOL));
  const numbers = sources.flatMap(([, text]) =>
    [...text.matchAll(/private\w*['"]?\s*[:=,(]\s*[\w.(]*['"]([0-9a-f]{64})['"]/gi)].map(
      ([, hex = '']) => hex.toUpperCase(),
    ),
  );
  return [...new Set(numbers)].map((hex) => [
    hex,
    publicKeyInfo(algorithm, curve.publicKey(toBigInt(Buffer.from(hex, 'hex')), null)),
  ]);
}

test('every issuer key that a seed of this repository ever led to is denied, and cannot be pinned', () => {
  for (const [name, keys] of seededIssuers()) {
    expect(DENIED_ISSUER_KEYS.has(sha256(keys.publicKeyInfo)), `${name}: list it`).toBe(true);
    const issuer = issuerOf({
      ...{ country: 'VN', authorityKeys: keys, signerKeys: keys },
      ...{ authorityDays: VALIDITY, signerDays: VALIDITY },
    });
    const certificate = parseCertificate(issuer.authorityCertificate);
    const anchor = { certificate, purpose: 'cccd', source: 'x', addedDay: '2026-01-01' } as const;
    expect(addAnchor(EMPTY_TRUST_STORE, anchor, DENIED_ISSUER_KEYS)).toEqual({
      ...{ kind: 'refused', code: 'anchor.denied' },
    });
  }
});

test('keys of chips that tests make from seeds are denied too', () => {
  for (const [name, info] of seededChips()) {
    expect(DENIED_ISSUER_KEYS.has(sha256(info)), `${name}: list ${sha256(info)}`).toBe(true);
  }
  // A card with another seed needs its own lines.
  const seeds = sources.flatMap(([, text]) =>
    [...text.matchAll(/sampleCard\([^;]*?\}, '([\w ]+)'/g)].map(([, seed]) => seed),
  );
  expect([...new Set(seeds)].sort()).toEqual(['copy', 'other']);
});

test('private keys that stand in a source, as those of worked examples do, are denied', () => {
  const written = writtenKeys();
  for (const [hex, info] of written) {
    expect(DENIED_ISSUER_KEYS.has(sha256(info)), `${hex}: list ${sha256(info)}`).toBe(true);
  }
  // The worked examples' at least, or the search is blind.
  expect(written.length).toBeGreaterThanOrEqual(7);
});

test('a store that names a denied key is not read, whoever wrote it', () => {
  const folder = mkdtempSync(join(tmpdir(), 'chot-denied-'));
  try {
    const [first] = seededIssuers();
    if (first === undefined) throw new Error('no issuer');
    const [, keys] = first;
    const days = { authorityDays: VALIDITY, signerDays: VALIDITY };
    const issuer = issuerOf({ country: 'VN', authorityKeys: keys, signerKeys: keys, ...days });
    const certificate = parseCertificate(issuer.authorityCertificate);
    const anchor = { certificate, purpose: 'cccd', source: 'x', addedDay: '2026-01-01' } as const;
    const store = { anchors: [anchor], crls: [] };
    expect(printTrustStore(store)).toContain('cccd');
    writeTrust(folder, store);
    expect(() => readTrust(folder)).toThrow(/anchor\.denied/);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test('the installed command takes none of them, alone, in PEM, or with its SHA-256 typed', async () => {
  const bench = await StationBench.make();
  try {
    const files = seededIssuers().map(([, keys], at) => {
      const days = { authorityDays: VALIDITY, signerDays: VALIDITY };
      const issuer = issuerOf({ country: 'VN', authorityKeys: keys, signerKeys: keys, ...days });
      const base64 = Buffer.from(issuer.authorityCertificate).toString('base64');
      const pem = `-----BEGIN CERTIFICATE-----\n${base64}\n-----END CERTIFICATE-----\n`;
      const path = join(bench.folder, `issuer-${at}`);
      writeFileSync(path, at % 2 === 0 ? issuer.authorityCertificate : pem);
      return path;
    });
    const all = await bench.chot(['trust', 'import', ...files, '--for', 'cccd']);
    expect(all.code).toBe(3);
    expect(all.stdout.match(/anchor\.denied/g)).toHaveLength(files.length);
    const [first = ''] = files;
    const typed = ['--sha256', sha256(readFileSync(first))];
    const one = await bench.chot(['trust', 'import', first, '--for', 'cccd', ...typed]);
    expect([one.code, one.stdout]).toEqual([3, expect.stringContaining('anchor.denied')]);
    const { stdout } = await bench.chot(['trust', 'list', '--json']);
    expect(stdout).toContain('"anchors":0');
    expect(existsSync(join(bench.dataDir, 'trust-changes'))).toBe(false);
  } finally {
    await bench.remove();
  }
});

test('an issuer that is made now is denied nowhere: its keys follow from no seed', () => {
  const certificate = parseCertificate(SAMPLE_ISSUER.authorityCertificate);
  const anchor = { certificate, purpose: 'cccd', source: 'x', addedDay: '2026-01-01' } as const;
  expect(addAnchor(EMPTY_TRUST_STORE, anchor, DENIED_ISSUER_KEYS).kind).toBe('added');
  // Who gives keys of their own to an issuer could give seeded ones: it happens here and beside the issuer only.
  const own = sources.filter(([, text]) => /\b(issuerOf|authorityKeys)\b/.test(text));
  expect(own.map(([path]) => path).sort()).toEqual([
    'devices/card-reader/emulated/card-flaw.ts',
    'devices/card-reader/emulated/card-issuer.ts',
    'test/security/published-issuer-keys.test.ts',
  ]);
});

test('every line of the list is one of these keys', () => {
  const known = [...seededIssuers().map(([, { publicKeyInfo: info }]) => info)];
  const all = [...known, ...[...seededChips(), ...writtenKeys()].map(([, info]) => info)].map(
    sha256,
  );
  expect([...DENIED_ISSUER_KEYS].sort()).toEqual([...new Set(all)].sort());
});
