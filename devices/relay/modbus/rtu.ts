import { type Exchange, MORE, type Received } from '../exchange.ts';
import { crc16 } from './crc.ts';
import { EXCEPTION_BIT, EXCEPTION_LENGTH, exceptionAnswer, type Request } from './pdu.ts';

const CRC_LENGTH = 2;
/** Of the longest frame there is, twice: an echo and an answer. */
const BYTES_MAX = 512;

/**
 * Requests of one line as RTU frames. RTU has no transaction numbers: a frame is the answer when unit, function, length and CRC
 * fit, and for a write when it repeats what was asked. An RS-485 adapter may give back what was sent; reads show whether it
 * does, so that the echo of a write is not taken for its answer.
 */
export class RtuFraming {
  #echoes = false;

  exchange<T>(unit: number, request: Request<T>): Exchange<T> {
    const frame = withCrc(Uint8Array.of(unit, ...request.bytes));
    const isOwnAnswer = request.read(request.bytes) !== null;
    let held = Buffer.alloc(0);
    let isEchoDue = isOwnAnswer ? this.#echoes : true;
    return {
      request: frame,
      receive: (bytes) => {
        held = Buffer.concat([held, bytes]).subarray(0, BYTES_MAX);
        if (isEchoDue) {
          if (held.length < frame.length && starts(held, frame)) return MORE;
          isEchoDue = false;
          const echoes = starts(held, frame);
          if (echoes) held = held.subarray(frame.length);
          if (!isOwnAnswer) this.#echoes = echoes;
        }
        return answerIn(held, unit, request);
      },
    };
  }
}

function starts(held: Buffer, frame: Uint8Array): boolean {
  const length = Math.min(held.length, frame.length);
  return Buffer.compare(held.subarray(0, length), frame.subarray(0, length)) === 0;
}

function answerIn<T>(held: Buffer, unit: number, request: Request<T>): Received<T> {
  const [from, code] = held;
  if (from === undefined || code === undefined) return MORE;
  const isException = code === ((request.bytes[0] ?? 0) | EXCEPTION_BIT);
  const pduLength = isException ? EXCEPTION_LENGTH : request.answerLength;
  const length = 1 + pduLength + CRC_LENGTH;
  if (held.length < length) return MORE;
  const frame = held.subarray(0, length);
  if (crc16(frame) !== 0) {
    return wrong('board.noise', `no frame: ${frame.toString('hex').slice(0, 40)}`);
  }
  if (from !== unit) return wrong('board.wrong-unit', `unit ${from} answered for unit ${unit}`);
  if (isException) return exceptionAnswer(frame[2] ?? 0);
  const value = code === request.bytes[0] ? request.read(frame.subarray(1, -CRC_LENGTH)) : null;
  if (value === null) return wrong('board.noise', 'an answer to something else');
  return { kind: 'answer', value };
}

function wrong(reason: string, detail: string): Received<never> {
  return { kind: 'wrong', reason, detail };
}

function withCrc(bytes: Uint8Array): Uint8Array {
  const crc = crc16(bytes);
  return Uint8Array.of(...bytes, crc & 0xff, crc >> 8);
}
