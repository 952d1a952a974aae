/** What others make of the same frame, each as its users would call it. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import {
  BinaryBitmap,
  DecodeHintType,
  HybridBinarizer,
  QRCodeReader,
  RGBLuminanceSource,
} from '@zxing/library';
import jsQR from 'jsqr';
import { prepareZXingModule, readBarcodes } from 'zxing-wasm/reader';
import type { GreyPlane } from '../../fixtures/scenes/spec.ts';

export type Contender = {
  readonly name: string;
  readonly read: (frame: GreyPlane) => Promise<readonly Uint8Array[]>;
};

export async function openContenders(): Promise<readonly Contender[]> {
  const require = createRequire(import.meta.url);
  const wasm = readFileSync(require.resolve('zxing-wasm/reader/zxing_reader.wasm'));
  const wasmBinary = wasm.buffer.slice(wasm.byteOffset, wasm.byteOffset + wasm.length);
  prepareZXingModule({ overrides: { wasmBinary: wasmBinary as ArrayBuffer } });
  const { scanGrayBuffer, ZBarConfigType, ZBarScanner, ZBarSymbolType } = await import(
    '@undecaf/zbar-wasm'
  );
  const scanner = await ZBarScanner.create();
  // Its default guesses a character set and gives other bytes.
  scanner.setConfig(ZBarSymbolType.ZBAR_QRCODE, ZBarConfigType.ZBAR_CFG_BINARY, 1);
  return [
    {
      name: 'zxing-wasm',
      read: async (frame) =>
        (await readBarcodes(rgbaOf(frame), { formats: ['QRCode'] })).map(({ bytes }) => bytes),
    },
    { name: '@zxing/library', read: async (frame) => readWithLibrary(frame) },
    {
      name: 'jsqr',
      read: async (frame) => {
        const code = jsQR.default(rgbaOf(frame).data, frame.width, frame.height);
        return code === null ? [] : [Uint8Array.from(code.binaryData)];
      },
    },
    {
      name: 'zbar-wasm',
      read: async ({ data, width, height }) => {
        const symbols = await scanGrayBuffer(data.slice().buffer, width, height, scanner);
        return symbols.map((symbol) => Uint8Array.from(symbol.data));
      },
    },
  ];
}

function rgbaOf({ width, height, data }: GreyPlane) {
  const rgba = new Uint8ClampedArray(4 * data.length);
  for (let i = 0; i < data.length; i++) rgba.fill(data[i] ?? 0, 4 * i, 4 * i + 3);
  for (let i = 3; i < rgba.length; i += 4) rgba[i] = 255;
  return { width, height, data: rgba, colorSpace: 'srgb' as const };
}

function readWithLibrary({ data, width, height }: GreyPlane): readonly Uint8Array[] {
  const source = new RGBLuminanceSource(new Uint8ClampedArray(data), width, height);
  const hints = new Map<DecodeHintType, unknown>([
    [DecodeHintType.TRY_HARDER, true],
    [DecodeHintType.CHARACTER_SET, 'UTF-8'],
  ]);
  try {
    const result = new QRCodeReader().decode(new BinaryBitmap(new HybridBinarizer(source)), hints);
    return [new TextEncoder().encode(result.getText())];
  } catch {
    return [];
  }
}
