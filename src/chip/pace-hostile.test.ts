import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  AuthenticatingChip,
  type AuthenticatingChipOptions,
} from '../../test/support/authenticating-chip.ts';
import type { Response } from './apdu.ts';
import { CardSession } from './card-session.ts';
import { verifyChipAuthenticationMapping } from './chip-authentication-mapping.ts';
import { standardizedGroup } from './crypto/domain-parameters.ts';
import { newKeyPair } from './crypto/group.ts';
import { encodeOid } from './der.ts';
import { performPace } from './pace.ts';
import { choosePace, type PaceChoice } from './pace-choice.ts';
import { parseSecurityInfos } from './security-infos.ts';
import { readTlvs, writeTlv } from './tlv.ts';

const random = (bytes: number) => Uint8Array.from(randomBytes(bytes));
const CAN = '001177';
const SECRET = Uint8Array.from(Buffer.from(CAN));
const METHODS = { 'dh generic': 1, 'ecdh generic': 2, 'dh integrated': 3, 'ecdh integrated': 4 };
const CIPHERS = ['3des', 'aes128', 'aes192', 'aes256'];

function choice(method: number, cipher: number, parameterId: number): PaceChoice {
  const oid = `0.4.0.127.0.7.2.2.4.${method}.${cipher + 1}`;
  const version = writeTlv(0x02, Uint8Array.of(2));
  const info = writeTlv(0x30, encodeOid(oid), version, writeTlv(0x02, Uint8Array.of(parameterId)));
  const [found] = choosePace(parseSecurityInfos(writeTlv(0x31, info)));
  if (found === undefined) throw new Error('not offered');
  return found;
}

function chipFor(
  { protocol, group, mapping, cipher }: PaceChoice,
  more: Partial<AuthenticatingChipOptions> = {},
): AuthenticatingChip {
  return new AuthenticatingChip({
    pace: { protocol, group, mapping, cipher, secret: SECRET },
    ...{ chipAuthentication: null, sign: null, ...more },
  });
}

async function open(chip: AuthenticatingChip, pace: PaceChoice, can = CAN) {
  const session = new CardSession(chip);
  const outcome = await performPace(session, pace, { kind: 'can', can }, random);
  return { session, outcome };
}

for (const [name, method] of Object.entries(METHODS)) {
  const ids = name.startsWith('dh') ? [0, 1, 2] : [8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18];
  for (const parameterId of ids.filter((id) => id !== 10 || method !== 4)) {
    test(`${name} mapping with domain parameters ${parameterId} opens`, async () => {
      // Every group with two of the ciphers, every cipher with every kind of group.
      for (const cipher of [parameterId % 4, (parameterId + 1) % 4]) {
        const pace = choice(method, cipher, parameterId);
        expect(pace.cipher).toBe(CIPHERS[cipher]);
        const chip = chipFor(pace);
        const { session, outcome } = await open(chip, pace);
        expect(outcome).toEqual({ kind: 'open', chipAuthentication: null });
        expect(session.apdus).toBe(5);
        expect(await session.readShortFile(0x1e, 0, 4)).toMatchObject({ sw: 0x9000 });
        // An answer longer than a short one holds is asked for as such.
        const wide = pace.group.prime > 2n ** 2_000n && pace.mapping === 'generic';
        expect(chip.commands[2]?.le).toBe(wide ? 65_536 : 256);
        expect(chip.commands.slice(0, 5).map(({ cla, ins }) => [cla, ins])).toEqual([
          [0x00, 0x22],
          [0x10, 0x86],
          [0x10, 0x86],
          [0x10, 0x86],
          [0x00, 0x86],
        ]);
      }
    });
  }
}

test.each([8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18])(
  'chip authentication mapping with domain parameters %i proves the chip’s key',
  async (parameterId) => {
    for (const cipher of [1 + (parameterId % 3)]) {
      const pace = choice(6, cipher, parameterId);
      const key = newKeyPair(pace.group, random, null);
      const chip = chipFor(pace, {
        chipAuthentication: { group: pace.group, cipher: pace.cipher, key },
      });
      const { outcome } = await open(chip, pace);
      const said = outcome.kind === 'open' ? outcome.chipAuthentication : null;
      if (said === null) throw new Error('nothing said');
      expect(verifyChipAuthenticationMapping(said, signedKey(pace, key.publicKey))).toBe('proven');
      const another = newKeyPair(pace.group, random, null);
      const copied = signedKey(pace, another.publicKey);
      expect(verifyChipAuthenticationMapping(said, copied)).toBe('failed');
    }
  },
);

