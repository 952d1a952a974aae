import { type Exchange, MORE, type Received } from '../exchange.ts';
import { EXCEPTION_BIT, exceptionAnswer, type Request } from './pdu.ts';

/** Modbus messaging on TCP/IP V1.0b, 3.1.3: transaction, protocol 0, length, unit. */
const HEADER_LENGTH = 7;
/** Of unit and PDU. */
const LENGTH_MAX = 254;

/**
 * Numbers a connection's requests: an answer under another number is to an earlier request and is passed over, so that one that
 * comes late is never taken for another's. Numbers come again after 65,536 requests, and each only once.
 */
export class TcpNumbers {
  #last = 0;

  exchange<T>(unit: number, request: Request<T>): Exchange<T> {
    this.#last = (this.#last + 1) & 0xffff;
    const transaction = this.#last;
    const header = Buffer.alloc(HEADER_LENGTH);
    header.writeUInt16BE(transaction, 0);
    header.writeUInt16BE(request.bytes.length + 1, 4);
    header.writeUInt8(unit, 6);
    let held = Buffer.alloc(0);
    return {
      request: Buffer.concat([header, request.bytes]),
      receive: (bytes) => {
        held = Buffer.concat([held, bytes]);
        for (;;) {
          if (held.length < HEADER_LENGTH) return MORE;
          const length = held.readUInt16BE(4);
          if (held.readUInt16BE(2) !== 0 || length < 2 || length > LENGTH_MAX) {
            return wrong('board.noise', `no Modbus/TCP: ${held.toString('hex').slice(0, 40)}`);
          }
          const end = HEADER_LENGTH - 1 + length;
          if (held.length < end) return MORE;
          const frame = held.subarray(0, end);
          held = held.subarray(end);
          if (frame.readUInt16BE(0) === transaction) return answerIn(frame, unit, request);
        }
      },
    };
  }
}

function answerIn<T>(frame: Buffer, unit: number, request: Request<T>): Received<T> {
  const from = frame[6] ?? 0;
  if (from !== unit) return wrong('board.wrong-unit', `unit ${from} answered for unit ${unit}`);
  const pdu = frame.subarray(HEADER_LENGTH);
  if (pdu[0] === ((request.bytes[0] ?? 0) | EXCEPTION_BIT)) return exceptionAnswer(pdu[1] ?? 0);
  const fits = pdu[0] === request.bytes[0] && pdu.length === request.answerLength;
  const value = fits ? request.read(pdu) : null;
  if (value === null) return wrong('board.noise', 'an answer to something else');
  return { kind: 'answer', value };
}

function wrong(reason: string, detail: string): Received<never> {
  return { kind: 'wrong', reason, detail };
}
