import { ProtocolError } from './protocol-error.ts';

/** ISO/IEC 7816-4, 5.1. `le`: most bytes wanted back, null none, 256 or 65,536 "all there is". */
export type Command = {
  readonly cla: number;
  readonly ins: number;
  readonly p1: number;
  readonly p2: number;
  readonly data: Uint8Array;
  readonly le: number | null;
};

export type Response = { readonly data: Uint8Array; readonly sw: number };

export const SHORT_DATA_MAX = 255;
export const SHORT_LE_MAX = 256;
export const EXTENDED_DATA_MAX = 65_535;
export const EXTENDED_LE_MAX = 65_536;

export const SW = {
  ok: 0x9000,
  endOfFile: 0x6282,
  securityStatus: 0x6982,
  conditions: 0x6985,
  smObjectMissing: 0x6987,
  smObjectWrong: 0x6988,
  wrongData: 0x6a80,
  notSupported: 0x6a81,
  fileNotFound: 0x6a82,
  wrongOffset: 0x6b00,
  insUnknown: 0x6d00,
} as const;

/** Short where data and `le` allow it, else extended. */
export function encodeCommand({ cla, ins, p1, p2, data, le }: Command): Uint8Array {
  if (data.length > EXTENDED_DATA_MAX || (le !== null && (le < 1 || le > EXTENDED_LE_MAX))) {
    throw new RangeError(`a command of ${data.length} bytes asking for ${le}`);
  }
  const head = [cla, ins, p1, p2];
  const extended = data.length > SHORT_DATA_MAX || (le ?? 0) > SHORT_LE_MAX;
  const lc = data.length === 0 ? [] : extended ? [0, ...uint16(data.length)] : [data.length];
  const leField =
    le === null ? [] : extended ? [...(lc.length === 0 ? [0] : []), ...uint16(le)] : [le & 0xff];
  return Uint8Array.from([...head, ...lc, ...data, ...leField]);
}

/** Throws ProtocolError `apdu.short` for less than a status word. */
export function decodeResponse(bytes: Uint8Array): Response {
  const [sw1, sw2] = bytes.subarray(-2);
  if (sw1 === undefined || sw2 === undefined) {
    throw new ProtocolError('apdu.short', `an answer of ${bytes.length} bytes: 2 or more expected`);
  }
  return { data: bytes.subarray(0, -2), sw: sw1 * 256 + sw2 };
}

function uint16(value: number): number[] {
  return [(value >> 8) & 0xff, value & 0xff];
}
