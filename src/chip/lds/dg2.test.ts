import fc from 'fast-check';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { ProtocolError } from '../protocol-error.ts';
import { writeTlv } from '../tlv.ts';
import { parseDg2 } from './dg2.ts';

const RUNS = process.env['CHOT_SOAK'] === '1' ? 100_000 : 2_000;

const ascii = (text: string) => Buffer.from(text, 'latin1');
const uint16 = (value: number) => Uint8Array.of(value >> 8, value & 0xff);
const uint32 = (value: number) => Buffer.concat([uint16(value >>> 16), uint16(value & 0xffff)]);

/** JFIF header, a comment, the frame header and an end: what a size is read from. */
const jpeg = (width: number, height: number, components = 3) =>
  Buffer.concat([
    Buffer.from('FFD8FFE000104A46494600010100000100010000', 'hex'),
    Buffer.from('FFFE000461 62'.replace(' ', ''), 'hex'),
    Buffer.from('FFFFC0000B08', 'hex'), // One fill byte before the marker.
    ...[uint16(height), uint16(width), Uint8Array.of(components, 1, 0x11, 0), ascii('scan')],
  ]);

const siz = (width: number, height: number, tile = 512, components = 3) =>
  Buffer.concat([
    Buffer.from('FF4FFF5100290000', 'hex'),
    ...[width, height, 0, 0, tile, tile, 0, 0].map(uint32),
    ...[uint16(components), ascii('the rest')],
  ]);
const box = (type: string, body: Uint8Array) =>
  Buffer.concat([uint32(8 + body.length), ascii(type), body]);
const jp2 = (width: number, height: number, ...more: number[]) =>
  Buffer.concat([
    Buffer.from('0000000C6A5020200D0A870A', 'hex'),
    ...[box('ftyp', ascii('jp2 0000jp2 ')), box('jp2h', new Uint8Array(22))],
    box('jp2c', siz(width, height, ...more)),
  ]);

/** A grey field of 24 by 32 pixels, made by ffmpeg's encoder. */
const JP2_OF_FFMPEG = [
  '0000000c6a5020200d0a870a00000014667479706a703220000000006a7032200000002d6a7032680000001669',
  '68647200000020000000180001080700000000000f636f6c7201000000000011000000986a703263ff4fff5100',
  '29000000000018000000200000000000000000000001000000010000000000000000000001070101ff52000c00',
  '000001000602020000ff5c0029227f207ee07ee07ea076f076f076c06f006f006ee06750675067685005500550',
  '4757d357d35762ff64001100014c61766335392e33372e313030ff90000a0000000000150001ff930000000000',
  '0000ffd9',
].join('');

type Face = {
  readonly picture: Uint8Array;
  readonly width?: number;
  readonly points?: number;
  readonly lengthError?: number;
};

/** ISO/IEC 19794-5:2005, 5.5 to 5.7: facial information, feature points, image information, image. */
const face = ({ picture, width = 0, points = 0, lengthError = 0 }: Face) =>
  Buffer.concat([
    ...[uint32(32 + 8 * points + picture.length + lengthError), uint16(points)],
    ...[new Uint8Array(14), new Uint8Array(8 * points)],
    ...[Uint8Array.of(1, 0), uint16(width), uint16(width), new Uint8Array(6), picture],
  ]);
const fac = (...faces: readonly Uint8Array[]) => {
  const body = Buffer.concat(faces);
  const head = [ascii('FAC\x00010\x00'), uint32(14 + body.length), uint16(faces.length)];
  return Buffer.concat([...head, body]);
};
const template = (block: Uint8Array, tag = 0x5f2e) =>
  writeTlv(0x7f60, writeTlv(0xa1, Buffer.from('8002010188020008', 'hex')), writeTlv(tag, block));
const dg2 = (...templates: readonly Uint8Array[]) => {
  const count = writeTlv(0x02, Uint8Array.of(templates.length));
  return writeTlv(0x75, writeTlv(0x7f61, count, ...templates));
};
const ofFace = (given: Face) => dg2(template(fac(face(given))));
const code = (wanted: string) => expect.objectContaining({ code: wanted });

