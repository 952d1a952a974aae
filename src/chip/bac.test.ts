import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ChipMessaging } from '../../test/support/chip-messaging.ts';
import { InputError } from '../kernel/errors.ts';
import { basicAccessKeys, mrzSecret, performBac } from './bac.ts';
import type { CardChannel } from './card-channel.ts';
import { CardSession } from './card-session.ts';
import { cbcDecrypt, cbcEncrypt } from './crypto/block-ciphers.ts';
import { deriveSessionKeys } from './crypto/key-derivation.ts';
import { retailMac } from './crypto/mac.ts';
import { ProtocolError } from './protocol-error.ts';

const hex = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));
const toHex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex').toUpperCase();

/** ICAO 9303-11 D.2: the holder of the worked example. */
const FIELDS = { documentNumber: 'L898902C', birth: '690806', expiry: '940623' };
const KEYS = basicAccessKeys(FIELDS);
// D.3, steps 2 and 3: RND.IFD and K.IFD.
const RND_IFD = '781723860C06C226';
const K_IFD = '0B795240CB7049B01C19B33E32804F0B';
const given = () => {
  const values = [RND_IFD, K_IFD];
  return (bytes: number) => {
    const value = hex(values.shift() ?? '');
    expect(value).toHaveLength(bytes);
    return value;
  };
};

function scripted(...steps: readonly (readonly [command: string, answer: string])[]): CardChannel {
  const left = [...steps];
  return {
    async transmit(command) {
      const [wanted, answer] = left.shift() ?? ['nothing more', ''];
      expect(toHex(command)).toBe(wanted.replaceAll(/\s/g, ''));
      return hex(answer);
    },
  };
}

for (const [name, fields, seed] of [
  [
    'nine characters (TD1, TD2): MRZ information L898902C<369080619406236',
    FIELDS,
    '239AB9CB282DAF66231DC5A4DF6BFBAE',
  ],
  [
    'twelve characters (TD1, TD2): MRZ information D23145890734934071279507122',
    { documentNumber: 'D23145890734', birth: '340712', expiry: '950712' },
    'B366AD857DDCA2B08C0E299811714730',
  ],
] as const) {
  test(`ICAO 9303-11 D.2, document number of ${name}`, () => {
    expect(toHex(mrzSecret(fields).subarray(0, 16))).toBe(seed);
  });
}

test('ICAO 9303-11 D.2 and G.1: all of the hash, for PACE', () => {
  expect(toHex(mrzSecret(FIELDS))).toBe('239AB9CB282DAF66231DC5A4DF6BFBAEDF477565');
  // G.1: MRZ information T22000129364081251010318
  const pace = { documentNumber: 'T22000129', birth: '640812', expiry: '101031' };
  expect(toHex(mrzSecret(pace))).toBe('7E2D2A41C74EA0B38CD36F863939BFA8E9032AAD');
});

test('ICAO 9303-11 D.1: document basic access keys', () => {
  expect(toHex(KEYS.keyEnc)).toBe('AB94FDECF2674FDFB9B391F85D7F76F2');
  expect(toHex(KEYS.keyMac)).toBe('7962D9ECE03D1ACD4C76089DCE131543');
});

test('a document number with fillers at its end is the same number', () => {
  expect(mrzSecret({ ...FIELDS, documentNumber: 'L898902C<' })).toEqual(mrzSecret(FIELDS));
});

for (const [name, fields] of [
  ['small letters', { documentNumber: 'l898902c' }],
  ['a space', { documentNumber: 'L898 902C' }],
  ['Vietnamese letters', { documentNumber: 'Đ1234567' }],
  ['a number of 21 characters', { documentNumber: '012345678901234567890' }],
  ['a date with its century', { birth: '19690806' }],
  ['a date in words', { expiry: '23 Jun' }],
  ['no date', { expiry: '' }],
] as const) {
  test(`${name}, which no machine-readable zone holds, is refused without being repeated`, () => {
    const error = thrownBy(() => basicAccessKeys({ ...FIELDS, ...fields }));
    expect(error).toBeInstanceOf(InputError);
    for (const value of Object.values(fields)) {
      if (value !== '') expect(String(error)).not.toContain(value);
    }
  });
}

test('a birth date not wholly known is hashed with its fillers', () => {
  expect(mrzSecret({ ...FIELDS, birth: '69<<<<' })).not.toEqual(mrzSecret(FIELDS));
});

