import type { Readable } from 'node:stream';
import { errorCodes } from 'fastify';

/** A full segment of ordinary records has 202 KB. */
const SLAB_BYTES = 256 * 1024;
/** As many bodies as are under way at once. */
const SLABS_MAX = 192;

/**
 * Memory for bodies of segments, used over and over, and shared, so that another thread checks them where they lie. Fresh
 * memory for each of some hundred bodies a second makes the collector run all the time: a quarter of the hub's work.
 */
export class BodyMemory {
  readonly #slabs: SharedArrayBuffer[] = [];

  /** Longer bodies than usual get memory of their own, and so do those beyond what is kept. */
  take(length: number): Buffer {
    if (length > SLAB_BYTES) return Buffer.from(new SharedArrayBuffer(length));
    return Buffer.from(this.#slabs.pop() ?? new SharedArrayBuffer(SLAB_BYTES), 0, length);
  }

  /** Nobody may look at it any more. What is never given back is collected. */
  giveBack({ buffer }: Uint8Array): void {
    if (!(buffer instanceof SharedArrayBuffer) || buffer.byteLength !== SLAB_BYTES) return;
    if (this.#slabs.length < SLABS_MAX) this.#slabs.push(buffer);
  }

  /** Reads a body of at most `bytesMax`; `declared` is its Content-Length, where it has one. */
  read(payload: Readable, declared: string | undefined, bytesMax: number): Promise<Buffer> {
    const length = declared === undefined ? null : Number(declared);
    return new Promise((resolve, reject) => {
      if ((length ?? 0) > bytesMax) return reject(new errorCodes.FST_ERR_CTP_BODY_TOO_LARGE());
      // Without a length there is room for the longest: such bodies are rare, and they are not long in memory.
      const body = this.take(length ?? bytesMax);
      let at = 0;
      payload.on('data', (part: Buffer) => {
        if (at + part.length <= body.length) part.copy(body, at);
        at += part.length;
        if (at > body.length) reject(new errorCodes.FST_ERR_CTP_BODY_TOO_LARGE());
      });
      payload.on('end', () => resolve(body.subarray(0, at)));
      payload.on('error', reject);
    });
  }
}
