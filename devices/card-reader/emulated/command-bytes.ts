import type { Command } from '../../../src/chip/apdu.ts';

export type ReceivedCommand = Command & {
  /** ISO/IEC 7816-4, 5.4.1: the class says that the command is protected, its header authenticated. */
  readonly secured: boolean;
  readonly chained: boolean;
  readonly extended: boolean;
};

const HEADER_BYTES = 4;

/** A command APDU as a card takes it apart (ISO/IEC 7816-3, 12.1), or null for one whose lengths are wrong. */
export function decodeCommand(bytes: Uint8Array): ReceivedCommand | null {
  const [cla = 0, ins = 0, p1 = 0, p2 = 0] = bytes;
  if (bytes.length < HEADER_BYTES) return null;
  const body = bytes.subarray(HEADER_BYTES);
  const extended = body.length >= 3 && body[0] === 0;
  const parts = extended ? extendedBody(body.subarray(1)) : shortBody(body);
  if (parts === null) return null;
  return {
    ...{ cla, ins, p1, p2, extended },
    secured: (cla & 0x0c) === 0x0c,
    chained: (cla & 0x10) !== 0,
    ...parts,
  };
}

type Body = Pick<Command, 'data' | 'le'>;

function shortBody(body: Uint8Array): Body | null {
  const [length] = body;
  if (length === undefined) return { data: body, le: null };
  if (body.length === 1) return { data: body.subarray(1), le: length === 0 ? 256 : length };
  const data = body.subarray(1, 1 + length);
  const rest = body.subarray(1 + length);
  if (data.length < length || rest.length > 1) return null;
  const [le] = rest;
  return { data, le: le === undefined ? null : le === 0 ? 256 : le };
}

function extendedBody(body: Uint8Array): Body | null {
  const length = uint16(body);
  if (body.length === 2) return { data: body.subarray(2), le: length === 0 ? 65_536 : length };
  const data = body.subarray(2, 2 + length);
  const rest = body.subarray(2 + length);
  if (length === 0 || data.length < length) return null;
  if (rest.length === 0) return { data, le: null };
  if (rest.length !== 2) return null;
  const le = uint16(rest);
  return { data, le: le === 0 ? 65_536 : le };
}

function uint16([high = 0, low = 0]: Uint8Array): number {
  return high * 256 + low;
}
