import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { AuthenticatingChip } from '../../test/support/authenticating-chip.ts';
import { ChipMessaging } from '../../test/support/chip-messaging.ts';
import { CardSession } from './card-session.ts';
import {
  type ChipAuthenticationChoice,
  chooseChipAuthentication,
  performChipAuthentication,
} from './chip-authentication.ts';
import type { BlockCipher } from './crypto/block-ciphers.ts';
import type { Curve } from './crypto/curves.ts';
import { standardizedGroup } from './crypto/domain-parameters.ts';
import { type Group, newKeyPair, toBigInt, toBytes } from './crypto/group.ts';
import { deriveSessionKeys } from './crypto/key-derivation.ts';
import { MODP_PARAMETERS } from './crypto/modp-parameters.ts';
import { encodeOid } from './der.ts';
import { openSecureMessaging } from './secure-messaging.ts';
import { parseSecurityInfos } from './security-infos.ts';
import { findTlv, readTlvs, writeTlv } from './tlv.ts';

const random = (bytes: number) => Uint8Array.from(randomBytes(bytes));
const sequence = (...parts: readonly Uint8Array[]) => writeTlv(0x30, ...parts);
const small = (value: number) => writeTlv(0x02, Uint8Array.of(value));
const ARC = { '3des': 1, aes128: 2, aes192: 3, aes256: 4 };
const smartcard = (rest: string) => encodeOid(`0.4.0.127.0.7.2.2.${rest}`);

function group(id: number): Group {
  const found = standardizedGroup(id);
  if (found === null) throw new Error(`no group ${id}`);
  return found;
}

function integer(value: bigint): Uint8Array {
  return writeTlv(0x02, toBytes(value, Math.floor(value.toString(2).length / 8) + 1));
}

/** ChipAuthenticationPublicKeyInfo. */
function keyInfo(of: Group, publicKey: Uint8Array, ...keyId: readonly number[]): Uint8Array {
  const bits = (bytes: Uint8Array) => writeTlv(0x03, Uint8Array.of(0), bytes);
  if (of.kind === 'ecdh') {
    const algorithm = sequence(encodeOid('1.2.840.10045.2.1'), encodeOid((of as Curve).oid));
    return sequence(smartcard('1.2'), sequence(algorithm, bits(publicKey)), ...keyId.map(small));
  }
  const parameters = MODP_PARAMETERS.find(({ name }) => name === of.name);
  // PKCS #3 holds no order.
  const algorithm = sequence(
    encodeOid('1.2.840.113549.1.3.1'),
    sequence(integer(of.prime), integer(parameters?.g ?? 3n)),
  );
  return sequence(
    smartcard('1.1'),
    sequence(algorithm, bits(integer(toBigInt(publicKey)))),
    ...keyId.map(small),
  );
}

function info(kind: 'dh' | 'ecdh', cipher: BlockCipher, ...rest: readonly number[]): Uint8Array {
  return sequence(
    smartcard(`3.${kind === 'dh' ? 1 : 2}.${ARC[cipher]}`),
    small(1),
    ...rest.map(small),
  );
}

function offered(...infos: readonly Uint8Array[]) {
  return chooseChipAuthentication(parseSecurityInfos(writeTlv(0x31, ...infos)));
}

function possible(...infos: readonly Uint8Array[]): ChipAuthenticationChoice {
  const offer = offered(...infos);
  if (offer.kind !== 'possible') throw new Error(offer.kind);
  return offer;
}

/** A session already secured, as after PACE, and the chip at its other end. */
function secured(options: ConstructorParameters<typeof AuthenticatingChip>[0]) {
  const keys = deriveSessionKeys('aes128', random(16));
  const chip = new AuthenticatingChip(options, new ChipMessaging('aes128', keys));
  const session = new CardSession(chip);
  session.switchTo(openSecureMessaging({ cipher: 'aes128', ...keys }));
  return { chip, session };
}

