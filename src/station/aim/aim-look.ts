import type { GreyFrame } from '../../ports/frame-source.ts';
import type { Reading } from '../../vision/decode-job.ts';
import { frameLuminance, frameSignature, sharpnessOf } from '../../vision/frame-signature.ts';
import { boundsOf, sideOf } from '../../vision/geometry.ts';
import { cropFrame, growRegion } from '../../vision/grey-image.ts';
import type { DecodedCode } from '../../vision/vision-event.ts';
import { type SheetKind, sheetCodeOf } from './sheet-codes.ts';

/** What one frame says of a camera's aim. Nothing of it but codes of the test sheet is looked into. */
export type AimLook = {
  readonly codes: readonly SheetSight[];
  /** Pixels a module of a symbol that is seen and not read; null where there is none, or its size is not known. */
  readonly unreadModulePx: number | null;
  readonly isSomethingUnread: boolean;
  /** Steepness of the edges, 0 to 0.8, of the code where one is read, else of the view. */
  readonly sharpness: number | null;
  /** Luminance of the reading zone, 0 to 1. */
  readonly luminance: number;
  /** Share of the unread code that is lost in light. */
  readonly glare: number;
};

export type SheetSight = {
  readonly kind: SheetKind;
  readonly modulePx: number;
  readonly pxPerMm: number;
  /** Standard deviation of the blur, in modules; null where it cannot be measured. */
  readonly blur: number | null;
};

/** Of a Gaussian edge the steepest pixel has 0.4 / sigma of its height. */
const SLOPE_OF_SIGMA = 0.4;

export function lookAtAim(frame: GreyFrame, reading: Reading): AimLook {
  const sights = reading.codes.flatMap((code) => sightOf(frame, code));
  const suspect = reading.measures?.suspect ?? null;
  const [first] = sights;
  return {
    codes: sights.map(({ sight }) => sight),
    unreadModulePx: suspect?.modulePixels ?? null,
    isSomethingUnread: suspect !== null && reading.codes.length === 0,
    sharpness: first === undefined ? frameSignature(frame).sharpness : first.sharpness,
    luminance: frameLuminance(frame),
    glare: suspect?.glare ?? 0,
  };
}

function sightOf(frame: GreyFrame, { text, corners }: DecodedCode) {
  const code = sheetCodeOf(text);
  if (code === null) return [];
  const sidePx = sideOf(corners);
  const modulePx = sidePx / code.modules;
  const bounds = boundsOf(corners, frame);
  // With as much around it: a code alone has no plane part to tell the camera's noise by.
  const part = cropFrame(frame, growRegion(bounds, sidePx, frame));
  const contrast = contrastOf(cropFrame(frame, bounds).data);
  const sharpness = sharpnessOf({ ...part, stride: part.width }, contrast);
  const blur = sharpness === null || sharpness === 0 ? null : SLOPE_OF_SIGMA / sharpness / modulePx;
  const sight: SheetSight = { kind: code.kind, modulePx, pxPerMm: sidePx / code.sideMm, blur };
  return [{ sight, sharpness }];
}

/** Of a code's pixels so many are darker, and so many lighter: the middle of its finders, and its widest white. */
const EXTREME_SHARE = 0.03;

/** Levels between a code's black and its white. */
function contrastOf(levels: Uint8Array): number {
  const sorted = levels.slice().sort();
  const rank = Math.floor(EXTREME_SHARE * sorted.length);
  return (sorted[sorted.length - 1 - rank] ?? 0) - (sorted[rank] ?? 0);
}
