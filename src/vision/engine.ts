import type { GreyImage } from './grey-image.ts';
import type { Point } from './vision-event.ts';

export type EngineName = 'zxing-wasm' | 'zxing-library';

export type Corners = readonly [Point, Point, Point, Point];

/** How hard to look. Costs at 1080p without a code: everything off about 6 ms, everything on about 35 ms. */
export type EngineOptions = {
  readonly tryHarder: boolean;
  readonly tryRotate: boolean;
  readonly tryInvert: boolean;
  readonly tryDownscale: boolean;
  readonly tryDenoise: boolean;
  readonly binarizer: 'LocalAverage' | 'GlobalHistogram';
};

/** A symbol an engine located; `content` null when it could not be read. Corners in pixels of the image given. */
export type EngineSymbol = {
  readonly corners: Corners;
  /** 1 to 40, or 0 where the engine does not tell. */
  readonly version: number;
  readonly content: EngineContent | null;
};

export type EngineContent = {
  readonly bytes: Uint8Array;
  /** As the decoder understands the bytes, when ECI or Kanji mode names the character set; else null. */
  readonly declaredText: string | null;
};

/** One decoder instance; synchronous, so it lives in a worker. */
export interface Engine {
  readonly name: EngineName;
  /** Symbols in `image`, at most `CODES_A_FRAME_MAX`. Throws only when the instance is broken. */
  read(image: GreyImage, options: EngineOptions): readonly EngineSymbol[];
  /** Memory held by the instance, which never shrinks; past a limit the holder makes a new one. */
  memoryBytes(): number;
}

/** More symbols than anybody shows; what is beyond is not reported. */
export const CODES_A_FRAME_MAX = 16;

/** A QR code holds at most 2953 bytes (ISO/IEC 18004, table 7: version 40-L, byte mode); Kanji and digits stay below 7089. */
export const CODE_BYTES_MAX = 7_089;

export const FAST: EngineOptions = {
  tryHarder: false,
  tryRotate: false,
  tryInvert: false,
  tryDownscale: true,
  tryDenoise: false,
  binarizer: 'LocalAverage',
};

export const THOROUGH: EngineOptions = {
  ...FAST,
  tryHarder: true,
  tryRotate: true,
  tryInvert: true,
};