for (const cipher of ['3des', 'aes128', 'aes192', 'aes256'] as const) {
  test.each([0, 1, 2, 9, 12, 13, 14, 16, 17, 18])(
    `${cipher} with domain parameters %i: the next answer is under keys only the chip can have`,
    async (id) => {
      const of = group(id);
      const key = newKeyPair(of, random, null);
      const choice = possible(info(of.kind, cipher), keyInfo(of, key.publicKey));
      expect(choice).toMatchObject({ cipher, keyId: null, key: { group: of } });
      const { chip, session } = secured({
        ...{ pace: null, sign: null },
        chipAuthentication: { group: of, cipher, key },
      });
      expect(await performChipAuthentication(session, choice, random)).toEqual({
        kind: 'keys-changed',
      });
      expect(await session.readShortFile(1, 0, 4)).toMatchObject({ sw: 0x9000 });
      expect(chip.commands.map(({ ins, p1, p2 }) => [ins, p1, p2])).toEqual(
        cipher === '3des'
          ? [
              [0x22, 0x41, 0xa6],
              [0xb0, 0x81, 0],
            ]
          : [
              [0x22, 0x41, 0xa4],
              [0x86, 0, 0],
              [0xb0, 0x81, 0],
            ],
      );
    },
  );
}

const P256 = group(12);
const KEY = newKeyPair(P256, random, null);

test('a chip without the private key takes every step and fails at the next answer', async () => {
  for (const cipher of ['3des', 'aes128'] as const) {
    const other = newKeyPair(P256, random, null);
    const { session } = secured({
      ...{ pace: null, sign: null },
      chipAuthentication: { group: P256, cipher, key: other },
    });
    const choice = possible(info('ecdh', cipher), keyInfo(P256, KEY.publicKey));
    expect(await performChipAuthentication(session, choice, random)).toEqual({
      kind: 'keys-changed',
    });
    await expect(session.readShortFile(1, 0, 4)).rejects.toMatchObject({ code: 'sm.unprotected' });
  }
});

test('the key’s identifier is told when the infos have one', async () => {
  const other = newKeyPair(P256, random, null);
  const choice = possible(
    info('ecdh', 'aes128', 2),
    keyInfo(P256, other.publicKey, 1),
    keyInfo(P256, KEY.publicKey, 2),
  );
  expect(choice.key.publicKey).toEqual(KEY.publicKey);
  const { chip, session } = secured({
    ...{ pace: null, sign: null },
    chipAuthentication: { group: P256, cipher: 'aes128', key: KEY },
  });
  await performChipAuthentication(session, choice, random);
  const objects = readTlvs(chip.commands[0]?.data ?? random(0));
  expect(findTlv(objects, 0x84)?.value).toEqual(Buffer.of(2));
  expect((await session.readShortFile(1, 0, 4)).sw).toBe(0x9000);
});

test('a chip with 3DES that knows no MSE:Set KAT is asked the other way (9303-11, 8.5, note 1)', async () => {
  const { session } = secured({
    ...{ pace: null, sign: null },
    chipAuthentication: { group: P256, cipher: '3des', key: KEY, noKeyAgreementTemplate: true },
  });
  const choice = possible(info('ecdh', '3des'), keyInfo(P256, KEY.publicKey));
  expect(await performChipAuthentication(session, choice, random)).toEqual({
    kind: 'keys-changed',
  });
  expect((await session.readShortFile(1, 0, 4)).sw).toBe(0x9000);
});

test('a refusal is told with its place, and the old keys stay', async () => {
  for (const [cipher, step, at] of [
    ['aes128', 'select', 'select'],
    ['aes128', 'authenticate', 'authenticate'],
  ] as const) {
    const { session } = secured({
      ...{ pace: null, sign: null },
      chipAuthentication: { group: P256, cipher, key: KEY },
      tamper: (here, response) =>
        here === step ? { data: new Uint8Array(0), sw: 0x6a80 } : response,
    });
    const choice = possible(info('ecdh', cipher), keyInfo(P256, KEY.publicKey));
    expect(await performChipAuthentication(session, choice, random)).toEqual({
      ...{ kind: 'refused', at, sw: 0x6a80 },
    });
    expect((await session.readShortFile(1, 0, 4)).sw).toBe(0x9000);
  }
});

