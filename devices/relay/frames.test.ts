import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { loadBoardProfile } from './board-profile.ts';
import { modbusProtocol } from './board-protocol.ts';
import type { Exchange, Received } from './exchange.ts';
import { lcusOrder, lcusOutputs } from './lcus.ts';
import { crc16 } from './modbus/crc.ts';
import { readBits, writeCoil } from './modbus/pdu.ts';
import { RtuFraming } from './modbus/rtu.ts';
import { TcpNumbers } from './modbus/tcp.ts';

const bytes = (hex: string) => Buffer.from(hex.replaceAll(' ', ''), 'hex');
const hexOf = (exchange: Exchange<unknown>) => Buffer.from(exchange.request).toString('hex');
const rtu = (unit = 1) => {
  const framing = new RtuFraming();
  return {
    read: (count = 8) => framing.exchange(unit, readBits('coils', 0, count)),
    write: (address: number, on: boolean) => framing.exchange(unit, writeCoil(address, on)),
  };
};

function given<T>({ receive }: Exchange<T>, ...parts: readonly string[]): Received<T> {
  if (receive === null) throw new Error('nothing answers it');
  let last: Received<T> = { kind: 'more' };
  for (const part of parts) last = receive(bytes(part));
  return last;
}

describe('the specification', () => {
  test('application protocol 6.1: coils 20 to 38 of an example', () => {
    const request = readBits('coils', 0x13, 0x13);
    expect(Buffer.from(request.bytes)).toEqual(bytes('01 00 13 00 13'));
    const outputs = request.read(bytes('01 03 CD 6B 05'));
    const said = 'CD6B05';
    const value = BigInt(`0x${said.slice(4)}${said.slice(2, 4)}${said.slice(0, 2)}`);
    expect(outputs).toEqual(
      Array.from({ length: 0x13 }, (_, index) => ((value >> BigInt(index)) & 1n) === 1n),
    );
  });

  test('application protocol 6.2: inputs 197 to 218 of an example', () => {
    const request = readBits('discrete-inputs', 0xc4, 0x16);
    expect(Buffer.from(request.bytes)).toEqual(bytes('02 00 C4 00 16'));
    const inputs = request.read(bytes('02 03 AC DB 35')) ?? [];
    // "the status of inputs 204-197 is AC": 1010 1100, 204 first.
    expect(inputs.slice(0, 8)).toEqual([...'00110101'].map((bit) => bit === '1'));
    expect(inputs).toHaveLength(22);
  });

  test('application protocol 6.5: coil 173 on, answered by itself', () => {
    const request = writeCoil(0xac, true);
    expect(Buffer.from(request.bytes)).toEqual(bytes('05 00 AC FF 00'));
    expect(request.read(bytes('05 00 AC FF 00'))).toBeUndefined();
    expect(request.read(bytes('05 00 AC 00 00'))).toBeNull();
  });

  test('serial line, appendix B: 02 07 has the sum 41 12', () => {
    expect(crc16(bytes('02 07'))).toBe(0x1241);
    expect(crc16(bytes('02 07 41 12'))).toBe(0);
  });
});

test('Waveshare’s own frames', () => {
  const profile = loadBoardProfile('waveshare-8-inputs');
  if (profile.modbus === null) throw new Error('no Modbus');
  const protocol = modbusProtocol(profile, profile.modbus, new RtuFraming());
  expect(hexOf(protocol.set(1, true))).toBe('01050000ff008c3a');
  // Output 1 for 700 ms by the board's timer.
  const pulse = protocol.pulse(1, 700);
  expect(pulse === null ? null : hexOf(pulse)).toBe('0105020000078db0');
  expect(protocol.look === null ? null : hexOf(protocol.look())).toBe('01020000000879cc');
  // Longer than its timer: the station has to end it.
  expect(protocol.pulse(1, 4_000_000)).toBeNull();
});