/** Infos with the chip's key under the identifier of its domain parameters. */
function signedKey({ parameterId, group }: PaceChoice, publicKey: Uint8Array) {
  const algorithm = writeTlv(
    0x30,
    encodeOid('0.4.0.127.0.7.1.2'),
    writeTlv(0x02, Uint8Array.of(parameterId ?? 0)),
  );
  const key = writeTlv(0x30, algorithm, writeTlv(0x03, Uint8Array.of(0), publicKey));
  expect(group.kind).toBe('ecdh');
  const keyId = writeTlv(0x02, Uint8Array.of(parameterId ?? 0));
  const info = writeTlv(0x30, encodeOid('0.4.0.127.0.7.2.2.1.2'), key, keyId);
  return parseSecurityInfos(writeTlv(0x31, info));
}

test('a wrong number is told apart: the card refuses the token', async () => {
  for (const pace of [choice(2, 1, 13), choice(4, 1, 13), choice(1, 0, 0), choice(6, 2, 12)]) {
    const { outcome, session } = await open(chipFor(pace), pace, '999999');
    expect(outcome).toEqual({ kind: 'refused', at: 'token', sw: 0x6300 });
    // Nothing is secured: the plain session goes on, to BAC for instance.
    expect((await session.readShortFile(1, 0, 4)).sw).toBe(0x9000);
  }
});

const P256 = choice(2, 1, 12);

test.each([
  ['select', 0x6a80, 'select'],
  ['nonce', 0x6985, 'nonce'],
  ['mapping', 0x6a80, 'mapping'],
  ['agreement', 0x6300, 'agreement'],
  ['token', 0x63c1, 'token'],
] as const)('a card that refuses at %s is said to have refused there', async (at, sw, step) => {
  const chip = chipFor(P256, { tamper: replaceAt(step, () => ({ data: new Uint8Array(0), sw })) });
  expect((await open(chip, P256)).outcome).toEqual({ kind: 'refused', at, sw });
});

function replaceAt(step: string, replace: (response: Response) => Response) {
  return (at: string, response: Response) => (at === step ? replace(response) : response);
}

function answerWith(...objects: readonly Uint8Array[]): () => Response {
  return () => ({ data: writeTlv(0x7c, ...objects), sw: 0x9000 });
}

const POINT = P256.group.publicKey(5n, null);
const OFF_CURVE = POINT.with(-1, (POINT.at(-1) ?? 0) ^ 1);

test.each([
  ['an empty nonce', 'nonce', writeTlv(0x80), 'pace.nonce'],
  ['a nonce of 15 bytes', 'nonce', writeTlv(0x80, random(15)), 'pace.nonce'],
  ['a nonce of 4 kB', 'nonce', writeTlv(0x80, random(4_096)), 'pace.nonce'],
  ['a nonce under another tag', 'nonce', writeTlv(0x81, random(16)), 'tlv.missing'],
  ['a point off the curve to map by', 'mapping', writeTlv(0x82, OFF_CURVE), 'group.element'],
  ['infinity to map by', 'mapping', writeTlv(0x82, Uint8Array.of(0)), 'group.element'],
  ['nothing to map by', 'mapping', writeTlv(0x82), 'group.element'],
  [
    'a compressed point',
    'mapping',
    writeTlv(0x82, Uint8Array.of(2), POINT.subarray(1, 33)),
    'group.element',
  ],
  ['a key off the curve', 'agreement', writeTlv(0x84, OFF_CURVE), 'group.element'],
  ['a key of infinity', 'agreement', writeTlv(0x84, Uint8Array.of(0)), 'group.element'],
  ['a token of zeros', 'token', writeTlv(0x86, new Uint8Array(8)), 'pace.token'],
  ['an empty token', 'token', writeTlv(0x86), 'pace.token'],
  ['a token of 9 bytes', 'token', writeTlv(0x86, random(9)), 'pace.token'],
  ['no token', 'token', writeTlv(0x87, random(8)), 'tlv.missing'],
] as const)('%s is a fault of the card', async (_, step, object, code) => {
  const chip = chipFor(P256, { tamper: replaceAt(step, answerWith(object)) });
  await expect(open(chip, P256)).rejects.toMatchObject({ name: 'ProtocolError', code });
});

test('integrated mapping takes a nonce of its own length only', async () => {
  for (const [cipher, wrong] of [
    [0, 32],
    [1, 32],
    [2, 16],
    [3, 16],
  ] as const) {
    const pace = choice(4, cipher, 12);
    const tamper = replaceAt('nonce', answerWith(writeTlv(0x80, random(wrong))));
    await expect(open(chipFor(pace, { tamper }), pace)).rejects.toMatchObject({
      code: 'pace.nonce',
    });
  }
});

