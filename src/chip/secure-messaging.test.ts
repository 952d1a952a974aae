import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ChipMessaging } from '../../test/support/chip-messaging.ts';
import { type Command, decodeResponse } from './apdu.ts';
import { deriveSessionKeys } from './crypto/key-derivation.ts';
import { ProtocolError } from './protocol-error.ts';
import { openSecureMessaging } from './secure-messaging.ts';
import { writeTlv } from './tlv.ts';

const hex = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));
const toHex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex').toUpperCase();

const CIPHERS = ['3des', 'aes128', 'aes192', 'aes256'] as const;
const SELECT_COM: Command = { cla: 0, ins: 0xa4, p1: 2, p2: 12, data: hex('011E'), le: null };
const read = (offset: number, le: number): Command => ({
  ...{ cla: 0, ins: 0xb0, p1: offset >> 8, p2: offset & 0xff, data: hex(''), le },
});

/** Both ends of a conversation. */
function pair(cipher: (typeof CIPHERS)[number], counter = 0n) {
  const keys = deriveSessionKeys(cipher, hex('0036D272F5C350ACAC50C3F572D23600'));
  const blockBytes = cipher === '3des' ? 8 : 16;
  const ssc = hex(counter.toString(16).padStart(2 * blockBytes, '0'));
  return {
    reader: openSecureMessaging({ cipher, ...keys, ssc }),
    chip: new ChipMessaging(cipher, keys, counter),
  };
}

test('ICAO 9303-11 D.4: SELECT EF.COM, READ BINARY of 4 bytes, READ BINARY of 18', () => {
  const session = openSecureMessaging({
    cipher: '3des',
    keyEnc: hex('979EC13B1CBFE9DCD01AB0FED307EAE5'),
    keyMac: hex('F1CB1F1FB5ADF208806B89DC579DC1F8'),
    ssc: hex('887022120C06C226'),
  });
  // 1. Select EF.COM: DO'87' with the encrypted 011E, DO'8E' over SSC 887022120C06C227.
  expect(toHex(session.protect(SELECT_COM))).toBe(
    '0CA4020C158709016375432908C044F68E08BF8B92D635FF24F800',
  );
  expect(session.open(decodeResponse(hex('990290008E08FA855A5D4C50A8ED9000')))).toEqual({
    data: hex(''),
    sw: 0x9000,
  });
  // 2. Read Binary of the first four bytes: DO'97' 04, SSC 887022120C06C229.
  expect(toHex(session.protect(read(0, 4)))).toBe('0CB000000D9701048E08ED6705417E96BA5500');
  const head = decodeResponse(hex('8709019FF0EC34F9922651 99029000 8E08AD55CC17140B2DED 9000'));
  expect(toHex(session.open(head).data)).toBe('60145F01');
  // 3. Read Binary of the remaining 18 bytes from offset 4.
  expect(toHex(session.protect(read(4, 18)))).toBe('0CB000040D9701128E082EA28A70F3C7B53500');
  const rest = decodeResponse(
    hex('871901FB9235F4E4037F2327DCC8964F1F9B8C30F42C8E2FFF224A990290008E08C8B2787EAEA07D749000'),
  );
  expect(toHex(session.open(rest).data)).toBe('04303130365F36063034303030305C026175');
});

test('AES-128: MSE:SET AT as gmrtd has it in its tests, counter BA', () => {
  const session = openSecureMessaging({
    cipher: 'aes128',
    keyEnc: hex('CC86415F2ED7E8FD663B754265695AE1'),
    keyMac: hex('581E84B8EE06C4D3EEE30461498D7FB3'),
    ssc: hex('000000000000000000000000000000BA'),
  });
  const data = hex('800A04007F000702020302028401C3');
  expect(toHex(session.protect({ cla: 0, ins: 0x22, p1: 0x41, p2: 0xa4, data, le: null }))).toBe(
    '0C2241A41D871101980953D37F67558690045D78A853B18A8E08929767A2CEF172E200',
  );
});

