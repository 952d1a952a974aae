import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sharp } from '../../../devices/camera/native-sharp.ts';
import { boxCodestream } from '../../../fixtures/portraits/encode-jpeg2000.ts';
import { demoPortrait } from '../../../fixtures/portraits/portrait.ts';
import type { FacePicture } from '../../chip/lds/picture.ts';
import { PICTURE_BYTES_MAX, readAnswer, readRequest, writeRequest } from './photo-messages.ts';
import { preparePicture } from './prepare-picture.ts';

const RUNS = process.env['CHOT_SOAK'] === '1' ? 100_000 : 2_000;
const jpeg = Buffer.from((await demoPortrait('header', 'jpeg')).bytes);
const codestream = Buffer.from((await demoPortrait('header', 'j2k')).bytes);
const size = { width: 480, height: 640, components: 3 } as const;
/** ISO/IEC 15444-1, A.6.1: the coding style marker. */
const COD = codestream.indexOf(Buffer.from('ff52', 'hex'));
const SOF = jpeg.indexOf(Buffer.from('ffc0', 'hex'));

const picture = (bytes: Uint8Array, format: FacePicture['format'] = 'jpeg2000'): FacePicture => ({
  ...{ format, bytes, width: 480, height: 640 },
});
const outcome = (bytes: Uint8Array) => {
  const prepared = preparePicture(picture(bytes));
  return prepared.kind === 'failed' ? prepared.reason : prepared.kind;
};
function patched(bytes: Buffer, at: number, ...values: number[]): Buffer {
  const copy = Buffer.from(bytes);
  copy.set(values, at);
  return copy;
}

test('JPEG goes on as it is', () => {
  expect(preparePicture(picture(jpeg))).toEqual({ kind: 'jpeg', bytes: jpeg });
});

test('of a JP2 file only the codestream goes on, and whether its colours are sYCC', () => {
  const boxed = (colours: number) =>
    preparePicture(picture(boxCodestream(codestream, size, colours)));
  for (const [colours, kind] of [
    [16, 'jpeg2000'],
    [18, 'jpeg2000-ycc'],
  ] as const) {
    const request = boxed(colours);
    expect(request.kind).toBe(kind);
    expect('bytes' in request && Buffer.from(request.bytes).equals(codestream)).toBe(true);
  }
});

test('a codestream hidden in another box is not the one that goes on', () => {
  const bomb = patched(codestream, 40, 0, 200);
  const hidden = Buffer.concat([Buffer.alloc(8), bomb]);
  hidden.writeUInt32BE(hidden.length, 0);
  hidden.write('uuid', 4, 'latin1');
  const file = Buffer.from(boxCodestream(codestream, size));
  const request = preparePicture(
    picture(Buffer.concat([file.subarray(0, 12), hidden, file.subarray(12)])),
  );
  expect('bytes' in request && Buffer.from(request.bytes).equals(codestream)).toBe(true);
});

test.each<readonly [string, Uint8Array, string]>([
  ['more bytes than a chip holds', new Uint8Array(PICTURE_BYTES_MAX + 1), 'photo.too-large'],
  ['no picture at all', Buffer.from('GIF89a, an animated one'), 'photo.unsupported'],
  ['20,000 pixels a side', patched(codestream, 8, 0, 0, 0x4e, 0x20), 'photo.too-large'],
  ['a JPEG of 65,535 pixels a side', patched(jpeg, SOF + 5, 255, 255, 255, 255), 'photo.too-large'],
  ['a million tiles', patched(codestream, 24, 0, 0, 0, 1, 0, 0, 0, 1), 'photo.damaged'],
  ['two hundred components', patched(codestream, 40, 0, 200), 'photo.damaged'],
  ['two components', patched(codestream, 40, 0, 2), 'photo.unsupported'],
  ['16 bits a sample', patched(codestream, 42, 15), 'photo.unsupported'],
  ['signed samples', patched(codestream, 42, 0x87), 'photo.unsupported'],
  ['one component of other precision', patched(codestream, 45, 1), 'photo.unsupported'],
  ['colours at half the size', patched(codestream, 46, 2, 2), 'photo.unsupported'],
  ['an area that begins elsewhere', patched(codestream, 16, 0, 0, 0, 9), 'photo.unsupported'],
  ['65,535 layers', patched(codestream, COD + 6, 255, 255), 'photo.too-large'],
  ['32 levels', patched(codestream, COD + 9, 32), 'photo.too-large'],
  ['no coding style', patched(codestream, COD, 0xff, 0x64), 'photo.damaged'],
  ['a codestream of its first half header', codestream.subarray(0, 30), 'photo.damaged'],
  ['a JPEG of 12 bits', patched(jpeg, SOF + 4, 12), 'photo.unsupported'],
  ['a lossless JPEG', patched(jpeg, SOF + 1, 0xc3), 'photo.unsupported'],
  ['an arithmetic JPEG', patched(jpeg, SOF + 1, 0xc9), 'photo.unsupported'],
  ['a JPEG cut before its frame', jpeg.subarray(0, SOF), 'photo.damaged'],
])('%s: refused before a decoder sees it', (_, bytes, reason) => {
  expect(outcome(bytes)).toBe(reason);
});

test('four colours are refused', async () => {
  const cmyk = await sharp(jpeg).toColourspace('cmyk').jpeg().toBuffer();
  expect((await sharp(cmyk).metadata()).channels).toBe(4);
  expect(outcome(cmyk)).toBe('photo.unsupported');
});

test('whatever the bytes, an answer and no exception', () => {
  const starts = [
    jpeg.subarray(0, SOF + 20),
    codestream.subarray(0, 130),
    boxCodestream(codestream, size).subarray(0, 210),
  ];
  const damage = fc.array(fc.tuple(fc.nat(209), fc.nat(255)), { maxLength: 6 });
  fc.assert(
    fc.property(fc.constantFrom(...starts), damage, fc.nat(210), (start, changes, end) => {
      const bytes = Buffer.from(start.subarray(0, end + 3));
      for (const [at, value] of changes) if (at >= 3 && at < bytes.length) bytes[at] = value;
      preparePicture(picture(bytes));
    }),
    { numRuns: RUNS, seed: 3 },
  );
});

test('requests come back as they were written; nothing written is no request', () => {
  const request = { kind: 'jpeg2000-ycc', bytes: Buffer.from('picture') } as const;
  expect(readRequest(writeRequest(request))).toEqual(request);
  expect(readRequest(new Uint8Array())).toBeNull();
});

test('an answer of another child: unknown status or absurd length is malformed at once', () => {
  expect(readAnswer(Buffer.from('0000000002aabb', 'hex'))).toEqual({
    status: 'decoded',
    bytes: Buffer.from('aabb', 'hex'),
  });
  expect(readAnswer(Buffer.from('0000000002aa', 'hex'))).toBe('incomplete');
  expect(readAnswer(Buffer.from('ff00000000', 'hex'))).toBe('malformed');
  expect(readAnswer(Buffer.from('00ffffffff', 'hex'))).toBe('malformed');
});
