import type { Response } from '../../../src/chip/apdu.ts';
import type { ChipMessaging } from './chip-messaging.ts';

export type Random = (bytes: number) => Uint8Array;

/** What a chip answers, and what is so after the answer went out. */
export type ChipAnswer = Response & {
  /** Secure messaging begins anew with the next command. */
  readonly messaging?: ChipMessaging;
  /** A password was proven (true) or was wrong (false). */
  readonly access?: boolean;
};

export function status(sw: number): ChipAnswer {
  return { data: new Uint8Array(0), sw };
}

export const STATUS = {
  ok: 0x9000,
  endOfFile: 0x6282,
  verificationFailed: 0x6300,
  wrongLength: 0x6700,
  noSecureMessaging: 0x6882,
  securityStatus: 0x6982,
  conditions: 0x6985,
  noFileSelected: 0x6986,
  wrongObjects: 0x6988,
  wrongData: 0x6a80,
  fileNotFound: 0x6a82,
  wrongParameters: 0x6a86,
  referenceNotFound: 0x6a88,
  wrongOffset: 0x6b00,
  instructionUnknown: 0x6d00,
  classUnknown: 0x6e00,
} as const;
