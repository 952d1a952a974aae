import {
  BitArray,
  QRCodeByteMatrix,
  QRCodeDecoderErrorCorrectionLevel,
  QRCodeEncoder,
  QRCodeMatrixUtil,
  QRCodeVersion,
} from '@zxing/library';
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { cccdPayload, syntheticPeople } from '../../fixtures/people.ts';
import { drawCode, drawMatrix, placeOn } from '../../test/support/draw-code.ts';
import { codeText } from './code-text.ts';
import { CODES_A_FRAME_MAX, type Engine, FAST, THOROUGH } from './engine.ts';
import type { GreyImage } from './grey-image.ts';
import { openZxingLibraryEngine } from './zxing-library-engine.ts';
import { openZxingWasmEngine } from './zxing-wasm-engine.ts';

/** 1,500 payloads with CHOT_SOAK=1, a fiftieth of them otherwise. */
const PAYLOADS = process.env['CHOT_SOAK'] === '1' ? 1_500 : 30;

let wasm: Engine;
beforeAll(async () => {
  wasm = await openZxingWasmEngine();
});

function read(image: GreyImage, engine = wasm) {
  return engine.read(image, THOROUGH).flatMap(({ content }) => (content === null ? [] : [content]));
}

test('every byte of Vietnamese payloads is right', () => {
  for (const [index, person] of syntheticPeople('engine', PAYLOADS).entries()) {
    const payload = cccdPayload(person, index % 2 === 0 ? 7 : 11);
    const [content] = wasm.read(drawCode(payload, 3), FAST).map((symbol) => symbol.content);
    expect(Buffer.from(content?.bytes ?? []).toString('utf8')).toBe(payload);
    expect(Buffer.from(content?.bytes ?? []).equals(Buffer.from(payload))).toBe(true);
  }
});

test('the second engine gives the same bytes', () => {
  const library = openZxingLibraryEngine();
  for (const person of syntheticPeople('second', 8)) {
    const image = drawCode(cccdPayload(person, 11), 4);
    expect(read(image, library)[0]?.bytes).toEqual(read(image)[0]?.bytes);
  }
});

test('any bytes come back as they are, and text only where they are UTF-8', () => {
  const payloads = fc.uint8Array({ minLength: 1, maxLength: 200 });
  fc.assert(
    fc.property(payloads, (payload) => {
      const [content] = read(drawCode(payload, 3, 'L'));
      expect(content?.bytes).toEqual(payload);
      const isText = Buffer.from(Buffer.from(payload).toString('utf8')).equals(
        Buffer.from(payload),
      );
      expect(codeText(payload, content?.declaredText ?? null) !== null).toBe(isText);
    }),
    { numRuns: 40, seed: 20261124 },
  );
});

const HOSTILE: readonly (readonly [string, string | Uint8Array])[] = [
  ['every control character', Uint8Array.from({ length: 32 }, (_, i) => i)],
  ['right-to-left overrides', '001300000001\u202e\u2066|\u200f'],
  ['a script tag', '<script>alert(1)</script>'],
  ['SQL', "'; DROP TABLE passages; --"],
  ['a byte-order mark', '\ufeff001300000001'],
  ['the longest code there is', 'x'.repeat(2953)],
  ['zeros', new Uint8Array(100)],
];
for (const [name, payload] of HOSTILE) {
  test(`a code with ${name} is bytes like any other`, () => {
    const [content] = read(drawCode(payload, 3, 'L'));
    expect(Buffer.from(content?.bytes ?? [])).toEqual(Buffer.from(payload));
  });
}

/** A version 1-M code of the given bits: what the library's encoder does not make by itself. */
function drawBits(fields: readonly (readonly [value: number, bits: number])[]): GreyImage {
  const version = QRCodeVersion.getVersionForNumber(1);
  const level = QRCodeDecoderErrorCorrectionLevel.M;
  const bits = new BitArray();
  for (const [value, width] of fields) bits.appendBits(value, width);
  QRCodeEncoder.terminateBits(16, bits);
  const codewords = QRCodeEncoder.interleaveWithECBytes(bits, 26, 16, 1);
  const matrix = new QRCodeByteMatrix(21, 21);
  QRCodeMatrixUtil.buildMatrix(codewords, level, version, 2, matrix);
  const modules = Uint8Array.from({ length: 441 }, (_, i) =>
    matrix.get(i % 21, Math.floor(i / 21)),
  );
  return drawMatrix({ size: 21, version: 1, modules }, 4);
}

test('Kanji mode names its character set: the decoder’s text counts', () => {
  // ISO/IEC 18004, 7.4.6: Shift JIS less 0x8140, high byte times 0xC0 plus low byte, 13 bits each.
  const kanji = [0x90ce, 0x90cf, 0x90d0].map((code) => {
    const from = code - 0x8140;
    return [(from >> 8) * 0xc0 + (from & 0xff), 13] as const;
  });
  const [content] = read(drawBits([[8, 4], [kanji.length, 8], ...kanji]));
  expect(Buffer.from(content?.bytes ?? []).toString('hex')).toBe('90ce90cf90d0');
  expect(codeText(content?.bytes ?? new Uint8Array(), content?.declaredText ?? null)).toBe(
    '石積籍',
  );
});

test('an ECI names its character set: the decoder’s text counts', () => {
  // ECI 3 is ISO 8859-1.
  const [content] = read(
    drawBits([
      [7, 4],
      [3, 8],
      [4, 4],
      [2, 8],
      [0x4e, 8],
      [0xe9, 8],
    ]),
  );
  expect(content?.bytes).toEqual(Uint8Array.of(0x4e, 0xe9));
  expect(content?.declaredText).toBe('Né');
});

test('Latin-1 bytes without an ECI are bytes without a text', () => {
  const [content] = read(drawCode(Uint8Array.of(0x4e, 0xe9, 0x65)));
  expect(content).toEqual({ bytes: Uint8Array.of(0x4e, 0xe9, 0x65), declaredText: null });
});

test('a picture full of codes gives as many as the limit', () => {
  const codes = Array.from({ length: 100 }, (_, i) => drawCode(`code ${i}`, 3));
  const side = codes[0]?.width ?? 0;
  const view = { width: 10 * side, height: 10 * side };
  const placed = codes.map(
    (code, i) => [(i % 10) * side, Math.floor(i / 10) * side, code] as const,
  );
  const texts = read(placeOn(view, placed)).map(({ bytes }) => Buffer.from(bytes).toString());
  expect(texts.length).toBe(CODES_A_FRAME_MAX);
  expect(new Set(texts).size).toBe(CODES_A_FRAME_MAX);
});

test('noise holds no code, and the decoder’s memory stays as large as its largest frame asks', () => {
  let seed = 1;
  const data = new Uint8Array(640 * 480).map(() => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return seed >>> 24;
  });
  const image = { width: 640, height: 480, data };
  wasm.read(image, THOROUGH);
  const before = wasm.memoryBytes();
  for (let i = 0; i < 60; i++) expect(wasm.read(image, i % 2 === 0 ? FAST : THOROUGH)).toEqual([]);
  expect(wasm.memoryBytes()).toBe(before);
});
