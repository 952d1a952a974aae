import { expect, test } from 'vitest';
import type { CardManners } from '../../devices/card-reader/emulated/card-spec.ts';
import { put, readOnReader } from '../../test/support/card-on-reader.ts';
import { sampleCard } from '../../test/support/sample-card.ts';

const hex = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));
const limits = (responseBytesMax: number) =>
  hex(`7F66 08 0202 0400 0202 ${responseBytesMax.toString(16).padStart(4, '0')}`);
const DIR = hex('61 09 4F 07 A0000002471001');

async function readAbout(
  files: readonly (readonly [number, Uint8Array])[],
  manners: Partial<CardManners> = {},
) {
  const spec = await sampleCard({ manners });
  const masterFiles = new Map([...spec.masterFiles, ...files]);
  return readOnReader([put({ ...spec, masterFiles })], { about: true });
}

/** As the long read was asked for: READ BINARY of the photograph's session goes on behind its first bytes. */
const longest = ({ progress }: Awaited<ReturnType<typeof readAbout>>) => {
  const sizes = progress.flatMap((each) =>
    each.kind === 'bytes' && each.group === 2 ? [each.bytes] : [],
  );
  return Math.max(...sizes.map((size, at) => size - (sizes[at - 1] ?? 0)));
};

test('what a card says of itself is told, and costs the lane no command', async () => {
  const told = await readAbout([
    [0x2f01, limits(0x0400)],
    [0x2f00, DIR],
  ]);
  expect(told.reading.about).toEqual({
    limits: { commandBytesMax: 1_024, responseBytesMax: 1_024 },
    applications: ['a0000002471001'],
  });
  expect(told.commands.slice(2, 6)).toEqual(['A4020C', 'B00000', 'A4020C', 'B00000']);
  const silent = await readOnReader([put(await sampleCard())]);
  expect(silent.reading.about).toBeNull();
  expect(silent.commands[2]).toBe('22C1A4');
});

test('a card without these files is read all the same', async () => {
  const { reading } = await readAbout([]);
  expect(reading.about).toEqual({ limits: null, applications: null });
  expect(reading.ended).toBe('complete');
});

test('a card that says how much it answers is asked for no more, and tried out still', async () => {
  const short = await readAbout([[0x2f01, limits(1_000)]], {
    readMax: 900,
    longRead: 'session-lost',
  });
  expect(short.reading.ended).toBe('complete');
  expect(longest(short)).toBeLessThanOrEqual(900);
  expect(short.progress.some(({ kind }) => kind === 'lost')).toBe(true);
  const right = await readAbout([[0x2f01, limits(900)]], {
    readMax: 900,
    longRead: 'session-lost',
  });
  expect(right.progress.some(({ kind }) => kind === 'lost')).toBe(false);
  expect(longest(right)).toBe(900 - 48);
});

test('a card that answers short ones only is not tried out', async () => {
  const read = await readAbout([[0x2f01, limits(258)]], { readMax: 223, longRead: 'session-lost' });
  expect(read.reading.ended).toBe('complete');
  expect(read.progress.some(({ kind }) => kind === 'lost')).toBe(false);
});

test('a card that says it answers more than it does is found out', async () => {
  const read = await readAbout([[0x2f01, limits(0xffff)]], { readMax: 223, longRead: 'refused' });
  expect(read.reading.ended).toBe('complete');
  expect(longest(read)).toBeLessThan(256);
});
