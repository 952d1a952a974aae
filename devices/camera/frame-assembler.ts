/** Bytes of raw 8-bit grey pictures of one size, without padding between rows or pictures, cut into pictures. Sans-IO. */
export class FrameAssembler {
  readonly #frameBytes: number;
  #current: Uint8Array | undefined;
  #filled = 0;
  #spare: Uint8Array | undefined;

  constructor(frameBytes: number) {
    this.#frameBytes = frameBytes;
  }

  /** Every picture that `chunk` completes. Each has its own whole buffer, so that it may be transferred to a worker. */
  *push(chunk: Uint8Array): Generator<Uint8Array, void> {
    for (let offset = 0; offset < chunk.length; ) {
      this.#current ??= this.#nextBuffer();
      const end = Math.min(chunk.length, offset + this.#frameBytes - this.#filled);
      this.#current.set(chunk.subarray(offset, end), this.#filled);
      this.#filled += end - offset;
      offset = end;
      if (this.#filled === this.#frameBytes) {
        const picture = this.#current;
        this.#current = undefined;
        this.#filled = 0;
        yield picture;
      }
    }
  }

  /** Takes back bytes that nobody looks at any more; one buffer is kept, more are never of use. */
  recycle(picture: Uint8Array | undefined): void {
    if (picture?.length === this.#frameBytes) this.#spare = picture;
  }

  #nextBuffer(): Uint8Array {
    const buffer = this.#spare ?? new Uint8Array(this.#frameBytes);
    this.#spare = undefined;
    return buffer;
  }
}
