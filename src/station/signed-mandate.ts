import { dayEndMs, dayStartMs } from '../kernel/calendar.ts';
import { mayHaveBegun, surelyWithin, type TimeInterval } from '../kernel/time-interval.ts';
import type { Registers } from '../registers/lookup.ts';
import { isMandateOver, type Mandate } from '../sync/protocol/mandate.ts';

/** none: the hub signed none, so nothing limits the function. over: surely past its end, so that registers are to be deleted. */
export type MandateState = 'none' | 'in-force' | 'before' | 'ended' | 'over';

/** Whether people may be looked up (security E8): held against the late end of the time interval; deleted only when surely over. */
export function mandateState(mandate: Mandate | null, time: TimeInterval): MandateState {
  if (mandate === null) return 'none';
  if (isMandateOver(mandate, time)) return 'over';
  if (!surelyWithin(time, dayEndMs(mandate.untilDay))) return 'ended';
  return mayHaveBegun(time, dayStartMs(mandate.fromDay)) ? 'in-force' : 'before';
}

/** Registers that are asked only while the mandate is in force; otherwise they are as if absent, and nobody passes by them. */
export function mandated(registers: Registers, isInForce: () => boolean): Registers {
  return {
    lookup: (...asked) => (isInForce() ? registers.lookup(...asked) : []),
    notices: (...asked) => (isInForce() ? registers.notices(...asked) : []),
    condition: (register) => (isInForce() ? registers.condition(register) : { state: 'absent' }),
  };
}
