import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ChipMessaging, decodeCommand } from '../../test/support/chip-messaging.ts';
import { DeviceFault } from '../kernel/errors.ts';
import type { Command, Response } from './apdu.ts';
import type { CardChannel } from './card-channel.ts';
import { CardSession } from './card-session.ts';
import { deriveSessionKeys } from './crypto/key-derivation.ts';
import { ProtocolError } from './protocol-error.ts';
import { openSecureMessaging } from './secure-messaging.ts';

const hex = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));
const toHex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex').toUpperCase();
/** An answer as on the wire. */
const shown = ({ data, sw }: Response) => `${toHex(data)} ${sw.toString(16).toUpperCase()}`;
const read = (le: number): Command => ({ cla: 0, ins: 0xb0, p1: 0, p2: 0, data: hex(''), le });

/** A card that wants these commands and gives these answers, in this order. */
function scripted(...steps: readonly (readonly [command: string, answer: string])[]): CardChannel {
  const left = [...steps];
  return {
    async transmit(command) {
      const [wanted, answer] = left.shift() ?? ['nothing more', ''];
      expect(toHex(command)).toBe(wanted.replaceAll(' ', ''));
      return hex(answer);
    },
  };
}

function card(answer: (command: Uint8Array) => Uint8Array): CardChannel {
  return { transmit: async (command) => answer(command) };
}

test('files are selected by identifier and read by offset, or read by short identifier', async () => {
  const session = new CardSession(
    scripted(
      ['00A4040C07 A0000002471001', '9000'],
      ['00A4020C02 011E', '6A82'],
      ['00B0000004', '60145F01 9000'],
      ['00B07FFF10', '01 6282'],
      ['00B09E0600', 'AABB 9000'],
    ),
  );
  expect((await session.selectApplication(hex('A0000002471001'))).sw).toBe(0x9000);
  expect((await session.selectFile(0x011e)).sw).toBe(0x6a82);
  expect(toHex((await session.readBinary(0, 4)).data)).toBe('60145F01');
  expect(shown(await session.readBinary(0x7fff, 16))).toBe('01 6282');
  expect(toHex((await session.readShortFile(0x1e, 6, 256)).data)).toBe('AABB');
  expect(session.apdus).toBe(5);
});

test('from offset 32,768 on the file is read by the odd instruction, its wrapping taken off', async () => {
  const session = new CardSession(
    scripted(
      ['00B10000 05 5403008000 E7', '5303AABBCC 9000'],
      ['00B10000 05 540301F400 10', '6B00'],
      ['00B10000 05 540301F400 10', '5402AABB 9000'],
    ),
  );
  expect(toHex((await session.readBinary(0x8000, 0xe7)).data)).toBe('AABBCC');
  expect(shown(await session.readBinary(0x1f400, 16))).toBe(' 6B00');
  await expect(session.readBinary(0x1f400, 16)).rejects.toMatchObject({ code: 'tlv.missing' });
});

test('an answer in pieces is put together by GET RESPONSE, on the channel of its command', async () => {
  const session = new CardSession(
    scripted(['02B0000000', '6110'], ['02C0000010', 'AABB 6102'], ['02C0000002', 'CCDD 6282']),
  );
  const response = await session.send({ ...read(256), cla: 2 });
  expect(shown(response)).toBe('AABBCCDD 6282');
  expect(session.apdus).toBe(3);
});

test('6100 asks for 256 bytes; data that comes with the first 61xx is kept', async () => {
  const session = new CardSession(scripted(['00B0000000', '01 6100'], ['00C0000000', '02 9000']));
  expect(toHex((await session.send(read(256))).data)).toBe('0102');
});