for (const [format, picture] of [
  ['jpeg', jpeg(413, 531)],
  ['jpeg2000', jp2(413, 531)],
  ['jpeg2000', siz(413, 531)],
] as const) {
  test(`a photograph in ${format}, beginning ${picture.toString('hex', 0, 4)}`, () => {
    const [found, ...more] = parseDg2(ofFace({ picture, width: 413 }));
    expect(found).toEqual({ format, width: 413, height: 531, bytes: expect.anything() });
    expect(Buffer.compare(found?.bytes ?? Buffer.alloc(0), picture)).toBe(0);
    expect(more).toEqual([]);
  });
}

test("other makers' pictures: ffmpeg's JPEG 2000, a progressive and a plain JPEG", async () => {
  const grey = sharp({ create: { width: 30, height: 40, channels: 3, background: '#808080' } });
  const pictures = [
    Buffer.from(JP2_OF_FFMPEG, 'hex'),
    await grey.clone().jpeg({ progressive: true }).toBuffer(),
    await grey
      .clone()
      .withExif({ IFD0: { Copyright: 'nobody' } })
      .jpeg()
      .toBuffer(),
  ];
  const found = parseDg2(dg2(...pictures.map((picture) => template(fac(face({ picture }))))));
  expect(found.map(({ format, width, height }) => [format, width, height])).toEqual([
    ['jpeg2000', 24, 32],
    ['jpeg', 30, 40],
    ['jpeg', 30, 40],
  ]);
});

test('feature points are stepped over; the header may leave the size open', () => {
  const [found] = parseDg2(ofFace({ picture: jpeg(413, 531), points: 15 }));
  expect(found).toMatchObject({ width: 413, height: 531 });
});

test('several faces in a record, several templates in a file', () => {
  const record = fac(face({ picture: jpeg(1, 2) }), face({ picture: jp2(3, 4) }));
  const found = parseDg2(dg2(template(record), template(fac(face({ picture: jpeg(5, 6) })))));
  expect(found.map(({ width, height }) => [width, height])).toEqual([
    [1, 2],
    [3, 4],
    [5, 6],
  ]);
});

test('ISO/IEC 39794-5: the picture is found in its ASN.1', () => {
  const picture = jp2(480, 640);
  const version = writeTlv(0xa0, writeTlv(0x80, Uint8Array.of(3)), writeTlv(0x81, uint16(2019)));
  const image = writeTlv(0xa0, writeTlv(0xa0, writeTlv(0x80, picture)));
  const representation = writeTlv(0x30, writeTlv(0x80, Uint8Array.of(1)), writeTlv(0xa1, image));
  const block = writeTlv(0x65, version, writeTlv(0xa1, representation));
  const [found] = parseDg2(dg2(template(block, 0x7f2e)));
  expect(found).toMatchObject({ format: 'jpeg2000', width: 480, height: 640 });
});

test('a record of another edition: the picture is looked for', () => {
  const record = Buffer.concat([ascii('FAC\x00030\x00'), Buffer.alloc(60, 7), jpeg(413, 531)]);
  expect(parseDg2(dg2(template(record)))).toMatchObject([{ width: 413 }]);
});

for (const by of [-8, -1, 1, 8]) {
  test(`an outer length wrong by ${by} is put up with`, () => {
    const bytes = Buffer.from(
      ofFace({ picture: Buffer.concat([jpeg(413, 531), Buffer.alloc(300)]) }),
    );
    // 75 82 xx xx: the length field's last two bytes.
    bytes.writeUInt16BE(bytes.readUInt16BE(2) + by, 2);
    expect(parseDg2(bytes)).toMatchObject([{ width: 413 }]);
  });

  test(`a facial record's length wrong by ${by} is put up with`, () => {
    expect(parseDg2(ofFace({ picture: jpeg(413, 531), lengthError: by }))).toHaveLength(1);
  });
}

