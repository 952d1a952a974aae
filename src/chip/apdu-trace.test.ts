import fc from 'fast-check';
import { expect, test } from 'vitest';
import { EmulatedCard } from '../../devices/card-reader/emulated/emulated-card.ts';
import { put, readOnReader } from '../../test/support/card-on-reader.ts';
import { SAMPLE_PERSON, sampleCard } from '../../test/support/sample-card.ts';
import { DeviceFault } from '../kernel/errors.ts';
import { encodeCommand } from './apdu.ts';
import { traceApdus } from './apdu-trace.ts';
import type { CardChannel } from './card-channel.ts';

const RUNS = process.env['CHOT_SOAK'] === '1' ? 50_000 : 1_000;
const hex = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));

async function traceOf(command: string, answer: Uint8Array | Error): Promise<string> {
  const lines: string[] = [];
  let nowMs = 5;
  const channel: CardChannel = {
    async transmit() {
      nowMs += 12.3;
      if (answer instanceof Error) throw answer;
      return answer;
    },
  };
  await traceApdus(
    channel,
    () => nowMs,
    (line) => lines.push(line),
  )
    .transmit(hex(command))
    .catch(() => undefined);
  expect(lines).toHaveLength(1);
  return lines[0] ?? '';
}

const ok = (bytes: number) => Buffer.concat([new Uint8Array(bytes), hex('9000')]);

for (const [name, command, answer, line] of [
  [
    'a read by short identifier',
    '00B09D00DF',
    ok(223),
    '-> 00 B0 9D 00 Le=DF (READ BINARY, file 1D from 0)  <- 9000 [223 bytes] 12 ms',
  ],
  [
    'a read from an offset',
    '00B0012000',
    ok(1),
    '-> 00 B0 01 20 Le=00 (READ BINARY, from 288)  <- 9000 [1 bytes] 12 ms',
  ],
  [
    'a long secured read',
    '0CB0000000000D 9701048E08ED6705417E96BA55 0000',
    hex('6982'),
    '-> 0C B0 00 00 [13 bytes] Le=0000 (READ BINARY, secured, from 0)  <- 6982 12 ms',
  ],
  [
    'the selection of a file',
    '00A4020C02011C',
    hex('9000'),
    '-> 00 A4 02 0C [2 bytes] (SELECT, file 011C)  <- 9000 12 ms',
  ],
  [
    'the selection of the application',
    '00A4040C07A0000002471001',
    hex('6A82'),
    '-> 00 A4 04 0C [7 bytes] (SELECT, travel document)  <- 6A82 12 ms',
  ],
  [
    'the beginning of PACE',
    '0022C1A40F800A04007F00070202040202830102',
    hex('9000'),
    '-> 00 22 C1 A4 [15 bytes] (MSE:SET, protocol 04007F00070202040202 with CAN)  <- 9000 12 ms',
  ],
  [
    'a step of PACE',
    '008600000C7C0A8508C2B0BD78D94BA86600',
    ok(12),
    '-> 00 86 00 00 [12 bytes] Le=00 (GENERAL AUTHENTICATE, token)  <- 9000 [12 bytes] 12 ms',
  ],
  [
    'an unknown instruction',
    '80CA12340000',
    hex('6D00'),
    '-> [6 bytes, no command]  <- 6D00 12 ms',
  ],
  ['another one', '80CA123400', hex('6D00'), '-> 80 CA .. .. Le=00 (unknown)  <- 6D00 12 ms'],
  [
    'an answer that was cut off in its data',
    '00B09D00DF',
    hex('313233'),
    '-> 00 B0 9D 00 Le=DF (READ BINARY, file 1D from 0)  <- ???? [1 bytes] 12 ms',
  ],
  [
    'a card that is gone',
    '0084000008',
    new DeviceFault('gone'),
    '-> 00 84 00 00 Le=08 (GET CHALLENGE)  <- nothing (DeviceFault) 12 ms',
  ],
] as const) {
  test(`${name} is a line that tells what was done`, async () => {
    expect(await traceOf(command, answer)).toBe(line);
  });
}

/** A card that is traced while it is read, and the lines. */
async function readTraced(card: EmulatedCard) {
  const lines: string[] = [];
  const channel = traceApdus(
    card,
    () => 0,
    (line) => lines.push(line),
  );
  const { reading } = await readOnReader([channel], { groups: [1, 13, 2] });
  return { reading, lines };
}