test('a wrong Le is corrected once; a second 6Cxx is the answer', async () => {
  const session = new CardSession(
    scripted(
      ['00B0000000', '6C03'],
      ['00B0000003', 'AABBCC 9000'],
      ['00B0000010', '6C00'],
      ['00B0000000', '6C05'],
    ),
  );
  expect(toHex((await session.send(read(256))).data)).toBe('AABBCC');
  expect((await session.send(read(16))).sw).toBe(0x6c05);
});

test('6Cxx to a command that asked for nothing is the answer', async () => {
  const session = new CardSession(scripted(['00A4020C02011E', '6C10']));
  expect((await session.selectFile(0x011e)).sw).toBe(0x6c10);
});

test('data longer than a short command goes in a chain; only its end is answered', async () => {
  const data = Uint8Array.from({ length: 600 }, (_, index) => index & 0xff);
  const parts = [data.subarray(0, 255), data.subarray(255, 510), data.subarray(510)].map(toHex);
  const session = new CardSession(
    scripted(
      [`10860000 FF ${parts[0]}`, '9000'],
      [`10860000 FF ${parts[1]}`, '9000'],
      [`00860000 5A ${parts[2]} 00`, '7C00 9000'],
    ),
  );
  const command = { cla: 0, ins: 0x86, p1: 0, p2: 0, data, le: 256 };
  expect(shown(await session.send(command))).toBe('7C00 9000');
});

test('a chain that the card refuses goes no further', async () => {
  const session = new CardSession(scripted([`10860000 FF ${'00'.repeat(255)}`, '6884']));
  const command = { cla: 0, ins: 0x86, p1: 0, p2: 0, data: new Uint8Array(600), le: 256 };
  expect((await session.send(command)).sw).toBe(0x6884);
  expect(session.apdus).toBe(1);
});

test('a card that takes extended commands gets long data in one', async () => {
  const session = new CardSession(scripted([`00860000 000258 ${'00'.repeat(600)} 0100`, '9000']));
  session.allowExtended();
  const command = { cla: 0, ins: 0x86, p1: 0, p2: 0, data: new Uint8Array(600), le: 256 };
  expect((await session.send(command)).sw).toBe(0x9000);
});

// ---- secured ----

function secured(cipher: '3des' | 'aes128' = 'aes128') {
  const keys = deriveSessionKeys(cipher, hex('0036D272F5C350ACAC50C3F572D23600'));
  return {
    chip: new ChipMessaging(cipher, keys),
    messaging: openSecureMessaging({ cipher, ...keys }),
  };
}

test('after the switch every command is protected, and a second switch takes its place', async () => {
  const first = secured('3des');
  const second = secured('aes128');
  let chip = first.chip;
  const seen: Command[] = [];
  const session = new CardSession(
    card((command) => {
      seen.push(chip.open(command));
      return chip.protect({ data: hex('AA'), sw: 0x9000 });
    }),
  );
  expect(session.shortDataMax).toBe(255);
  session.switchTo(first.messaging);
  expect(session.shortDataMax).toBe(231);
  expect(toHex((await session.readBinary(0, 231)).data)).toBe('AA');
  session.switchTo(second.messaging);
  chip = second.chip;
  expect(session.shortDataMax).toBe(223);
  expect(toHex((await session.readShortFile(1, 0, 223)).data)).toBe('AA');
  expect(seen.map(({ p1, le }) => [p1, le])).toEqual([
    [0, 231],
    [0x81, 223],
  ]);
});

test('a protected answer in pieces is put together before it is opened', async () => {
  const { chip, messaging } = secured();
  let rest: Uint8Array = hex('');
  const session = new CardSession(
    card((command) => {
      if (command[1] !== 0xc0) {
        chip.open(command);
        const whole = chip.protect({ data: new Uint8Array(100).fill(7), sw: 0x6282 });
        rest = whole.subarray(0, -2);
        return hex('6140');
      }
      expect(command[0]).toBe(0);
      const part = rest.subarray(0, 0x40);
      rest = rest.subarray(0x40);
      return Buffer.concat([part, hex(rest.length > 0 ? '6140' : '6282')]);
    }),
  );
  session.switchTo(messaging);
  expect(shown(await session.readBinary(0, 100))).toBe(`${'07'.repeat(100)} 6282`);
});

