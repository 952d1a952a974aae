import type { PhotoFailureReason } from './decoded-photo.ts';

/** A picture's header shows that it is not worth decoding. Caught within this folder. */
export class PictureRefusal extends Error {
  override readonly name = 'PictureRefusal';
  readonly reason: PhotoFailureReason;

  constructor(reason: PhotoFailureReason, message: string) {
    super(message);
    this.reason = reason;
  }
}

/** Numbers of a header, most significant byte first. Beyond the end, throws PictureRefusal `photo.damaged`. */
export function viewOf(bytes: Uint8Array): {
  readonly uint8: (at: number) => number;
  readonly uint16: (at: number) => number;
  readonly uint32: (at: number) => number;
} {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const within = <T>(at: number, size: number, read: (at: number) => T): T => {
    if (at + size <= bytes.length) return read(at);
    throw new PictureRefusal('photo.damaged', 'a picture ends within its header');
  };
  return {
    uint8: (at) => within(at, 1, (from) => view.getUint8(from)),
    uint16: (at) => within(at, 2, (from) => view.getUint16(from)),
    uint32: (at) => within(at, 4, (from) => view.getUint32(from)),
  };
}
