import { isUtf8 } from 'node:buffer';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import {
  BINARIZERS,
  CHARACTER_SETS,
  type CharacterSet,
  EAN_ADD_ON_SYMBOLS,
  encodeFormats,
  prepareZXingModule,
  purgeZXingModule,
  TEXT_MODES,
  type ZXingReaderModule,
  type ZXingReaderOptions,
  type ZXingReadResult,
} from 'zxing-wasm/reader';
import {
  CODE_BYTES_MAX,
  CODES_A_FRAME_MAX,
  type Engine,
  type EngineContent,
  type EngineOptions,
  type EngineSymbol,
} from './engine.ts';
import type { GreyImage } from './grey-image.ts';

/**
 * One instance of zxing-cpp's WebAssembly build, fed luminance directly. The module's bytes come from the installed
 * package: left alone, the library would download them.
 */
export async function openZxingWasmEngine(): Promise<Engine> {
  const path = createRequire(import.meta.url).resolve('zxing-wasm/reader/zxing_reader.wasm');
  const file = readFileSync(path);
  const wasmBinary = file.buffer.slice(file.byteOffset, file.byteOffset + file.length);
  // Without purging, the library would hand out the instance it made before.
  purgeZXingModule();
  const module = await prepareZXingModule({
    overrides: { wasmBinary: wasmBinary as ArrayBuffer },
    fireImmediately: true,
  });
  if (!hasHeap(module))
    throw new Error('zxing-wasm gave a module without memory: another version?');
  return new ZxingWasmEngine(module);
}

/** What Emscripten puts on every module; `HEAPU8` is another object after the memory has grown. */
type Heap = {
  readonly HEAPU8: Uint8Array;
  readonly _malloc: (bytes: number) => number;
  readonly _free: (pointer: number) => void;
};

function hasHeap(module: object): module is ZXingReaderModule & Heap {
  return 'HEAPU8' in module && '_malloc' in module && '_free' in module;
}

class ZxingWasmEngine implements Engine {
  readonly name = 'zxing-wasm';
  readonly #module: ZXingReaderModule & Heap;
  #pixels = 0;
  #pixelsSize = 0;

  constructor(module: ZXingReaderModule & Heap) {
    this.#module = module;
  }

  read(image: GreyImage, options: EngineOptions): readonly EngineSymbol[] {
    const pointer = this.#reserve(image.data.length);
    this.#module.HEAPU8.set(image.data, pointer);
    const results = this.#readBarcodes(pointer, image, options, 'Unknown');
    const undeclared = results.some((result) => result.isValid && !isUtf8(result.bytes));
    const latin = undeclared ? this.#readBarcodes(pointer, image, options, 'ISO8859_1') : [];
    return results.map((result, index) => symbolOf(result, latin[index]));
  }

  #readBarcodes(
    pointer: number,
    { width, height }: GreyImage,
    options: EngineOptions,
    characterSet: CharacterSet,
  ): ZXingReadResult[] {
    const found = this.#module.readBarcodesFromPixmap(pointer, width, height, {
      ...FIXED_OPTIONS,
      ...options,
      binarizer: BINARIZERS.indexOf(options.binarizer),
      characterSet: CHARACTER_SETS.indexOf(characterSet),
    });
    try {
      return Array.from({ length: found.size() }, (_, index) => found.get(index)).filter(
        (result) => result !== undefined,
      );
    } finally {
      if (isDeletable(found)) found.delete();
    }
  }

  memoryBytes(): number {
    return this.#module.HEAPU8.length;
  }

  #reserve(bytes: number): number {
    if (bytes <= this.#pixelsSize) return this.#pixels;
    if (this.#pixels !== 0) this.#module._free(this.#pixels);
    this.#pixels = this.#module._malloc(bytes);
    if (this.#pixels === 0) throw new Error(`no ${bytes} bytes left in the decoder's memory`);
    this.#pixelsSize = bytes;
    return this.#pixels;
  }
}

/** Embind's lists lie in the module's memory, where no collector comes; their elements are copied out by `get`. */
function isDeletable(list: object): list is { readonly delete: () => void } {
  return 'delete' in list;
}

const FIXED_OPTIONS: Omit<ZXingReaderOptions, keyof EngineOptions | 'characterSet'> = {
  formats: encodeFormats(['QRCodeModel2', 'QRCodeModel1']),
  textMode: TEXT_MODES.indexOf('Plain'),
  eanAddOnSymbol: EAN_ADD_ON_SYMBOLS.indexOf('Ignore'),
  returnErrors: true,
  maxNumberOfSymbols: CODES_A_FRAME_MAX,
  isPure: false,
  downscaleFactor: 3,
  downscaleThreshold: 500,
  minLineCount: 2,
  validateOptionalChecksum: false,
  tryCode39ExtendedMode: false,
};

function symbolOf(result: ZXingReadResult, latin: ZXingReadResult | undefined): EngineSymbol {
  const { topLeft, topRight, bottomRight, bottomLeft } = result.position;
  const version = /"Version":"?(\d+)/.exec(result.extra)?.[1];
  return {
    corners: [
      [topLeft.x, topLeft.y],
      [topRight.x, topRight.y],
      [bottomRight.x, bottomRight.y],
      [bottomLeft.x, bottomLeft.y],
    ],
    version: version === undefined ? 0 : Number(version),
    content: result.isValid ? contentOf(result, latin) : null,
  };
}

/**
 * `latin` is the same code with every byte-mode run read as Latin-1: a character beyond U+00FF in it can only come from
 * Kanji or Hanzi mode, which name their character set as an ECI does.
 */
function contentOf(
  result: ZXingReadResult,
  latin: ZXingReadResult | undefined,
): EngineContent | null {
  if (result.bytes.length === 0 || result.bytes.length > CODE_BYTES_MAX) return null;
  const declared = result.hasECI || /[\u0100-\uffff]/.test(latin?.text ?? '');
  return { bytes: result.bytes.slice(), declaredText: declared ? result.text : null };
}