// Made with Python's cryptography (OpenSSL's AES and CMAC) from the shared secret of ICAO 9303-11 G.1; counter from zero.
for (const [cipher, select, selected, reading, came] of [
  [
    'aes192',
    '0CA4020C1D8711017ABA43A8D2AD8B770ABD74A7F13080B88E0893D8F7B89FDB384400',
    '990290008E085EDBF6885A5A48A19000',
    '0CB000000D9701208E08DAB675A6520300F600',
    '872101008ACE9969F7E884326A78EFF886E69B6E458C6F306961FDC41802DE59D70470990262828E08231C2AE1A3D9EAAE6282',
  ],
  [
    'aes256',
    '0CA4020C1D87110159D158A79C5104D7D3BA711FCC7CD4418E084D36DEDFCA26D7C400',
    '990290008E08E2FF9E39494C262F9000',
    '0CB000000D9701208E08A1B25C17DC03740F00',
    '872101C73634D190A9E42BD3F00F346E76689A053B012A58CDE9675B74689C9B651179990262828E08FAFE46E099FDA7666282',
  ],
] as const) {
  test(`${cipher}: SELECT and a READ BINARY that meets the end of the file`, () => {
    const shared = hex('28768D20701247DAE81804C9E780EDE582A9996DB4A315020B2733197DB84925');
    const session = openSecureMessaging({ cipher, ...deriveSessionKeys(cipher, shared) });
    expect(toHex(session.protect(SELECT_COM))).toBe(select);
    expect(session.open(decodeResponse(hex(selected))).sw).toBe(0x9000);
    expect(toHex(session.protect(read(0, 32)))).toBe(reading);
    const { data, sw } = session.open(decodeResponse(hex(came)));
    expect(toHex(data)).toBe('60145F0104303130375F36063034303030305C026175');
    expect(sw).toBe(0x6282);
  });
}

test('what either end protects the other opens, command after command, whatever cipher and class', () => {
  const commands = fc.record({
    cla: fc.constantFrom(0x00, 0x10, 0x80),
    ins: fc.constantFrom(0x22, 0x86, 0xa4, 0xb0, 0xb1, 0xcb),
    p1: fc.nat(255),
    p2: fc.nat(255),
    data: fc.uint8Array({ maxLength: 400 }),
    le: fc.constantFrom(null, 1, 16, 223, 256, 257, 65_535, 65_536),
  });
  const answers = fc.record({
    data: fc.uint8Array({ maxLength: 400 }),
    sw: fc.constantFrom(0x9000, 0x6282, 0x6a82, 0x6982),
  });
  const exchanges = fc.array(fc.tuple(commands, answers), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(fc.constantFrom(...CIPHERS), fc.bigInt(0n, 2n ** 64n - 1n), exchanges, (...it) => {
      const [cipher, counter, list] = it;
      const { reader, chip } = pair(cipher, counter);
      for (const [command, answer] of list) {
        const opened = chip.open(reader.protect(command));
        expect({ ...opened, data: toHex(opened.data) }).toEqual({
          ...command,
          data: toHex(command.data),
        });
        const tag = command.ins % 2 === 0 ? 0x87 : 0x85;
        const response = reader.open(decodeResponse(chip.protect(answer, tag)));
        expect(toHex(response.data)).toBe(toHex(answer.data));
        expect(response.sw).toBe(answer.sw);
      }
    }),
    { numRuns: 60 },
  );
});

test('an odd INS has its data in DO85, without padding indicator (ICAO 9303-11, 9.8.4)', () => {
  const { reader, chip } = pair('aes128');
  const command = { cla: 0, ins: 0xb1, p1: 0, p2: 0, data: hex('5403010000'), le: 200 };
  const bytes = reader.protect(command);
  expect(toHex(bytes.subarray(5, 7))).toBe('8510');
  expect(toHex(chip.open(bytes).data)).toBe('5403010000');
});

test('a command whose answer or data needs it is extended, with both lengths in two bytes', () => {
  const { reader, chip } = pair('aes256');
  const bytes = reader.protect(read(0, 65_536));
  expect(toHex(bytes.subarray(0, 11))).toBe('0CB0000000000E97020000');
  expect(toHex(bytes.subarray(-2))).toBe('0000');
  expect(chip.open(bytes).le).toBe(65_536);
});

for (const [cipher, most] of [
  ['3des', 231],
  ['aes128', 223],
  ['aes192', 223],
  ['aes256', 223],
] as const) {
  test(`${cipher}: ${most} bytes are the most that a short command or answer holds`, () => {
    const { reader, chip } = pair(cipher);
    expect(reader.shortDataMax).toBe(most);
    const command = (bytes: number) => ({ ...SELECT_COM, data: new Uint8Array(bytes), le: 256 });
    const bytes = reader.protect(command(most));
    expect(bytes[4]).not.toBe(0);
    expect(chip.open(bytes).data).toHaveLength(most);
    const answer = chip.protect({ data: new Uint8Array(most), sw: 0x9000 });
    expect(answer.length).toBeLessThanOrEqual(258);
    reader.open(decodeResponse(answer));
    expect(reader.protect(command(most + 1))[4]).toBe(0);
    chip.count();
    const longer = chip.protect({ data: new Uint8Array(most + 1), sw: 0x9000 });
    expect(longer.length).toBeGreaterThan(258);
  });
}