test('a protected 61xx is followed by a protected GET RESPONSE', async () => {
  const { chip, messaging } = secured();
  const asked: (readonly [number, number | null])[] = [];
  const session = new CardSession(
    card((command) => {
      const { ins, le } = chip.open(command);
      asked.push([ins, le]);
      return ins === 0xc0
        ? chip.protect({ data: hex('0304'), sw: 0x9000 })
        : chip.protect({ data: hex('0102'), sw: 0x6102 });
    }),
  );
  session.switchTo(messaging);
  const response = await session.send({ ...read(256), ins: 0x88 });
  expect(shown(response)).toBe('01020304 9000');
  expect(asked).toEqual([
    [0x88, 256],
    [0xc0, 2],
  ]);
});

test('a card that has always more, protected, is left', async () => {
  const { chip, messaging } = secured();
  const session = new CardSession(
    card((command) => {
      chip.open(command);
      return chip.protect({ data: hex('01'), sw: 0x6102 });
    }),
  );
  session.switchTo(messaging);
  await expect(session.send(read(223))).rejects.toMatchObject({ code: 'session.endless' });
  expect(session.apdus).toBe(302);
});

test('a protected 6Cxx is followed by the command again, newly protected', async () => {
  const { chip, messaging } = secured();
  const asked: (number | null)[] = [];
  const session = new CardSession(
    card((command) => {
      const { le } = chip.open(command);
      asked.push(le);
      if (le !== 5) return chip.protect({ data: hex(''), sw: 0x6c05 });
      return chip.protect({ data: hex('0102030405'), sw: 0x9000 });
    }),
  );
  session.switchTo(messaging);
  expect(toHex((await session.readBinary(0, 223)).data)).toBe('0102030405');
  expect(asked).toEqual([223, 5]);
});

test('long data is chained so that every protected command stays short', async () => {
  const { chip, messaging } = secured();
  const links: Command[] = [];
  const session = new CardSession(
    card((command) => {
      expect(command.length).toBeLessThanOrEqual(5 + 255 + 1);
      links.push(chip.open(command));
      return chip.protect({ data: hex(''), sw: 0x9000 });
    }),
  );
  session.switchTo(messaging);
  const data = Uint8Array.from({ length: 500 }, (_, index) => index & 0xff);
  await session.send({ cla: 0, ins: 0x22, p1: 0x41, p2: 0xa6, data, le: null });
  expect(links.map(({ cla, data: part }) => [cla, part.length])).toEqual([
    [0x10, 223],
    [0x10, 223],
    [0, 54],
  ]);
  expect(toHex(Buffer.concat(links.map((link) => link.data)))).toBe(toHex(data));
});

// ---- cards that do not behave ----

for (const [name, code, answer] of [
  ['an unprotected answer', 'sm.unprotected', '9000'],
  ['an unprotected error', 'sm.unprotected', '6988'],
  ['an unprotected 6Cxx', 'sm.unprotected', '6C10'],
  ['a MAC of another session', 'sm.mac', '99029000 8E08FA855A5D4C50A8ED 9000'],
  ['an answer without a status word', 'apdu.short', '90'],
  ['an empty answer', 'apdu.short', ''],
] as const) {
  test(`${name} ends a secured session`, async () => {
    const session = new CardSession(card(() => hex(answer)));
    session.switchTo(secured().messaging);
    await expect(session.readBinary(0, 4)).rejects.toMatchObject({ code });
    await expect(session.readBinary(0, 4)).rejects.toMatchObject({ code: 'session.ended' });
    expect(session.apdus).toBe(1);
  });
}