test('ICAO 9303-11 D.3 and D.4 from the challenge to the last byte of EF.COM', async () => {
  const session = new CardSession(
    scripted(
      // D.3.1: GET CHALLENGE gives RND.IC.
      ['0084000008', '4608F91988702212 9000'],
      // D.3.8: EXTERNAL AUTHENTICATE with E.IFD || M.IFD; D.3.9 E.IC || M.IC.
      [
        `00820000 28
         72C29C2371CC9BDB65B779B8E8D37B29ECC154AA56A8799FAE2F498F76ED92F2 5F1448EEA8AD90A7 28`,
        '46B9342A41396CD7386BF5803104D7CEDC122B9132139BAF2EEDC94EE178534F 2F2D235D074D7449 9000',
      ],
      // D.4.1: SELECT EF.COM, counter 887022120C06C227.
      [
        '0CA4020C15 8709016375432908C044F6 8E08BF8B92D635FF24F8 00',
        '99029000 8E08FA855A5D4C50A8ED 9000',
      ],
      // D.4.2
      [
        '0CB000000D 970104 8E08ED6705417E96BA55 00',
        '8709019FF0EC34F9922651 99029000 8E08AD55CC17140B2DED 9000',
      ],
      // D.4.3
      [
        '0CB000040D 970112 8E082EA28A70F3C7B535 00',
        '871901FB9235F4E4037F2327DCC8964F1F9B8C30F42C8E2FFF224A 99029000 8E08C8B2787EAEA07D74 9000',
      ],
    ),
  );
  expect(await performBac(session, KEYS, given())).toEqual({ kind: 'open' });
  expect((await session.selectFile(0x011e)).sw).toBe(0x9000);
  const head = await session.readBinary(0, 4);
  const rest = await session.readBinary(4, 18);
  expect(toHex(Buffer.concat([head.data, rest.data]))).toBe(
    '60145F0104303130365F36063034303030305C026175',
  );
  expect(session.apdus).toBe(5);
});

/** A chip with these keys; `change` makes it hostile. */
function chipWith(
  keys: typeof KEYS,
  change: (answer: Buffer, plain: Buffer) => Uint8Array = (a) => a,
) {
  const rndIc = hex('4608F91988702212');
  const kIc = hex('0B4F80323EB3191CB04970CB4052790B');
  let messaging: ChipMessaging | null = null;
  return {
    async transmit(command: Uint8Array): Promise<Uint8Array> {
      if (messaging !== null) {
        messaging.open(command);
        return messaging.protect({ data: hex('60145F01'), sw: 0x9000 });
      }
      if (command[1] === 0x84) return Buffer.concat([rndIc, hex('9000')]);
      const token = command.subarray(5, 45);
      const encrypted = token.subarray(0, 32);
      if (!Buffer.from(retailMac(keys.keyMac, encrypted)).equals(token.subarray(32))) {
        return hex('6300');
      }
      const s = cbcDecrypt('3des', keys.keyEnc, encrypted);
      const plain = Buffer.concat([s.subarray(8, 16), s.subarray(0, 8), kIc]);
      const seed = kIc.map((byte, index) => byte ^ (s[16 + index] ?? 0));
      const ssc = Buffer.concat([rndIc.subarray(4), s.subarray(4, 8)]);
      messaging = new ChipMessaging('3des', deriveSessionKeys('3des', seed), ssc.readBigUInt64BE());
      return Buffer.concat([change(answerOf(keys, plain), plain), hex('9000')]);
    },
  };
}

function answerOf(keys: typeof KEYS, plain: Uint8Array): Buffer {
  const encrypted = cbcEncrypt('3des', keys.keyEnc, plain);
  return Buffer.concat([encrypted, retailMac(keys.keyMac, encrypted)]);
}

test('with any holder and any random bytes both ends come to the same keys', async () => {
  const digits = fc.stringMatching(/^[0-9]{6}$/);
  const fields = fc.record({
    documentNumber: fc.stringMatching(/^[A-Z0-9]{1,15}$/),
    birth: digits,
    expiry: digits,
  });
  const seed = fc.uint8Array({ minLength: 24, maxLength: 24 });
  await fc.assert(
    fc.asyncProperty(fields, seed, async (holder, bytes) => {
      const keys = basicAccessKeys(holder);
      const session = new CardSession(chipWith(keys));
      const random = (count: number) => (count === 8 ? bytes.subarray(0, 8) : bytes.subarray(8));
      expect(await performBac(session, keys, random)).toEqual({ kind: 'open' });
      expect(toHex((await session.readShortFile(0x1e, 0, 4)).data)).toBe('60145F01');
    }),
    { numRuns: 40 },
  );
});

