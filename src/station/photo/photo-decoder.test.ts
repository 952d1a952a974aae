import { getEventListeners } from 'node:events';
import { expect, onTestFinished, test } from 'vitest';
import { sharp } from '../../../devices/camera/native-sharp.ts';
import { boxCodestream, encodeCodestream } from '../../../fixtures/portraits/encode-jpeg2000.ts';
import { demoPortrait, drawPortrait } from '../../../fixtures/portraits/portrait.ts';
import type { PortraitPixels } from '../../../fixtures/portraits/portrait-pixels.ts';
import { guarded } from '../../../test/support/guarded.ts';
import { settle, VirtualClock } from '../../../test/support/virtual-clock.ts';
import { readPicture } from '../../chip/lds/picture.ts';
import { PhotoDecoder } from './photo-decoder.ts';
import { PhotoProcess } from './photo-process.ts';

const never = new AbortController().signal;

/** A decoder on a clock that stands still, and the children it started. */
function open(clock: VirtualClock = new VirtualClock()) {
  const children: PhotoProcess[] = [];
  const decoder = new PhotoDecoder(clock, () => {
    const child = new PhotoProcess();
    children.push(child);
    return child;
  });
  onTestFinished(() => decoder.close());
  const decode = (bytes: Uint8Array, signal = never) =>
    guarded('a photograph', decoder.decode(readPicture(bytes), signal));
  return { decoder, children, clock, decode };
}

async function stopped(child: PhotoProcess | undefined): Promise<PhotoProcess> {
  if (child?.pid === undefined) throw new Error('a child was expected to run');
  await guarded('a warm child', child.ready);
  process.kill(child.pid, 'SIGSTOP');
  return child;
}

/** Means of a grid of fields, component by component. */
function fieldMeans({ pixels, width, height, components }: PortraitPixels): number[] {
  const across = 6;
  const down = 8;
  const sums = new Array<number>(across * down * components).fill(0);
  for (let at = 0; at < pixels.length; at++) {
    const pixel = Math.floor(at / components);
    const column = Math.floor(((pixel % width) * across) / width);
    const row = Math.floor((Math.floor(pixel / width) * down) / height);
    const field = (row * across + column) * components + (at % components);
    sums[field] = (sums[field] ?? 0) + (pixels[at] ?? 0);
  }
  return sums.map((sum) => (sum * across * down * components) / pixels.length);
}

async function pixelsOf(bytes: Uint8Array, components: 1 | 3): Promise<PortraitPixels> {
  const image = sharp(bytes).toColourspace(components === 1 ? 'b-w' : 'srgb');
  const { data, info } = await image.raw().toBuffer({ resolveWithObject: true });
  expect(info.channels).toBe(components);
  return { pixels: data, width: info.width, height: info.height, components };
}

async function expectLikeness(decoded: Uint8Array, original: PortraitPixels): Promise<void> {
  expect((await sharp(decoded).metadata()).channels).toBe(original.components);
  const means = fieldMeans(await pixelsOf(decoded, original.components));
  const wanted = fieldMeans(original);
  const worst = Math.max(...means.map((mean, index) => Math.abs(mean - (wanted[index] ?? 999))));
  expect(worst).toBeLessThan(5);
}

async function greyPortrait(seed: string): Promise<PortraitPixels> {
  const { pixels, width, height } = await drawPortrait(seed);
  const grey = sharp(pixels, { raw: { width, height, channels: 3 } }).toColourspace('b-w');
  return { pixels: await grey.raw().toBuffer(), width, height, components: 1 };
}

test.each(['jpeg', 'jp2', 'j2k'] as const)(
  'a portrait as %s comes out as it was drawn',
  async (format) => {
    const { decode } = open();
    const outcome = await decode((await demoPortrait('likeness', format)).bytes);
    if (outcome.kind === 'failed') throw new Error(outcome.message);
    expect(outcome).toMatchObject({ width: 480, height: 640 });
    await expectLikeness(outcome.bytes, await drawPortrait('likeness'));
  },
);

test.each(['jpeg', 'jp2'] as const)('a grey portrait as %s stays grey', async (format) => {
  const { decode } = open();
  const grey = await greyPortrait('grey');
  const { pixels, width, height } = grey;
  const raw = { raw: { width, height, channels: 1 } } as const;
  const codestream = await encodeCodestream(grey, 15_000);
  const bytes = {
    jpeg: await sharp(pixels, raw).toColourspace('b-w').jpeg().toBuffer(),
    jp2: boxCodestream(codestream, grey),
  }[format];
  const outcome = await decode(bytes);
  if (outcome.kind === 'failed') throw new Error(outcome.message);
  await expectLikeness(outcome.bytes, grey);
});

