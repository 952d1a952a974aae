import { DeviceFault } from '../../../src/kernel/errors.ts';

/** What vpcd asks besides APDUs: a body of one byte. */
export const CONTROL = { off: 0x00, on: 0x01, reset: 0x02, atr: 0x04 } as const;

const HEAD_BYTES = 2;
export const BODY_BYTES_MAX = 0xffff;

/** Two bytes of length, then so many bytes, in one piece: two writes would each wait for the peer's acknowledgement. */
export function encodeFrame(body: Uint8Array): Uint8Array {
  if (body.length > BODY_BYTES_MAX) {
    throw new DeviceFault(
      `an answer of ${body.length} bytes: vpcd takes ${BODY_BYTES_MAX} at most`,
    );
  }
  return Buffer.concat([Uint8Array.of(body.length >> 8, body.length & 0xff), body]);
}

/** Puts bodies together from segments cut anywhere; keeps less than one frame. */
export class FrameReader {
  #held: Uint8Array = new Uint8Array(0);

  /** The bodies that this segment completes. */
  push(segment: Uint8Array): readonly Uint8Array[] {
    const bodies: Uint8Array[] = [];
    let rest: Uint8Array = Buffer.concat([this.#held, segment]);
    for (;;) {
      const [high, low] = rest;
      if (high === undefined || low === undefined) break;
      const end = HEAD_BYTES + high * 256 + low;
      if (rest.length < end) break;
      bodies.push(rest.subarray(HEAD_BYTES, end));
      rest = rest.subarray(end);
    }
    this.#held = Uint8Array.from(rest);
    return bodies;
  }
}
