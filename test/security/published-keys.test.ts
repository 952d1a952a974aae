import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { keyPairFromPem, newKeyPair } from '../../src/journal/hpke.ts';
import { PUBLISHED_KEYS } from '../../src/journal/published-keys.ts';
import { formatSealTo, parseSealTo } from '../../src/journal/recipient.ts';
import { toHex } from '../../src/kernel/bytes.ts';

const X25519_PKCS8 = Buffer.from('302e020100300506032b656e04220420', 'hex');
/** 32 bytes in the repository that are no private key. */
const NO_KEYS = new Set([
  // The key that one register's numbers are hashed under, in a published vector (docs/registers.md).
  '611460127a76d8ae3d1ee1321ba25ef6715c0335c4906c47934f1c3425ec43b7',
]);

const ROOTS = ['src', 'devices', 'fixtures', 'scripts', 'test', 'web', 'docs', '.ci'];
const texts = ['.', ...ROOTS].flatMap((root) =>
  readdirSync(root, { recursive: root !== '.', withFileTypes: true })
    .filter((entry) => entry.isFile() && !/\.(png|woff2?|jpg)$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !path.startsWith('web/dist/'))
    .map((path) => [path, readFileSync(path, 'utf8')] as const),
);

test('no private key stands in the repository as a file or PEM', () => {
  // PKCS #8 of any curve key, as base64 or hexadecimal, begins in one of these ways.
  const marks =
    /BEGIN [A-Z ]*PRIVATE[ ]KEY-|\bM(?:C4CAQAwBQYDK2V|IGHAgEAMBMGByqGSM49)[\w+/]{30}|302e020100300506032b65\w{10}[0-9a-f]{64}/;
  const found = texts.filter(([, text]) => marks.test(text));
  expect(found.map(([path]) => path)).toEqual([]);
  // The control: a key made now is seen, in each of its spellings.
  const { privateKey } = generateKeyPairSync('x25519');
  const der = privateKey.export({ format: 'der', type: 'pkcs8' });
  const pem = privateKey.export({ format: 'pem', type: 'pkcs8' });
  for (const text of [pem, der.toString('hex'), der.toString('base64')]) {
    expect(marks.test(String(text))).toBe(true);
  }
});

/** Numbers of other curves, and of the standards' examples for chips: nobody seals a journal to those. */
const CHIP =
  /^(src\/chip|devices\/card-reader)\/|^test\/support\/(pace|chip|card|sample-card|identity-card|authenticating)/;

test('no journal is sealed to a key whose private half stands in the repository', () => {
  const searched = texts.filter(([path]) => !CHIP.test(path));
  const halves = new Set(searched.flatMap(([, text]) => text.match(/\b[0-9a-f]{64}\b/gi) ?? []));
  let keys = 0;
  for (const half of halves) {
    if (NO_KEYS.has(half) || PUBLISHED_KEYS.has(half)) continue;
    keys += 1;
    const publicKey = publicOf(Buffer.from(half, 'hex'));
    const line = formatSealTo({ id: 'hub-2026-11', publicKey });
    expect(() => parseSealTo(line), `private key ${half}`).toThrow(/private half is published/);
  }
  // The vectors of RFC 9180 at least, or the search is blind.
  expect(keys).toBeGreaterThanOrEqual(2);
});

test('a key that nobody published is taken', () => {
  // Made now: one that is written down here would be published.
  const { publicKey } = newKeyPair();
  const line = formatSealTo({ id: 'hub-2026-11', publicKey });
  expect(toHex(parseSealTo(line).publicKey)).toHaveLength(64);
});

function publicOf(raw: Buffer): Uint8Array {
  const der = Buffer.concat([X25519_PKCS8, raw]);
  const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  return keyPairFromPem(key.export({ format: 'pem', type: 'pkcs8' }) as string).publicKey;
}
