import type { Received } from '../exchange.ts';

/** Modbus application protocol V1.1b3: a request as function code and data, and what its answer must be. */
export type Request<T> = {
  readonly bytes: Uint8Array;
  /** Length of the answer's function code and data, unless it is an exception. */
  readonly answerLength: number;
  /** Null: not an answer to this request. */
  readonly read: (answer: Uint8Array) => T | null;
};

export const EXCEPTION_BIT = 0x80;
export const EXCEPTION_LENGTH = 2;
const ON = 0xff00;

/** 6.1 and 6.2: one bit each, the first in the lowest bit of the first byte. */
export function readBits(
  what: 'coils' | 'discrete-inputs',
  address: number,
  count: number,
): Request<readonly boolean[]> {
  const code = what === 'coils' ? 0x01 : 0x02;
  const byteCount = Math.ceil(count / 8);
  return {
    bytes: words(code, address, count),
    answerLength: 2 + byteCount,
    read: (answer) => {
      if (answer[1] !== byteCount) return null;
      return Array.from(
        { length: count },
        (_, index) => (((answer[2 + (index >> 3)] ?? 0) >> (index & 7)) & 1) === 1,
      );
    },
  };
}

/** 6.3: two bytes each, the higher first. */
export function readRegisters(address: number, count: number): Request<readonly number[]> {
  const byteCount = 2 * count;
  return {
    bytes: words(0x03, address, count),
    answerLength: 2 + byteCount,
    read: (answer) => {
      if (answer[1] !== byteCount) return null;
      return Array.from(
        { length: count },
        (_, index) => ((answer[2 + 2 * index] ?? 0) << 8) + (answer[3 + 2 * index] ?? 0),
      );
    },
  };
}

/** 6.5: the answer repeats the request. */
export function writeCoil(address: number, on: boolean): Request<void> {
  return writeCoilValue(address, on ? ON : 0);
}

/** As boards do that take a time for a value. */
export function writeCoilValue(address: number, value: number): Request<void> {
  return repeated(words(0x05, address, value));
}

/** 6.6: the answer repeats the request. */
export function writeRegister(address: number, value: number): Request<void> {
  return repeated(words(0x06, address, value));
}

function repeated(bytes: Uint8Array): Request<void> {
  return {
    bytes,
    answerLength: bytes.length,
    // Void, not null: it is one.
    read: (answer) => (Buffer.compare(answer, bytes) === 0 ? undefined : null),
  };
}

/** 7: what an exception says. */
export function exceptionAnswer(code: number): Extract<Received<never>, { kind: 'wrong' }> {
  const words = EXCEPTIONS[code] ?? 'an exception that has no name';
  return { kind: 'wrong', reason: 'board.refused', detail: `exception ${code}: ${words}` };
}

const EXCEPTIONS: Readonly<Record<number, string>> = {
  1: 'illegal function',
  2: 'illegal data address',
  3: 'illegal data value',
  4: 'device failure',
  5: 'acknowledged, not done yet',
  6: 'device busy',
  10: 'gateway path unavailable',
  11: 'gateway target does not answer',
};

function words(code: number, first: number, second: number): Uint8Array {
  return Uint8Array.of(code, first >> 8, first & 0xff, second >> 8, second & 0xff);
}
