import type { SimFaults } from './sim-faults.ts';
import type { SimRelays } from './sim-relays.ts';

/** Flash-on of Waveshare boards: output n at this coil, its value the time in 100 ms. */
const TIMER_COILS = 0x200;
const TIMER_UNIT_MS = 100;

export type UnitAnswer = {
  /** Function code and data. */
  readonly pdu: Uint8Array;
  readonly unit: number;
  readonly delayMs: number;
  readonly isGarbled: boolean;
};

/**
 * One simulated Modbus board, written from the specification and sharing nothing with the driver: coils are its relays,
 * discrete inputs its inputs, and coils from 200 hex its timers.
 */
export class ModbusUnit {
  readonly unit: number;
  readonly relays: SimRelays;
  readonly faults: SimFaults;

  constructor(unit: number, relays: SimRelays, faults: SimFaults) {
    this.unit = unit;
    this.relays = relays;
    this.faults = faults;
  }

  /** Null: no answer. */
  answer(pdu: Uint8Array): UnitAnswer | null {
    const request = Buffer.from(pdu);
    const fault = this.faults.take(request[0] === 5 || request[0] === 6);
    if (fault?.kind === 'silent') return null;
    const exception = fault?.kind === 'exception' ? fault.code : null;
    const isDeaf = fault?.kind === 'deaf';
    const data =
      exception === null
        ? this.#carryOut(request, isDeaf)
        : Buffer.from([(request[0] ?? 0) | 0x80, exception]);
    return {
      pdu: data,
      unit: fault?.kind === 'other-unit' ? fault.unit : this.unit,
      delayMs: fault?.kind === 'late' ? fault.delayMs : 0,
      isGarbled: fault?.kind === 'garbled',
    };
  }

  #carryOut(request: Buffer, isDeaf: boolean): Buffer {
    const code = request.readUInt8(0);
    if (request.length !== 5) return exception(code, 3);
    const address = request.readUInt16BE(1);
    const value = request.readUInt16BE(3);
    if (code === 1) return bits(code, address, value, this.#outputs());
    if (code === 2) return bits(code, address, value, this.relays.inputs);
    if (code === 3) return registers(code, address, value, this.relays.registers);
    if (code === 6) return this.#writeRegister(request, address, value, isDeaf);
    if (code === 5) return this.#write(request, address, value, isDeaf);
    return exception(code, 1);
  }

  #write(request: Buffer, address: number, value: number, isDeaf: boolean): Buffer {
    const isTimer = address >= TIMER_COILS;
    const channel = (isTimer ? address - TIMER_COILS : address) + 1;
    if (channel > this.relays.outputs) return exception(5, 2);
    if (!isTimer && value !== 0 && value !== 0xff00) return exception(5, 3);
    if (isDeaf) return request;
    if (isTimer) this.relays.close(channel, value * TIMER_UNIT_MS);
    else if (value === 0) this.relays.release(channel);
    else this.relays.close(channel, null);
    return request;
  }

  #writeRegister(request: Buffer, address: number, value: number, isDeaf: boolean): Buffer {
    if (address >= this.relays.registers.length) return exception(6, 2);
    if (!isDeaf) this.relays.registers[address] = value;
    return request;
  }

  #outputs(): readonly boolean[] {
    return Array.from({ length: this.relays.outputs }, (_, index) =>
      this.relays.isClosed(index + 1),
    );
  }
}

function exception(code: number, cause: number): Buffer {
  return Buffer.from([code + 128, cause]);
}

function registers(code: number, address: number, count: number, of: readonly number[]): Buffer {
  if (count < 1 || address + count > of.length) return exception(code, 2);
  const answer = Buffer.alloc(2 + 2 * count);
  answer.writeUInt8(code, 0);
  answer.writeUInt8(2 * count, 1);
  for (let i = 0; i < count; i++) answer.writeUInt16BE(of[address + i] ?? 0, 2 + 2 * i);
  return answer;
}

function bits(code: number, address: number, count: number, of: readonly boolean[]): Buffer {
  if (count < 1 || address + count > of.length) return exception(code, 2);
  const bytes = Buffer.alloc(Math.floor((count + 7) / 8));
  for (let i = 0; i < count; i++) {
    if (of[address + i]) bytes[Math.floor(i / 8)] = (bytes[Math.floor(i / 8)] ?? 0) + 2 ** (i % 8);
  }
  return Buffer.concat([Buffer.from([code, bytes.length]), bytes]);
}
