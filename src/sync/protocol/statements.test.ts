import { generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalBytes } from '../../kernel/bytes.ts';
import { InputError } from '../../kernel/errors.ts';
import { formatEnrolmentCode, parseEnrolmentCode, secretFrom } from './enrolment-code.ts';
import { decodeHubTime, encodeHubTime } from './hub-time.ts';
import { decodeMandate, encodeMandate } from './mandate.ts';
import { decodePolicy, encodePolicy } from './policy.ts';
import { rawPublicKey } from './raw-keys.ts';
import { decodeReceipt, encodeReceipt } from './receipt.ts';
import { decodeRegionKey, encodeRegionKey } from './region-key.ts';
import { openRoles, type RoleList, rootSigningKey, signRoles } from './roles.ts';
import { believe, type Role, readStatement, StatementError, signStatement } from './statement.ts';

const NOW = { earliestMs: 1_000, latestMs: 1_010, trust: 'vouched' } as const;
const root = generateKeyPairSync('ed25519').privateKey;
const manifest = generateKeyPairSync('ed25519').privateKey;
const receipt = generateKeyPairSync('ed25519').privateKey;

const key = (role: Role, id: string, from = manifest, notAfterMs = 2_000) => ({
  ...{ role, id, key: rawPublicKey(from), notBeforeMs: 500, notAfterMs },
});
const KEYS = [key('manifest', 'm1'), key('receipt', 'r1', receipt)];

const LIST: RoleList = {
  region: 'hcm',
  version: 3,
  issuedMs: 1,
  notAfterMs: 9,
  roots: [rawPublicKey(root)],
  authorities: [Uint8Array.of(48, 0)],
  keys: KEYS,
  manifestCeiling: 0,
};

function refusal(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof StatementError) return error.code;
    throw error;
  }
  return 'believed';
}

describe('statements', () => {
  const body = canonicalBytes(['chot/manifest/v1', 7]);
  const signed = signStatement(body, { id: 'm1', privateKey: manifest });

  test('what a key of the right role signed is believed', () => {
    expect(believe(signed, { role: 'manifest', keys: KEYS, time: NOW })).toEqual(Buffer.from(body));
  });

  test('a manifest signed by the receipt key is refused (R3)', () => {
    const byReceipt = signStatement(body, { id: 'r1', privateKey: receipt });
    const act = () => believe(byReceipt, { role: 'manifest', keys: KEYS, time: NOW });
    expect(refusal(act)).toBe('wrong-role');
  });

  test('a key that pretends to another id is refused', () => {
    const pretended = signStatement(body, { id: 'm1', privateKey: receipt });
    const act = () => believe(pretended, { role: 'manifest', keys: KEYS, time: NOW });
    expect(refusal(act)).toBe('signature');
  });

  test.each([
    ['before its term', { ...NOW, latestMs: 499, earliestMs: 490 }],
    ['when its end may have come', { ...NOW, latestMs: 2_000 }],
  ])('a key is refused %s', (_, time) => {
    expect(refusal(() => believe(signed, { role: 'manifest', keys: KEYS, time }))).toBe('key-term');
  });

  test('a key that the list does not have is refused', () => {
    expect(refusal(() => believe(signed, { role: 'manifest', keys: [], time: NOW }))).toBe(
      'unknown-key',
    );
  });

  test('no altered byte is believed', () => {
    fc.assert(
      fc.property(fc.nat(signed.length - 1), fc.integer({ min: 1, max: 255 }), (at, mask) => {
        const altered = Uint8Array.from(signed);
        altered[at] = (altered[at] ?? 0) ^ mask;
        const act = () => believe(altered, { role: 'manifest', keys: KEYS, time: NOW });
        expect(refusal(act)).not.toBe('believed');
      }),
    );
  });

  test('hostile bytes are refused by name', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(refusal(() => readStatement(bytes))).toBe('malformed');
      }),
    );
  });
});

