import {
  BinaryBitmap,
  DecodeHintType,
  GlobalHistogramBinarizer,
  HybridBinarizer,
  InvertedLuminanceSource,
  QRCodeReader,
  type Result,
  RGBLuminanceSource,
} from '@zxing/library';
import type { EngineContent, EngineSymbol } from './engine.ts';
import { CODE_BYTES_MAX, type Corners, type Engine, type EngineOptions } from './engine.ts';
import type { GreyImage } from './grey-image.ts';
import type { Point } from './vision-event.ts';

/** The pure JavaScript engine: one code an image, no word on codes that it located and could not read. */
export function openZxingLibraryEngine(): Engine {
  return { name: 'zxing-library', read, memoryBytes: () => 0 };
}

function read(image: GreyImage, options: EngineOptions): readonly EngineSymbol[] {
  const hints = new Map<DecodeHintType, unknown>([[DecodeHintType.CHARACTER_SET, 'ISO-8859-1']]);
  if (options.tryHarder) hints.set(DecodeHintType.TRY_HARDER, true);
  const pixels = new Uint8ClampedArray(image.data);
  const source = new RGBLuminanceSource(pixels, image.width, image.height);
  const sources = options.tryInvert ? [source, new InvertedLuminanceSource(source)] : [source];
  for (const luminance of sources) {
    const binarizer =
      options.binarizer === 'GlobalHistogram'
        ? new GlobalHistogramBinarizer(luminance)
        : new HybridBinarizer(luminance);
    try {
      return [symbolOf(new QRCodeReader().decode(new BinaryBitmap(binarizer), hints))];
    } catch {
      // The library throws for "nothing found" and for bugs alike, with types that minifiers rename.
    }
  }
  return [];
}

function symbolOf(result: Result): EngineSymbol {
  return {
    corners: cornersOf(
      result.getResultPoints().map((point): Point => [point.getX(), point.getY()]),
    ),
    version: 0,
    content: contentOf(result.getText()),
  };
}

/** Its points are the centres of three finder patterns (bottom left, top left, top right) and sometimes an alignment. */
function cornersOf(points: readonly Point[]): Corners {
  const [bottomLeft = [0, 0], topLeft = [0, 0], topRight = [0, 0]] = points;
  const bottomRight: Point = [
    topRight[0] + bottomLeft[0] - topLeft[0],
    topRight[1] + bottomLeft[1] - topLeft[1],
  ];
  return [topLeft, topRight, bottomRight, bottomLeft];
}

/** Windows-1252 has a character for each byte, so what was read as "ISO-8859-1" turns back into the bytes. */
const BYTE_OF_CHARACTER = new Map(
  Array.from(new TextDecoder('windows-1252').decode(Uint8Array.from({ length: 256 }, (_, i) => i)))
    .map((character, byte): [string, number] => [character, byte])
    .concat(Array.from({ length: 256 }, (_, byte) => [String.fromCharCode(byte), byte])),
);

function contentOf(text: string): EngineContent | null {
  if (text.length === 0 || text.length > CODE_BYTES_MAX) return null;
  const bytes = Array.from(text, (character) => BYTE_OF_CHARACTER.get(character));
  if (bytes.every((byte) => byte !== undefined)) {
    return { bytes: Uint8Array.from(bytes), declaredText: null };
  }
  // ECI or Kanji mode: the library does not tell the bytes, so the text stands for them.
  return { bytes: new TextEncoder().encode(text), declaredText: text };
}
