import { type EngineOptions, THOROUGH } from './engine.ts';
import {
  boxBlur,
  darkestOnly,
  halve,
  levelContrast,
  medianOfThree,
  spread,
  undoBloom,
  unsharp,
  upscaleTwice,
} from './filters.ts';
import type { GreyImage } from './grey-image.ts';

/** One way of looking at a place again. */
export type FilterStep = {
  readonly name: string;
  readonly options: EngineOptions;
  /** Null for an image that the step is of no use to. */
  readonly prepare: (image: GreyImage) => GreyImage | null;
  /** Pixels of the prepared image a pixel of the given one. */
  readonly scale: number;
};

const DENOISE: EngineOptions = { ...THOROUGH, tryDenoise: true };
const GLOBAL: EngineOptions = { ...THOROUGH, binarizer: 'GlobalHistogram' };

/** A neighbourhood that always holds several modules of each colour. */
function levelRadius(image: GreyImage): number {
  return Math.max(4, Math.round(Math.min(image.width, image.height) / 12));
}

function step(
  name: string,
  options: EngineOptions,
  scale: number,
  prepare: FilterStep['prepare'],
): FilterStep {
  return { name, options, scale, prepare };
}

/** Ordered by what each read alone, for its cost, on rendered gate scenes and photographs (docs/benchmarks.md). */
export const FILTER_STEPS: readonly FilterStep[] = [
  step('upscaled, sharpened', THOROUGH, 2, (image) => unsharp(upscaleTwice(image), 4, 3)),
  step('as it is', DENOISE, 1, (image) => image),
  step('one threshold', GLOBAL, 1, (image) => image),
  step('bloom undone', THOROUGH, 1, undoBloom),
  step('darkest only', THOROUGH, 1, darkestOnly),
  step('upscaled, sharpened less', THOROUGH, 2, (image) => unsharp(upscaleTwice(image), 3, 1.5)),
  step('four times, sharpened', THOROUGH, 4, (image) =>
    unsharp(upscaleTwice(upscaleTwice(image)), 6, 2),
  ),
  step('levelled', THOROUGH, 1, (image) => levelContrast(image, levelRadius(image))),
  step('dark spread', THOROUGH, 1, (image) => spread(image, 'dark', 1)),
  step('upscaled, sharpened, denoised', DENOISE, 2, (image) =>
    unsharp(upscaleTwice(image), 3, 1.5),
  ),
  step('sharpened', THOROUGH, 1, (image) => unsharp(image, 4, 2.5)),
  step('upscaled', THOROUGH, 2, upscaleTwice),
  step('dark spread more', THOROUGH, 1, (image) => spread(image, 'dark', 2)),
  step('levelled, one threshold', GLOBAL, 1, (image) => levelContrast(image, levelRadius(image))),
  step('softened', THOROUGH, 1, (image) => boxBlur(image, 1)),
  step('median', THOROUGH, 1, medianOfThree),
  step('halved, one threshold', GLOBAL, 0.5, halve),
  step('softened more', THOROUGH, 1, (image) => boxBlur(boxBlur(image, 2), 2)),
];