test('the counter goes round from its last value to zero', () => {
  const { reader, chip } = pair('3des', 2n ** 64n - 1n);
  expect(chip.open(reader.protect(SELECT_COM)).ins).toBe(0xa4);
  expect(reader.open(decodeResponse(chip.protect({ data: hex('01'), sw: 0x9000 }))).sw).toBe(
    0x9000,
  );
});

test('the counter it was given is not changed for whoever gave it', () => {
  const ssc = hex('887022120C06C226');
  const keys = deriveSessionKeys('3des', hex('00'));
  openSecureMessaging({ cipher: '3des', ...keys, ssc }).protect(SELECT_COM);
  expect(toHex(ssc)).toBe('887022120C06C226');
  expect(() => openSecureMessaging({ cipher: 'aes128', ...keys, ssc })).toThrow(RangeError);
});

// ---- chips that are hostile, broken or not the chip we spoke to ----

const OK = writeTlv(0x99, hex('9000'));
const STATUS_98 = writeTlv(0x98, hex('9000'));
const ANSWER = { data: hex('60145F01'), sw: 0x9000 };
const encrypted = (chip: ChipMessaging) => writeTlv(0x87, hex('01'), chip.encrypt(hex('60145F01')));

const good = (chip: ChipMessaging) => chip.seal([encrypted(chip), OK], 0x9000);

const HOSTILE: readonly [string, string, (chip: ChipMessaging) => Uint8Array][] = [
  ['no protection, all well', 'sm.unprotected', () => hex('9000')],
  ['no protection, an error', 'sm.unprotected', () => hex('6988')],
  ['data in the clear', 'tlv.truncated', () => hex('60145F01 9000')],
  ['no MAC', 'sm.objects', (chip) => Buffer.concat([encrypted(chip), OK, hex('9000')])],
  ['a status word and no MAC', 'sm.objects', () => Buffer.concat([OK, hex('9000')])],
  ['a MAC and no status word', 'sm.objects', (chip) => chip.seal([encrypted(chip)], 0x9000)],
  ['nothing but a MAC', 'sm.objects', (chip) => chip.seal([], 0x9000)],
  ['a MAC by another name', 'sm.objects', (chip) => renamed(chip, 0x8f)],
  [
    'a status by another name',
    'sm.objects',
    (chip) => chip.seal([encrypted(chip), STATUS_98], 0x9000),
  ],
  ['an object more', 'sm.objects', (chip) => chip.seal([OK, hex('8000')], 0x9000)],
  ['data twice', 'sm.objects', (chip) => chip.seal([encrypted(chip), encrypted(chip), OK], 0x9000)],
  ['data after the status', 'sm.objects', (chip) => chip.seal([OK, encrypted(chip)], 0x9000)],
  ['data in the clear, MACed', 'sm.objects', (chip) => chip.seal([hex('810101'), OK], 0x9000)],
  [
    'objects after the MAC',
    'sm.objects',
    (chip) =>
      Buffer.concat([chip.seal([OK], 0x9000).subarray(0, -2), encrypted(chip), hex('9000')]),
  ],
  ['a wrong MAC', 'sm.mac', (chip) => flip(good(chip), -3)],
  ['a MAC cut short', 'sm.mac', () => Buffer.concat([OK, hex('8E0401020304 9000')])],
  ['an empty MAC', 'sm.mac', () => Buffer.concat([OK, hex('8E00 9000')])],
  ['changed data', 'sm.mac', (chip) => flip(good(chip), 5)],
  ['a changed status', 'sm.mac', (chip) => flip(chip.seal([OK], 0x9000), 2)],
  ['another status outside', 'sm.status', (chip) => chip.seal([OK], 0x6a82)],
  ['a status of one byte', 'sm.status', (chip) => chip.seal([hex('990190')], 0x9000)],
  ['an empty status', 'sm.status', (chip) => chip.seal([hex('9900')], 0x9000)],
  ['no padding indicator', 'sm.data', (chip) => chip.seal([hex('8700'), OK], 0x9000)],
  [
    'another indicator',
    'sm.data',
    (chip) => chip.seal([hex('870902 0000000000000000'), OK], 0x9000),
  ],
  ['no blocks', 'sm.data', (chip) => chip.seal([hex('870101'), OK], 0x9000)],
  ['part of a block', 'sm.data', (chip) => chip.seal([hex('870401AABBCC'), OK], 0x9000)],
  ['no padding within', 'sm.padding', (chip) => chip.seal([unpadded(chip), OK], 0x9000)],
  ['cut short', 'tlv.truncated', (chip) => cut(good(chip))],
  ['an answer older by one', 'sm.mac', (chip) => stale(chip)],
];

