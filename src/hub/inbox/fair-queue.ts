/** Bounds of what waits; what comes beyond them is told to come later. */
export type QueueBounds = {
  readonly itemsPerOwnerMax: number;
  readonly bytesMax: number;
};

/**
 * What waits, one line per owner; owners take turns, so that one who sends much makes nobody else wait for more than
 * one of his items a turn.
 */
export class FairQueue<Item extends { readonly bytes: Uint8Array }> {
  readonly #bounds: QueueBounds;
  readonly #lines = new Map<string, Item[]>();
  #bytes = 0;

  constructor(bounds: QueueBounds) {
    this.#bounds = bounds;
  }

  get isEmpty(): boolean {
    return this.#lines.size === 0;
  }

  /** False when it does not fit any more; nothing is kept of it then. */
  offer(owner: string, item: Item): boolean {
    const line = this.#lines.get(owner) ?? [];
    const isFull =
      line.length >= this.#bounds.itemsPerOwnerMax ||
      this.#bytes + item.bytes.length > this.#bounds.bytesMax;
    if (isFull) return false;
    line.push(item);
    this.#lines.set(owner, line);
    this.#bytes += item.bytes.length;
    return true;
  }

  /** Up to `count` items, one of each owner a turn. An owner that was served goes to the end. */
  take(count: number): readonly Item[] {
    const taken: Item[] = [];
    while (taken.length < count && this.#lines.size > 0) {
      for (const [owner, line] of [...this.#lines]) {
        if (taken.length >= count) break;
        const item = line.shift();
        this.#lines.delete(owner);
        if (item === undefined) continue;
        if (line.length > 0) this.#lines.set(owner, line);
        this.#bytes -= item.bytes.length;
        taken.push(item);
      }
    }
    return taken;
  }
}
