import type { GreyFrame } from '../ports/frame-source.ts';
import type { Corners, EngineName } from './engine.ts';
import type { FrameMeasures } from './frame-measures.ts';
import type { GreyImage, Region } from './grey-image.ts';
import type { DecodedCode } from './vision-event.ts';

/**
 * How much work a frame is worth:
 * `fast` one pass, for every frame; `glance` the same with measures and a search for places that look like a code;
 * `look` that with a thorough pass, once a second; `deep` filters on the place where something was seen; `full` everything, for a still picture.
 */
export type Effort = 'fast' | 'glance' | 'look' | 'deep' | 'full';

export type DecodePlan = {
  readonly effort: Effort;
  /** Where something like a code was seen in the frames before. */
  readonly focus: Region | null;
  /** What looks like a code and has hung there so long that it is part of the gate: searched for last. */
  readonly furniture: readonly Region[];
  /** The surroundings of `focus` in frames before: what one frame lacks several may hold. */
  readonly earlier: EarlierViews | null;
  /** No new filter is begun after this many milliseconds of work. */
  readonly budgetMs: number;
  readonly engine: EngineName;
};

/** `crops` show `place` of the same view, oldest first, all as large as it. */
export type EarlierViews = { readonly place: Region; readonly crops: readonly GreyImage[] };

/** A symbol that was located and not read. Version 0: not known. */
export type UnreadSymbol = { readonly corners: Corners; readonly version: number };

/** What one frame turned out to hold, in pixels of that frame. */
export type Reading = {
  readonly codes: readonly DecodedCode[];
  readonly unread: readonly UnreadSymbol[];
  /** Places that look like a code though no symbol was located there, best first; only with effort above `fast`. */
  readonly candidates: readonly Region[];
  /** Only with effort above `fast`. */
  readonly measures: FrameMeasures | null;
};

export const NOTHING_READ: Reading = { codes: [], unread: [], candidates: [], measures: null };

/** What the pool sends a worker; the pixels lie in memory both can see. */
export type WorkerRequest = {
  readonly id: number;
  readonly width: number;
  readonly height: number;
  readonly stride: number;
  readonly pixels: Uint8Array;
  readonly plan: DecodePlan;
};

export type WorkerReply =
  | { readonly kind: 'ready' }
  | { readonly kind: 'read'; readonly id: number; readonly reading: Reading }
  | { readonly kind: 'failed'; readonly id: number; readonly message: string };

export type Decodable = Pick<GreyFrame, 'width' | 'height' | 'stride' | 'data'>;
