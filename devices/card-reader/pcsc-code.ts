import type { Failure } from './pcsc-messages.ts';

/** Error codes of winscard.h that tell somebody what to do; all others are `refused`, with their text as detail. */
const FAILURE_OF_CODE: ReadonlyMap<number, Failure> = new Map([
  [0x8010000b, 'busy'],
  [0x8010000c, 'no-card'],
  [0x80100069, 'no-card'],
  [0x80100066, 'unresponsive'],
  [0x80100067, 'unresponsive'],
  [0x80100068, 'unresponsive'],
  [0x80100016, 'unresponsive'],
  [0x80100009, 'no-reader'],
  [0x80100017, 'no-reader'],
  [0x8010001d, 'no-service'],
  [0x8010001e, 'no-service'],
  [0x80100013, 'no-service'],
]);

/** pcsclite gives codes only within message texts: `SCardConnect error: Sharing violation.(0x8010000b)`. */
export function failureOfMessage(message: string): Failure {
  const hexadecimal = /\(0x([0-9a-f]{8,16})\)$/.exec(message)?.[1];
  if (hexadecimal === undefined) return 'refused';
  return FAILURE_OF_CODE.get(Number.parseInt(hexadecimal.slice(-8), 16)) ?? 'refused';
}