test('of a whole reading every command has its line, and what EF.CardAccess offers is told', async () => {
  const card = put(await sampleCard());
  const { reading, lines } = await readTraced(card);
  expect(reading.ended).toBe('complete');
  expect(lines).toHaveLength(reading.apdus);
  expect(lines.slice(0, 3)).toEqual([
    '-> 00 A4 02 0C [2 bytes] (SELECT, file 011C)  <- 9000 0 ms',
    '-> 00 B0 00 00 Le=DF (READ BINARY, from 0)  <- 6282 [54 bytes: PACE ecdh generic aes128 13; CA ecdh aes128; TA] 0 ms',
    '-> 00 22 C1 A4 [15 bytes] (MSE:SET, protocol 04007F00070202040202 with CAN)  <- 9000 0 ms',
  ]);
});

/** The ways in which something may hide in a line. */
const spellings = (bytes: Uint8Array) => {
  const buffer = Buffer.from(bytes);
  const hexText = buffer.toString('hex');
  return [
    hexText,
    hexText.replace(/(..)(?=.)/g, '$1 '),
    buffer.toString('latin1'),
    buffer.toString('base64').replace(/=+$/, ''),
    buffer.toString('base64url').replace(/=+$/, ''),
  ].map((text) => text.toLowerCase());
};

test('nothing of the person, the keys or the picture of a card is in the trace of its reading', async () => {
  const spec = await sampleCard();
  const { lines } = await readTraced(
    new EmulatedCard(spec, (bytes) => new Uint8Array(bytes).fill(7)),
  );
  const all = lines.join('\n').toLowerCase();
  const { number, name, residence } = SAMPLE_PERSON;
  const secrets = [
    ...[number, number.slice(-6), number.slice(-9), name, residence ?? ''].map((text) =>
      Buffer.from(text),
    ),
    ...[...spec.files.values()].flatMap((file) =>
      Array.from({ length: Math.min(40, file.length >> 3) }, (_, at) =>
        file.subarray(at * 8, at * 8 + 8),
      ),
    ),
    Uint8Array.of(7, 7, 7, 7),
  ];
  for (const secret of secrets) {
    for (const spelling of spellings(secret)) expect(all.includes(spelling)).toBe(false);
  }
});

test('whatever is planted in commands and answers does not come through', async () => {
  const planted = fc.oneof(
    fc
      .constantFrom(SAMPLE_PERSON.number, SAMPLE_PERSON.name, '990101', 'CAN 000001')
      .map((text) => Uint8Array.from(Buffer.from(text))),
    fc.uint8Array({ minLength: 6, maxLength: 300 }),
  );
  const place = fc.constantFrom(
    ...[
      [0x00, 0xa4, 0x04, 0x0c],
      [0x00, 0xa4, 0x02, 0x0c],
      [0x00, 0x22, 0xc1, 0xa4],
      [0x00, 0x22, 0x41, 0xa6],
      [0x10, 0x86, 0x00, 0x00],
      [0x00, 0x88, 0x00, 0x00],
      [0x0c, 0xb0, 0x00, 0x00],
      [0x00, 0xd0, 0x00, 0x00],
    ],
  );
  const wrapped = (tag: number) => (bytes: Uint8Array) =>
    bytes.length > 120 ? bytes : Uint8Array.of(tag, bytes.length, ...bytes);
  await fc.assert(
    fc.asyncProperty(
      planted,
      place,
      fc.constantFrom(...[(bytes: Uint8Array) => bytes, ...[0x80, 0x83, 0x7c, 0x31].map(wrapped)]),
      async (secret, [cla = 0, ins = 0, p1 = 0, p2 = 0], wrap) => {
        const lines: string[] = [];
        const data = wrap(secret);
        const channel: CardChannel = { transmit: async () => Buffer.concat([data, hex('9000')]) };
        const traced = traceApdus(
          channel,
          () => 0,
          (line) => lines.push(line),
        );
        // So that a read is one of EF.CardAccess, whose meaning is told.
        await traced.transmit(hex('00A4020C02011C'));
        await traced.transmit(hex('00B00000DF'));
        await traced.transmit(encodeCommand({ cla, ins, p1, p2, data, le: 256 }));
        await traced.transmit(secret);
        const all = lines.join('\n').toLowerCase();
        for (const spelling of spellings(secret)) expect(all.includes(spelling)).toBe(false);
      },
    ),
    { numRuns: RUNS },
  );
});