test('a JP2 file of luminance and colour differences comes out in its colours', async () => {
  const { decode } = open();
  const drawn = await drawPortrait('sycc');
  const differences = Uint8Array.from(drawn.pixels);
  for (let at = 0; at < differences.length; at += 3) {
    const [r = 0, g = 0, b = 0] = drawn.pixels.subarray(at, at + 3);
    // T.871, clause 7: the same matrix as sYCC's.
    differences[at] = 0.299 * r + 0.587 * g + 0.114 * b;
    differences[at + 1] = 128 - 0.168736 * r - 0.331264 * g + 0.5 * b;
    differences[at + 2] = 128 + 0.5 * r - 0.418688 * g - 0.081312 * b;
  }
  const codestream = await encodeCodestream({ ...drawn, pixels: differences }, null);
  const outcome = await decode(boxCodestream(codestream, drawn, 18));
  if (outcome.kind === 'failed') throw new Error(outcome.message);
  await expectLikeness(outcome.bytes, drawn);
});

test('a progressive JPEG that says it lies on its side, with EXIF and a profile: upright, and nothing left of them', async () => {
  const { decode } = open();
  const drawn = await drawPortrait('exif');
  const { pixels, width, height } = drawn;
  const bytes = await sharp(pixels, { raw: { width, height, channels: 3 } })
    .withExif({ IFD0: { Artist: 'left behind' } })
    .withIccProfile('p3')
    .withMetadata({ orientation: 6 })
    .jpeg({ progressive: true })
    .toBuffer();
  expect(bytes.includes('left behind')).toBe(true);
  const outcome = await decode(bytes);
  if (outcome.kind === 'failed') throw new Error(outcome.message);
  expect(outcome).toMatchObject({ width: 480, height: 640 });
  expect(Buffer.from(outcome.bytes).includes('left behind')).toBe(false);
  const left = await sharp(outcome.bytes).metadata();
  expect([left.exif, left.icc, left.orientation, left.isProgressive]).toEqual([
    ...[undefined, undefined, undefined, false],
  ]);
});

test('a large picture is brought down to 640 pixels, a small one stays', async () => {
  const { decode } = open();
  const plain = (width: number, height: number) =>
    sharp({ create: { width, height, channels: 3, background: '#678' } })
      .jpeg()
      .toBuffer();
  expect(await decode(await plain(1_200, 1_600))).toMatchObject({ width: 480, height: 640 });
  expect(await decode(await plain(30, 40))).toMatchObject({ width: 30, height: 40 });
});

test.each(['jpeg', 'j2k'] as const)('a %s cut in the middle is damaged', async (format) => {
  const { decode } = open();
  const { bytes } = await demoPortrait('cut', format);
  const outcome = await decode(bytes.subarray(0, bytes.length / 2));
  expect(outcome).toMatchObject({ kind: 'failed', reason: 'photo.damaged' });
});

test('a codestream whose header announces another size than was coded is not shown as it says', async () => {
  const { decode } = open();
  const bytes = Buffer.from((await demoPortrait('size', 'j2k')).bytes);
  for (const at of [8, 24]) bytes.writeUInt32BE(1_900, at);
  const outcome = await decode(bytes);
  expect(outcome.kind === 'failed' ? outcome.reason : 'decoded').toMatch(
    /^(decoded|photo\.(damaged|memory))$/,
  );
  const next = await decode((await demoPortrait('size', 'j2k')).bytes);
  expect(next.kind).toBe('decoded');
});

/** 2,000 by 2,000 pixels cut into as small precincts and blocks as there are: millions of them to be laid out. */
async function precinctBomb(): Promise<Uint8Array> {
  const pixels = new Uint8Array(2_000 * 2_000);
  const plain = { pixels, width: 2_000, height: 2_000, components: 1 } as const;
  const bytes = Buffer.from(await encodeCodestream(plain, 10_000));
  const cod = bytes.indexOf(Buffer.from('ff52', 'hex'));
  const end = cod + 2 + bytes.readUInt16BE(cod + 2);
  const levels = bytes.readUInt8(cod + 9);
  bytes.writeUInt16BE(bytes.readUInt16BE(cod + 2) + levels + 1, cod + 2);
  bytes.writeUInt8(bytes.readUInt8(cod + 4) | 1, cod + 4);
  bytes.set([0, 0], cod + 10);
  const precincts = new Uint8Array(levels + 1).fill(0x11);
  return Buffer.concat([bytes.subarray(0, end), precincts, bytes.subarray(end)]);
}