test.each([
  ['mapping', 0x82],
  ['agreement', 0x84],
])('our own public key thrown back at %s is refused', async (step, tag) => {
  for (const pace of [P256, choice(1, 1, 0)]) {
    const chip: AuthenticatingChip = chipFor(pace, {
      tamper: replaceAt(step, () => {
        const [sent] = readTlvs(readTlvs(chip.commands.at(-1)?.data ?? SECRET)[0]?.value ?? SECRET);
        return answerWith(writeTlv(tag, sent?.value ?? SECRET))();
      }),
    });
    await expect(open(chip, pace)).rejects.toMatchObject({ code: 'pace.reflected' });
  }
});

test('an element of a small subgroup is refused in DH', async () => {
  const pace = choice(1, 1, 0);
  const minusOne = Uint8Array.from(
    Buffer.from((pace.group.prime - 1n).toString(16).padStart(256, '0'), 'hex'),
  );
  for (const [step, tag] of [
    ['mapping', 0x82],
    ['agreement', 0x84],
  ] as const) {
    const chip = chipFor(pace, { tamper: replaceAt(step, answerWith(writeTlv(tag, minusOne))) });
    await expect(open(chip, pace)).rejects.toMatchObject({ code: 'group.element' });
  }
});

test('chip authentication mapping without chip data, with some that is broken or not padded, is refused', async () => {
  const pace = choice(6, 1, 12);
  const key = newKeyPair(pace.group, random, null);
  for (const data of [null, random(15), random(16), new Uint8Array(0)]) {
    const chip = chipFor(pace, {
      chipAuthentication: { group: pace.group, cipher: 'aes128', key },
      tamper: replaceAt('token', ({ data: answer, sw }) => {
        const [token] = readTlvs(readTlvs(answer)[0]?.value ?? answer);
        const rest = data === null ? [] : [writeTlv(0x8a, data)];
        return { data: writeTlv(0x7c, token?.raw ?? answer, ...rest), sw };
      }),
    });
    await expect(open(chip, pace)).rejects.toMatchObject({ code: 'pace.chip-data' });
  }
});

test('whatever bytes come at whatever step: an outcome or a ProtocolError, never with the number in it', async () => {
  const steps = ['select', 'nonce', 'mapping', 'agreement', 'token'];
  const garbage = fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    fc.uint8Array({ maxLength: 80 }).map((value) => writeTlv(0x7c, value)),
    fc
      .tuple(fc.constantFrom(0x80, 0x82, 0x84, 0x86), fc.uint8Array({ maxLength: 80 }))
      .map(([tag, value]) => writeTlv(0x7c, writeTlv(tag, value))),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(P256, choice(4, 1, 13), choice(6, 1, 12)),
      fc.constantFrom(...steps),
      garbage,
      fc.constantFrom(0x9000, 0x6300, 0x6982),
      async (pace, step, data, sw) => {
        const chip = chipFor(pace, { tamper: replaceAt(step, () => ({ data, sw })) });
        const result = await open(chip, pace).catch((error: unknown) => error);
        if (!(result instanceof Error)) return;
        expect(result.name).toBe('ProtocolError');
        expect(`${result.message} ${String(result.stack)}`).not.toContain(CAN);
      },
    ),
    { numRuns: process.env['CHOT_SOAK'] === '1' ? 10_000 : 100, seed: 7 },
  );
});

test('a group is told to a chip that has several', async () => {
  const several = Buffer.concat(
    [12, 13].map((id) =>
      writeTlv(
        0x30,
        encodeOid('0.4.0.127.0.7.2.2.4.2.2'),
        writeTlv(0x02, Uint8Array.of(2)),
        writeTlv(0x02, Uint8Array.of(id)),
      ),
    ),
  );
  const [pace] = choosePace(parseSecurityInfos(writeTlv(0x31, several)));
  if (pace === undefined) throw new Error('not offered');
  expect(pace).toMatchObject({ ambiguous: true, group: standardizedGroup(12) });
  const chip = chipFor(pace);
  await open(chip, pace);
  expect(
    readTlvs(chip.commands[0]?.data ?? SECRET).map(({ tag, value }) => [tag, value.at(-1)]),
  ).toEqual([
    [0x80, 2],
    [0x83, 2],
    [0x84, 12],
  ]);
});