test('a card with other keys refuses: that is an outcome, and the session stays plain', async () => {
  const other = basicAccessKeys({ ...FIELDS, expiry: '940624' });
  const session = new CardSession(chipWith(other));
  expect(await performBac(session, KEYS, given())).toEqual({
    ...{ kind: 'refused', at: 'authenticate', sw: 0x6300 },
  });
  expect(session.shortDataMax).toBe(255);
});

test('a card without BAC refuses at the challenge', async () => {
  const session = new CardSession(scripted(['0084000008', '6D00']));
  expect(await performBac(session, KEYS, given())).toEqual({
    ...{ kind: 'refused', at: 'challenge', sw: 0x6d00 },
  });
});

const swapped = (plain: Buffer) =>
  Buffer.concat([plain.subarray(8, 16), plain.subarray(0, 8), plain.subarray(16)]);
for (const [name, code, change] of [
  ['a wrong MAC', 'bac.mac', (answer: Buffer) => flipped(answer, 39)],
  ['changed data', 'bac.mac', (answer: Buffer) => flipped(answer, 0)],
  ['our own token', 'bac.nonce', (_: Buffer, plain: Buffer) => answerOf(KEYS, swapped(plain))],
  [
    'another nonce of its own',
    'bac.nonce',
    (_: Buffer, plain: Buffer) => answerOf(KEYS, flipped(plain, 0)),
  ],
  [
    'another nonce of ours',
    'bac.nonce',
    (_: Buffer, plain: Buffer) => answerOf(KEYS, flipped(plain, 8)),
  ],
  ['an answer cut short', 'bac.length', (answer: Buffer) => answer.subarray(0, 32)],
  ['an answer too long', 'bac.length', (answer: Buffer) => Buffer.concat([answer, answer])],
  ['no answer', 'bac.length', () => new Uint8Array(0)],
] as const) {
  test(`a chip that gives ${name} has not proven anything`, async () => {
    const session = new CardSession(chipWith(KEYS, change));
    await expect(performBac(session, KEYS, given())).rejects.toMatchObject({ code });
    expect(session.shortDataMax).toBe(255);
  });
}

test('the answer of an earlier session does not open a later one', async () => {
  const session = new CardSession({
    transmit: async (command) =>
      command[1] === 0x84
        ? hex('4608F91988702212 9000')
        : hex(
            '46B9342A41396CD7386BF5803104D7CEDC122B9132139BAF2EEDC94EE178534F2F2D235D074D7449 9000',
          ),
  });
  const random = (bytes: number) => new Uint8Array(bytes).fill(7);
  await expect(performBac(session, KEYS, random)).rejects.toMatchObject({ code: 'bac.nonce' });
});

test('a challenge of another length is a fault of the card', async () => {
  for (const answer of ['9000', '01020304 9000', '010203040506070809 9000']) {
    const session = new CardSession(scripted(['0084000008', answer]));
    await expect(performBac(session, KEYS, given())).rejects.toMatchObject({ code: 'bac.length' });
  }
});

test('any bytes from a card end in an outcome or a ProtocolError', async () => {
  const answers = fc.array(fc.uint8Array({ maxLength: 60 }), { minLength: 2, maxLength: 2 });
  await fc.assert(
    fc.asyncProperty(answers, async ([challenge, answer]) => {
      const session = new CardSession({
        transmit: async ({ 1: ins }) => (ins === 0x84 ? challenge : answer) ?? hex(''),
      });
      const outcome = await performBac(session, KEYS, given()).catch((error: unknown) => error);
      if (outcome instanceof Error) expect(outcome).toBeInstanceOf(ProtocolError);
      else expect(outcome).toMatchObject({ kind: 'refused' });
    }),
  );
});

function flipped(bytes: Uint8Array, index: number): Buffer {
  const changed = Buffer.from(bytes);
  changed[index] = (changed[index] ?? 0) ^ 1;
  return changed;
}

function thrownBy(action: () => unknown): unknown {
  try {
    return action();
  } catch (error) {
    return error;
  }
}