for (const cipher of CIPHERS) {
  test(`${cipher}: the answer that the hostile ones are made from is taken`, () => {
    const { reader, chip } = pair(cipher);
    chip.open(reader.protect(read(0, 4)));
    chip.count();
    expect(toHex(reader.open(decodeResponse(good(chip))).data)).toBe('60145F01');
  });

  for (const [name, code, answer] of HOSTILE) {
    test(`${cipher}: ${name} is refused and ends it`, () => {
      const { reader, chip } = pair(cipher);
      chip.open(reader.protect(read(0, 4)));
      if (!name.startsWith('an answer older')) chip.count();
      const response = decodeResponse(answer(chip));
      expect(() => reader.open(response)).toThrow(expect.objectContaining({ code }));
      expect(() => reader.open(response)).toThrow(expect.objectContaining({ code: 'sm.ended' }));
      expect(() => reader.protect(SELECT_COM)).toThrow(
        expect.objectContaining({ code: 'sm.ended' }),
      );
    });
  }

  test(`${cipher}: an answer given before is refused when it comes again`, () => {
    const { reader, chip } = pair(cipher);
    chip.open(reader.protect(read(0, 4)));
    const answer = decodeResponse(chip.protect(ANSWER));
    expect(reader.open(answer).sw).toBe(0x9000);
    chip.open(reader.protect(read(0, 4)));
    expect(() => reader.open(answer)).toThrow(expect.objectContaining({ code: 'sm.mac' }));
  });

  test(`${cipher}: an answer that never came ends it`, () => {
    const { reader } = pair(cipher);
    reader.protect(SELECT_COM);
    expect(() => reader.protect(SELECT_COM)).toThrow(expect.objectContaining({ code: 'sm.ended' }));
  });
}

test('no bit of an answer can be changed unseen', () => {
  const { chip } = pair('aes128');
  chip.count();
  const whole = chip.protect(ANSWER);
  for (let bit = 0; bit < whole.length * 8; bit++) {
    const { reader } = pair('aes128');
    reader.protect(read(0, 4));
    const changed = flip(whole, bit >> 3, 1 << (bit & 7));
    expect(() => reader.open(decodeResponse(changed))).toThrow(ProtocolError);
  }
});

test('any bytes for an answer give a ProtocolError', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...CIPHERS),
      fc.oneof(fc.uint8Array({ minLength: 2, maxLength: 300 }), anyObjects()),
      (cipher, bytes) => {
        const { reader } = pair(cipher);
        reader.protect(SELECT_COM);
        expect(() => reader.open(decodeResponse(bytes))).toThrow(ProtocolError);
      },
    ),
    { numRuns: 300 },
  );
});

/** Objects of a protected answer with anything in them. */
function anyObjects(): fc.Arbitrary<Uint8Array> {
  const value = fc.uint8Array({ maxLength: 40 });
  return fc
    .array(fc.tuple(fc.constantFrom(0x85, 0x87, 0x99, 0x8e), value), { maxLength: 4 })
    .map((objects) =>
      Buffer.concat([...objects.map(([tag, it]) => writeTlv(tag, it)), hex('9000')]),
    );
}

function flip(bytes: Uint8Array, index: number, mask = 0x01): Uint8Array {
  const changed = Uint8Array.from(bytes);
  const at = index < 0 ? changed.length + index : index;
  changed[at] = (changed[at] ?? 0) ^ mask;
  return changed;
}

/** A block that is not padded: the encryption of 16 bytes without the block of padding after them. */
function unpadded(chip: ChipMessaging): Uint8Array {
  return writeTlv(0x87, hex('01'), chip.encrypt(new Uint8Array(16)).subarray(0, 16));
}

function renamed(chip: ChipMessaging, tag: number): Uint8Array {
  const whole = good(chip);
  return Buffer.concat([whole.subarray(0, -12), Uint8Array.of(tag), whole.subarray(-11)]);
}

function cut(bytes: Uint8Array): Uint8Array {
  return Buffer.concat([bytes.subarray(0, -6), hex('9000')]);
}

/** Sealed with the counter of the command. */
function stale(chip: ChipMessaging): Uint8Array {
  return chip.seal([OK], 0x9000);
}