test('up to eight bytes missing at the end, or too many, leave the picture', () => {
  const bytes = ofFace({ picture: Buffer.concat([jpeg(413, 531), Buffer.alloc(300)]) });
  expect(parseDg2(bytes.subarray(0, -8))).toHaveLength(1);
  expect(parseDg2(Buffer.concat([bytes, Buffer.alloc(8)]))).toHaveLength(1);
  expect(() => parseDg2(bytes.subarray(0, -9))).toThrow(code('dg2.length'));
  expect(() => parseDg2(Buffer.concat([bytes, Buffer.alloc(9)]))).toThrow(code('dg2.length'));
});

for (const [name, given, wanted] of [
  ['a JPEG of 65,535 a side', { picture: jpeg(65_535, 65_535) }, 'picture.too-large'],
  ['a JPEG 2000 of 2^32 a side', { picture: jp2(2 ** 32 - 1, 2 ** 32 - 1) }, 'picture.too-large'],
  ['sides that only together are too much', { picture: jpeg(4_000, 4_000) }, 'picture.too-large'],
  [
    'a small picture announced as large',
    { picture: jpeg(9, 9), width: 60_000 },
    'picture.too-large',
  ],
  ['a million tiles', { picture: jp2(2_000, 2_000, 2) }, 'picture.header'],
  ['tiles of no size', { picture: jp2(400, 400, 0) }, 'picture.header'],
  ['thousands of components', { picture: jp2(400, 400, 512, 16_384) }, 'picture.header'],
  ['a palette of 255 colours', { picture: jp2(400, 400).fill('pclr', 44, 48) }, 'picture.header'],
  ['a JPEG of 200 components', { picture: jpeg(400, 400, 200) }, 'picture.header'],
  ['a picture of no height', { picture: jpeg(400, 0) }, 'picture.header'],
  ['a JPEG without a frame', { picture: Buffer.from('FFD8FFDA0002', 'hex') }, 'picture.header'],
  ['a JPEG cut off', { picture: jpeg(400, 500).subarray(0, 30) }, 'picture.header'],
  ['boxes that go nowhere', { picture: jp2(1, 1).subarray(0, 32) }, 'picture.header'],
  ['a PNG', { picture: Buffer.from('89504E470D0A1A0A', 'hex') }, 'picture.unknown'],
] as const) {
  test(`${name} is refused before anything decodes it`, () => {
    expect(() => parseDg2(ofFace(given))).toThrow(code(wanted));
  });
}

for (const [name, bytes, wanted] of [
  ['no template', writeTlv(0x75, writeTlv(0x7f61, Uint8Array.of(2, 1, 0))), 'dg2.empty'],
  ['no biometric data', dg2(writeTlv(0x7f60, writeTlv(0xa1))), 'dg2.empty'],
  ['a record of no faces', dg2(template(fac())), 'dg2.record'],
  [
    'a record cut off',
    dg2(template(fac(face({ picture: jpeg(1, 1) })).subarray(0, 30))),
    'dg2.record',
  ],
  ['another file', writeTlv(0x61, new Uint8Array(9)), 'lds.tag'],
  ['a megabyte', new Uint8Array(1_000_000).fill(0x75), 'lds.too-large'],
] as const) {
  test(`${name} is refused with a reason`, () => {
    expect(() => parseDg2(bytes)).toThrow(code(wanted));
  });
}

test('a second picture that is a bomb does not cost the first', () => {
  const bomb = template(fac(face({ picture: jpeg(65_535, 65_535) })));
  const good = template(fac(face({ picture: jpeg(413, 531) })));
  expect(parseDg2(dg2(good, bomb))).toMatchObject([{ width: 413 }]);
});

test('a file with any bytes changed gives pictures within limits or a ProtocolError', () => {
  const good = dg2(
    template(fac(face({ picture: jp2(413, 531), points: 2 }))),
    template(fac(face({ picture: jpeg(5, 6) }))),
  );
  const change = fc.tuple(fc.nat(good.length - 1), fc.nat(255));
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
      const bytes = Buffer.from(good);
      for (const [at, value] of changes) bytes[at] = value;
      try {
        for (const { width, height } of parseDg2(bytes)) {
          expect(Math.max(width, height)).toBeLessThanOrEqual(4_096);
        }
      } catch (error) {
        expect(error).toBeInstanceOf(ProtocolError);
      }
    }),
    { numRuns: RUNS },
  );
});