test('a codestream that needs more memory than there is ends alone, and the next one is decoded', async () => {
  const { decode } = open();
  expect(await decode(await precinctBomb())).toMatchObject({
    kind: 'failed',
    reason: 'photo.memory',
  });
  expect((await decode((await demoPortrait('next', 'j2k')).bytes)).kind).toBe('decoded');
});

test('a child that hangs is killed at the deadline', async () => {
  const { decoder, decode, children, clock } = open();
  const { bytes } = await demoPortrait('deadline', 'jpeg');
  decoder.warm();
  const child = await stopped(children[0]);
  const outcome = decode(bytes);
  await clock.advance(2_999);
  expect(await Promise.race([outcome, 'waiting'])).toBe('waiting');
  await clock.advance(1);
  expect(await outcome).toMatchObject({ reason: 'photo.deadline' });
  expect(await guarded('its end', child.ended)).toMatchObject({ how: 'SIGKILL' });
});

test('a child that was killed is a crash', async () => {
  const { decoder, decode, children } = open();
  const { bytes } = await demoPortrait('killed', 'jpeg');
  decoder.warm();
  const child = await stopped(children[0]);
  const outcome = decode(bytes);
  child.kill();
  expect(await outcome).toMatchObject({ reason: 'photo.crashed' });
});

test('a spare that dies before it is needed is replaced', async () => {
  const { decoder, decode, children } = open();
  decoder.warm();
  children[0]?.kill();
  await guarded('its end', children[0]?.ended ?? Promise.reject(new Error('no child')));
  expect((await decode((await demoPortrait('spare', 'jpeg')).bytes)).kind).toBe('decoded');
  expect(children.length).toBe(2);
});

test('a spare is used once; one that is not needed ends, and a card laid down again keeps it', async () => {
  const { decoder, decode, children, clock } = open();
  decoder.warm();
  expect((await decode((await demoPortrait('spare', 'jpeg')).bytes)).kind).toBe('decoded');
  expect(children.length).toBe(1);
  decoder.warm();
  await clock.advance(15_000);
  decoder.warm();
  await clock.advance(15_000);
  expect(children.length).toBe(2);
  const [, spare] = children;
  await clock.advance(5_000);
  expect(
    await guarded('its end', spare?.ended ?? Promise.reject(new Error('no child'))),
  ).toMatchObject({ kind: 'ended' });
});

test('four pictures may be under way, in order; a fifth is told so', async () => {
  const { decoder, decode, children } = open();
  const { bytes } = await demoPortrait('queue', 'jpeg');
  decoder.warm();
  const child = await stopped(children[0]);
  const order: number[] = [];
  const four = [1, 2, 3, 4].map((which) =>
    decode(bytes).then(({ kind }) => {
      order.push(which);
      return kind;
    }),
  );
  expect(await decode(bytes)).toMatchObject({ reason: 'photo.busy' });
  process.kill(child.pid ?? 0, 'SIGCONT');
  expect(await Promise.all(four)).toEqual(['decoded', 'decoded', 'decoded', 'decoded']);
  expect(order).toEqual([1, 2, 3, 4]);
});

test('who gives up is answered at once, running or waiting, and leaves nothing behind', async () => {
  const { decoder, decode, children } = open();
  const { bytes } = await demoPortrait('give up', 'jpeg');
  decoder.warm();
  const child = await stopped(children[0]);
  const running = new AbortController();
  const waiting = new AbortController();
  const outcomes = [decode(bytes, running.signal), decode(bytes, waiting.signal), decode(bytes)];
  waiting.abort();
  expect(await outcomes[1]).toMatchObject({ reason: 'photo.ended' });
  running.abort();
  expect(await outcomes[0]).toMatchObject({ reason: 'photo.ended' });
  expect(await guarded('its end', child.ended)).toMatchObject({ how: 'SIGKILL' });
  expect(await outcomes[2]).toMatchObject({ kind: 'decoded' });
  expect(getEventListeners(running.signal, 'abort').length).toBe(0);
  expect(await decode(bytes, running.signal)).toMatchObject({ reason: 'photo.ended' });
});

test('closing ends what is under way, the spare too, and starts nothing any more', async () => {
  const { decoder, decode, children } = open();
  const { bytes } = await demoPortrait('close', 'jpeg');
  decoder.warm();
  await stopped(children[0]);
  const outcome = decode(bytes);
  // By now the picture has taken the spare.
  await settle();
  decoder.warm();
  await guarded('closing', decoder.close());
  expect(await outcome).toMatchObject({ reason: 'photo.ended' });
  decoder.warm();
  expect(await decode(bytes)).toMatchObject({ reason: 'photo.ended' });
  const ends = await guarded('their ends', Promise.all(children.map(({ ended }) => ended)));
  expect(ends.map(({ how }) => how)).toEqual(['SIGKILL', 'SIGKILL']);
});