test('a card that has always more, and gives none of it, is left at once', async () => {
  const session = new CardSession(card(() => hex('6110')));
  await expect(session.send(read(256))).rejects.toMatchObject({ code: 'session.endless' });
  expect(session.apdus).toBe(2);
});

test('a card that has always one byte more is left after 301 of them', async () => {
  const session = new CardSession(card(() => hex('AA 6101')));
  await expect(session.send(read(256))).rejects.toMatchObject({ code: 'session.endless' });
  expect(session.apdus).toBe(302);
});

test('an answer of more than 65,536 bytes in pieces is not put together', async () => {
  const session = new CardSession(card(() => Buffer.concat([new Uint8Array(60_000), hex('6100')])));
  await expect(session.send(read(256))).rejects.toMatchObject({ code: 'session.endless' });
  expect(session.apdus).toBe(2);
});

test('no card gets more than 5,000 commands in one session', async () => {
  const session = new CardSession(card(() => hex('9000')));
  for (let count = 0; count < 5_000; count++) await session.send(read(1));
  await expect(session.send(read(1))).rejects.toMatchObject({ code: 'session.too-many' });
  expect(session.apdus).toBe(5_000);
});

test('a card pulled out ends the session with the fault of the device', async () => {
  const fault = new DeviceFault('no card');
  const session = new CardSession({ transmit: () => Promise.reject(fault) });
  await expect(session.send(read(1))).rejects.toBe(fault);
  await expect(session.send(read(1))).rejects.toMatchObject({ code: 'session.ended' });
});

test('a session that has ended is not opened again by other keys', async () => {
  const session = new CardSession(card(() => hex('9000')));
  session.switchTo(secured().messaging);
  await expect(session.readBinary(0, 4)).rejects.toMatchObject({ code: 'sm.unprotected' });
  session.switchTo(secured().messaging);
  await expect(session.readBinary(0, 4)).rejects.toMatchObject({ code: 'session.ended' });
  expect(session.apdus).toBe(1);
});

test('a file beyond 32,768 bytes is read under secure messaging by the odd instruction', async () => {
  const { chip, messaging } = secured();
  const session = new CardSession(
    card((command) => {
      const { ins, data, le } = chip.open(command);
      expect([ins, toHex(data), le]).toEqual([0xb1, '5403008000', 223]);
      return chip.protect({ data: hex('5303AABBCC'), sw: 0x9000 }, 0x85);
    }),
  );
  session.switchTo(messaging);
  expect(shown(await session.readBinary(0x8000, 223))).toBe('AABBCC 9000');
});

test('a second command before the answer to the first is refused and disturbs nothing', async () => {
  let answer: (bytes: Uint8Array) => void = () => undefined;
  const session = new CardSession({ transmit: () => new Promise((done) => (answer = done)) });
  const first = session.send(read(1));
  await expect(session.send(read(2))).rejects.toThrow(/one command at a time/);
  answer(hex('AA 9000'));
  expect(toHex((await first).data)).toBe('AA');
});

test('whatever a card answers, a command ends in an answer or a ProtocolError within 310 APDUs', async () => {
  const piece = fc.oneof(
    fc.uint8Array({ maxLength: 20 }),
    fc.constantFrom('9000', '6100', 'AA6101', '6C00', '6C10', 'AABB9000').map(hex),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(piece, { minLength: 1, maxLength: 8 }),
      fc.boolean(),
      fc.constantFrom(read(256), { ...read(16), data: new Uint8Array(600) }),
      async (answers, protectedToo, command) => {
        let next = 0;
        const session = new CardSession(
          card((bytes) => {
            decodeCommand(bytes);
            return answers[next++ % answers.length] ?? hex('');
          }),
        );
        if (protectedToo) session.switchTo(secured().messaging);
        await session.send(command).catch((error: unknown) => {
          expect(error).toBeInstanceOf(ProtocolError);
        });
        expect(session.apdus).toBeLessThanOrEqual(310);
      },
    ),
    { numRuns: 300 },
  );
});