describe('the role list', () => {
  test('comes back as it was signed', () => {
    const opened = openRoles(signRoles(LIST, rootSigningKey(root)), LIST.roots);
    expect({ ...opened, keys: opened.keys.map(plain) }).toEqual({
      ...LIST,
      roots: LIST.roots.map(Buffer.from),
      authorities: LIST.authorities.map(Buffer.from),
      keys: KEYS.map(plain),
    });
  });

  test('is refused when another root signed it', () => {
    const other = rootSigningKey(generateKeyPairSync('ed25519').privateKey);
    expect(refusal(() => openRoles(signRoles(LIST, other), LIST.roots))).toBe('unknown-key');
  });

  test('is refused when one key has two roles', () => {
    const twice = { ...LIST, keys: [key('manifest', 'a'), key('receipt', 'b')] };
    const act = () => openRoles(signRoles(twice, rootSigningKey(root)), LIST.roots);
    expect(act).toThrow('each key once, with one role');
  });

  function plain(each: RoleList['keys'][number]) {
    return { ...each, key: Buffer.from(each.key).toString('hex') };
  }
});

describe('bodies', () => {
  const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
  const id = fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,31}$/);
  const integer = fc.nat();

  test('receipts come back', () => {
    const shape = fc.record({
      ...{ region: id, station: id, hub: bytes(16), epoch: bytes(16), link: bytes(32) },
      ...{ first: fc.integer({ min: 1, max: 500 }), last: fc.integer({ min: 500, max: 999 }) },
      ...{ through: fc.integer({ min: 50, max: 99 }), throughLink: bytes(32) },
      ...{ openedThrough: fc.nat(50), atMs: integer },
    });
    fc.assert(fc.property(shape, (each) => same(decodeReceipt(encodeReceipt(each)), each)));
  });

  test('region keys, times, mandates and policies come back', () => {
    const wrapped = fc.record({
      ...{ region: id, station: id, generation: fc.integer({ min: 1, max: 9 }) },
      ...{ enc: bytes(32), sealed: bytes(48) },
    });
    fc.assert(fc.property(wrapped, (each) => same(decodeRegionKey(encodeRegionKey(each)), each)));
    const time = fc.record({ nonce: bytes(32), hubMs: integer });
    fc.assert(fc.property(time, (each) => same(decodeHubTime(encodeHubTime(each)), each)));
    const versioned = { region: id, version: fc.integer({ min: 1, max: 9 }), issuedMs: integer };
    const text = fc.string({ unit: 'grapheme', maxLength: 50 });
    const mandate = fc.record({
      ...{ ...versioned, fromDay: fc.nat(9), untilDay: fc.integer({ min: 9, max: 99 }) },
      ...{ purpose: text, legalText: text },
    });
    fc.assert(fc.property(mandate, (each) => same(decodeMandate(encodeMandate(each)), each)));
    const policy = fc.record({ ...versioned, notAfterMs: integer, json: text });
    fc.assert(fc.property(policy, (each) => same(decodePolicy(encodePolicy(each)), each)));
  });

  test('hostile bytes are an InputError in every one', () => {
    const decoders = [decodeReceipt, decodeRegionKey, decodeHubTime, decodeMandate, decodePolicy];
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.constantFrom(...decoders), (came, read) => {
        expect(() => read(came)).toThrow(InputError);
      }),
    );
  });

  function same(came: object, sent: object): void {
    expect(toPlain(came)).toEqual(toPlain(sent));
  }

  function toPlain(value: object): object {
    return Object.fromEntries(
      Object.entries(value).map(([name, each]) => [
        name,
        each instanceof Uint8Array ? Buffer.from(each).toString('hex') : each,
      ]),
    );
  }
});

describe('the enrolment code', () => {
  const CODE = {
    station: 'cua-ngo-1',
    authorityHash: Uint8Array.from({ length: 32 }, (_, index) => index),
    secret: secretFrom(Uint8Array.from({ length: 10 }, (_, index) => index)),
  };

  test('reads as printed', () => {
    expect(CODE.secret).toBe('aaaqeayeaudaocaj');
    expect(parseEnrolmentCode(`${formatEnrolmentCode(CODE)}\n`)).toEqual(CODE);
  });

  test('one character wrong anywhere is told, and the secret is not repeated', () => {
    const text = formatEnrolmentCode(CODE);
    for (let at = 0; at < text.length; at++) {
      const wrong = `${text.slice(0, at)}${text[at] === 'x' ? 'y' : 'x'}${text.slice(at + 1)}`;
      expect(() => parseEnrolmentCode(wrong)).toThrow(/^enrolment code: (?!.*aaaqeay)/);
    }
  });
});
