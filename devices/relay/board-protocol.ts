import type { BoardProfile } from './board-profile.ts';
import type { Exchange } from './exchange.ts';
import { lcusOrder, lcusOutputs } from './lcus.ts';
import {
  type Request,
  readBits,
  readRegisters,
  writeCoil,
  writeCoilValue,
  writeRegister,
} from './modbus/pdu.ts';

/** What a board of one kind is asked. Channels count from 1. */
export type BoardProtocol = {
  /** Its inputs, none where it has none; shows that it is there. Null: it answers nothing. */
  readonly look: (() => Exchange<readonly boolean[]>) | null;
  readonly set: (channel: number, on: boolean) => Exchange<void>;
  /** Null: outputs cannot be read back. */
  readonly readOutput: ((channel: number) => Exchange<boolean>) | null;
  /** By the board's own timer. Null: it has none, or none that long. */
  readonly pulse: (channel: number, holdMs: number) => Exchange<void> | null;
  /** Null: it has no such dimmed output. */
  readonly dim: (channel: number, level: number) => Exchange<void> | null;
};

export type Framing = { exchange<T>(unit: number, request: Request<T>): Exchange<T> };
type ModbusProfile = NonNullable<BoardProfile['modbus']>;

export function modbusProtocol(
  { inputs, outputs }: BoardProfile,
  { coils, discreteInputs, timer, dimmers, ...own }: ModbusProfile,
  framing: Framing,
  unit: number = own.unit,
): BoardProtocol {
  const ask = <T>(request: Request<T>) => framing.exchange(unit, request);
  return {
    look: () => {
      if (inputs > 0) return ask(readBits('discrete-inputs', discreteInputs, inputs));
      if (outputs > 0) return mapped(ask(readBits('coils', coils, 1)), () => []);
      return mapped(ask(readRegisters(dimmers?.registers ?? 0, 1)), () => []);
    },
    set: (channel, on) => ask(writeCoil(coils + channel - 1, on)),
    readOutput: (channel) =>
      mapped(ask(readBits('coils', coils + channel - 1, 1)), ([output]) => output === true),
    pulse: (channel, holdMs) => {
      if (timer === null) return null;
      const units = Math.max(1, Math.ceil(holdMs / timer.unitMs));
      return units > timer.unitsMax ? null : ask(writeCoilValue(timer.coils + channel - 1, units));
    },
    dim: (channel, level) => {
      if (dimmers === undefined || channel < 1 || channel > dimmers.count) return null;
      const units = Math.round(Math.min(1, Math.max(0, level)) * dimmers.unitsMax);
      return ask(writeRegister(dimmers.registers + channel - 1, units));
    },
  };
}

export function lcusProtocol({ outputs, answersStatus }: BoardProfile): BoardProtocol {
  return {
    look: answersStatus ? () => mapped(lcusOutputs(outputs), () => []) : null,
    set: lcusOrder,
    readOutput: answersStatus
      ? (channel) => mapped(lcusOutputs(outputs), (all) => all[channel - 1] === true)
      : null,
    pulse: () => null,
    dim: () => null,
  };
}

function mapped<From, To>(exchange: Exchange<From>, map: (value: From) => To): Exchange<To> {
  const { request, receive } = exchange;
  if (receive === null) return { request, receive };
  return {
    request,
    receive: (bytes) => {
      const received = receive(bytes);
      return received.kind === 'answer' ? { kind: 'answer', value: map(received.value) } : received;
    },
  };
}