describe('RTU', () => {
  const ANSWER = '01 01 01 05 91 8b';

  test('an answer in parts, and with whatever comes after it', () => {
    expect(given(rtu().read(), '01', '01 01 05', '91')).toEqual({ kind: 'more' });
    expect(given(rtu().read(3), '01 01', '01 05 91 8b ff ff')).toEqual({
      ...{ kind: 'answer', value: [true, false, true] },
    });
  });

  test.each([
    ['02 01 01 05 91 cf', 'board.wrong-unit'],
    ['01 01 01 05 91 8c', 'board.noise'],
    ['01 81 02 c1 91', 'board.refused'],
    ['01 02 01 05 61 8b', 'board.noise'],
  ])('%s is no answer: %s', (answer, reason) => {
    expect(given(rtu().read(), answer)).toMatchObject({ kind: 'wrong', reason });
  });

  test('an answer that comes late, to another write, is not taken for this one’s', () => {
    const { write } = rtu();
    const late = Buffer.from(write(0, true).request).toString('hex');
    expect(given(write(1, true), late)).toMatchObject({ kind: 'wrong' });
    expect(given(write(0, false), late)).toMatchObject({ kind: 'wrong' });
  });

  test('an echo goes by, and once one was seen a write’s echo is not its answer', () => {
    const { read, write } = rtu();
    const asked = read();
    expect(given(asked, hexOf(asked), ANSWER)).toMatchObject({ kind: 'answer' });
    const order = write(0, true);
    expect(given(order, hexOf(order))).toEqual({ kind: 'more' });
    expect(given(order, hexOf(order))).toMatchObject({ kind: 'answer' });
    // The adapter was changed.
    expect(given(read(), ANSWER)).toMatchObject({ kind: 'answer' });
    const plain = write(0, true);
    expect(given(plain, hexOf(plain))).toMatchObject({ kind: 'answer' });
  });

  test('no bytes at all make it throw, and none but a whole frame with its sum is an answer', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 20 }), (parts) => {
        const { receive } = rtu().read();
        for (const part of parts) {
          const received = receive?.(part);
          if (received?.kind === 'answer') return crc16(Buffer.concat(parts).subarray(0, 6)) === 0;
        }
        return true;
      }),
    );
  });
});

describe('TCP', () => {
  const read = (numbers: TcpNumbers) => numbers.exchange(1, readBits('coils', 0, 8));
  const answer = (number: string) => `${number} 0000 0004 01 01 01 05`;

  test('a request has its number, and an answer under an earlier one is passed over', () => {
    const numbers = new TcpNumbers();
    read(numbers);
    const second = read(numbers);
    expect(hexOf(second)).toBe('000200000006010100000008');
    expect(given(second, answer('0001'))).toEqual({ kind: 'more' });
    expect(given(second, answer('0002'))).toMatchObject({ kind: 'answer' });
  });

  test('late and right in one part, and a frame in parts', () => {
    const numbers = new TcpNumbers();
    read(numbers);
    expect(given(read(numbers), answer('0001') + answer('0002'))).toMatchObject({ kind: 'answer' });
    expect(given(read(numbers), '0003 0000 00', '04 01 01', '01 05')).toMatchObject({
      kind: 'answer',
    });
  });

  test.each([
    ['0001 0000 0004 02 01 01 05', 'board.wrong-unit'],
    ['0001 0000 0003 01 81 02', 'board.refused'],
    ['0001 5500 0004 01 01 01 05', 'board.noise'],
    ['0001 0000 ffff 01 01 01 05', 'board.noise'],
    ['0001 0000 0001 01', 'board.noise'],
    ['0001 0000 0004 01 02 01 05', 'board.noise'],
  ])('%s is no answer: %s', (wrong, reason) => {
    expect(given(read(new TcpNumbers()), wrong)).toMatchObject({ kind: 'wrong', reason });
  });

  test('no bytes at all make it throw', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 10 }), (parts) => {
        const { receive } = read(new TcpNumbers());
        for (const part of parts) if (receive?.(part).kind !== 'more') return;
      }),
    );
  });
});

describe('LCUS', () => {
  test('the frames that sellers print', () => {
    expect(hexOf(lcusOrder(1, true))).toBe('a00101a2');
    expect(hexOf(lcusOrder(1, false))).toBe('a00100a1');
    expect(hexOf(lcusOrder(2, true))).toBe('a00201a3');
  });

  test('outputs in words, in parts, and none but all of them', () => {
    const text = (words: string) => Buffer.from(words).toString('hex');
    const asked = lcusOutputs(2);
    expect(given(asked, text('CH1: ON \r\nCH2: OF'))).toEqual({ kind: 'more' });
    expect(given(asked, text('F\r\n'))).toEqual({ kind: 'answer', value: [true, false] });
    expect(given(lcusOutputs(2), text('CH1:OFF'), text('\r\nCH2:ON'))).toEqual({
      ...{ kind: 'answer', value: [false, true] },
    });
  });
});
