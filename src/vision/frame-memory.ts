import type { GreyFrame } from '../ports/frame-source.ts';
import type { EarlierViews } from './decode-job.ts';
import { cropFrame, type GreyImage, growRegion, type Region } from './grey-image.ts';

/** More frames average away little noise and move the code further. */
const FRAMES_MAX = 5;
/** A code so large that its place has more pixels does not need several frames. */
const PIXELS_MAX = 1_000_000;

/** The place in the last frames where a code is seen and not read; nothing while there is none. */
export class FrameMemory {
  #place: Region | null = null;
  #crops: GreyImage[] = [];

  /** Keeps the frame's part around `focus`; forgets all when that is null or has moved off the place kept. */
  keep(frame: GreyFrame, focus: Region | null): void {
    if (focus === null || focus.width * focus.height > PIXELS_MAX) {
      this.clear();
      return;
    }
    if (this.#place === null || !isInside(focus, this.#place)) {
      this.clear();
      this.#place = growRegion(focus, 0.25 * Math.max(focus.width, focus.height), frame);
    }
    this.#crops.push(cropFrame(frame, this.#place));
    if (this.#crops.length > FRAMES_MAX) this.#crops.shift();
  }

  /** The earlier views of a place, oldest first, and where they were cut out. */
  recall(focus: Region | null): EarlierViews | null {
    if (focus === null || this.#place === null || this.#crops.length === 0) return null;
    return isInside(focus, this.#place) ? { place: this.#place, crops: [...this.#crops] } : null;
  }

  clear(): void {
    this.#place = null;
    this.#crops = [];
  }
}

function isInside(inner: Region, outer: Region): boolean {
  return (
    inner.x >= outer.x &&
    inner.y >= outer.y &&
    inner.x + inner.width <= outer.x + outer.width &&
    inner.y + inner.height <= outer.y + outer.height
  );
}