test('AES before 3DES, curves before primes', () => {
  const dh = newKeyPair(group(1), random, null);
  const keys = [keyInfo(group(1), dh.publicKey), keyInfo(P256, KEY.publicKey)];
  expect(possible(info('ecdh', '3des'), info('ecdh', 'aes128'), ...keys).cipher).toBe('aes128');
  expect(possible(info('dh', 'aes256'), info('ecdh', 'aes128'), ...keys).key.group).toBe(P256);
  expect(possible(info('dh', 'aes256'), info('dh', 'aes192'), ...keys).cipher).toBe('aes256');
});

test('a key without a protocol is one of 3DES, as before 9303-11', () => {
  expect(possible(keyInfo(P256, KEY.publicKey))).toMatchObject({
    ...{ cipher: '3des', protocol: '0.4.0.127.0.7.2.2.3.2.1' },
  });
});

test('a protocol that is named and not known is not taken for 3DES', () => {
  const { publicKey } = newKeyPair(group(12), random, null);
  const key = keyInfo(group(12), publicKey);
  const later = sequence(smartcard('3.2.9'), small(1));
  expect(offered(key, later)).toEqual({ kind: 'unsupported' });
  // The domain parameters of Chip Authentication, version 2 (TR-03110-3, A.1.1.2), name no cipher.
  const parameters = sequence(
    smartcard('3.2'),
    sequence(encodeOid('0.4.0.127.0.7.1.2'), small(12)),
  );
  expect(offered(key, parameters)).toMatchObject({ kind: 'possible', cipher: '3des' });
});

test('an X9.42 key is read as well (9303-11, 8.5, note 2)', () => {
  const [, parameters] = MODP_PARAMETERS;
  const of = group(1);
  const key = newKeyPair(of, random, null);
  const algorithm = sequence(
    encodeOid('1.2.840.10046.2.1'),
    sequence(integer(of.prime), integer(parameters?.g ?? 0n), integer(of.order)),
  );
  const bits = writeTlv(0x03, Uint8Array.of(0), integer(toBigInt(key.publicKey)));
  const x942 = sequence(smartcard('1.1'), sequence(algorithm, bits));
  expect(possible(info('dh', 'aes128'), x942).key).toEqual({ group: of, publicKey: key.publicKey });
});

test('what cannot be done is told apart: nothing offered, nothing known, a key that is none', () => {
  const point = KEY.publicKey;
  const offCurve = point.with(-1, (point.at(-1) ?? 0) ^ 1);
  const secp256k1 = sequence(encodeOid('1.2.840.10045.2.1'), encodeOid('1.3.132.0.10'));
  const unlisted = sequence(
    smartcard('1.2'),
    sequence(secp256k1, writeTlv(0x03, Uint8Array.of(0), point)),
  );
  const versionTwo = sequence(smartcard('3.2.2'), small(2));
  expect(offered(sequence(smartcard('2'), small(1)))).toEqual({ kind: 'none' });
  expect(offered(info('ecdh', 'aes128'))).toEqual({ kind: 'unsupported' });
  expect(offered(info('ecdh', 'aes128'), unlisted)).toEqual({ kind: 'unsupported' });
  expect(offered(versionTwo, keyInfo(P256, point))).toEqual({ kind: 'unsupported' });
  expect(offered(info('ecdh', 'aes128', 1), keyInfo(P256, point, 2))).toEqual({
    kind: 'unsupported',
  });
  expect(offered(info('ecdh', 'aes128'), keyInfo(P256, offCurve))).toEqual({
    ...{ kind: 'broken', code: 'group.element' },
  });
  expect(offered(info('ecdh', 'aes128'), keyInfo(P256, Uint8Array.of(0)))).toEqual({
    ...{ kind: 'broken', code: 'group.element' },
  });
});
