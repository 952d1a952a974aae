import type { TimeInterval } from '../kernel/time-interval.ts';
import type { Registers } from '../registers/lookup.ts';
import { askRegisters, type RegisterLimits, registerUse } from '../rules/ask-registers.ts';
import { decide, faultVerdict } from '../rules/decide.ts';
import type { Policy } from '../rules/situation.ts';
import type { Verdict } from '../rules/verdict.ts';
import type { LaneEffect } from './lane-input.ts';
import type { RegisterSnapshot } from './snapshot.ts';

export type VerdictsDeps = {
  readonly policy: Policy;
  readonly limits: () => RegisterLimits;
  readonly registers: Registers;
  readonly interval: () => TimeInterval;
};

/** What registers and rules say, now. */
export class Verdicts {
  readonly #deps: VerdictsDeps;

  constructor(deps: VerdictsDeps) {
    this.#deps = deps;
  }

  /** An exception is a bug or a broken machine, and never a pass (security A3). */
  of({ documents, repeat, cards }: Extract<LaneEffect, { kind: 'decide' }>): Verdict {
    const { policy, limits, registers: source } = this.#deps;
    try {
      const time = this.#deps.interval();
      const registers = askRegisters(documents, policy, limits(), source, time);
      return decide(documents, { time, policy, registers, repeat, cards });
    } catch {
      return faultVerdict(documents);
    }
  }

  registers(ageingAcknowledged: boolean): RegisterSnapshot[] {
    const { policy, limits, registers } = this.#deps;
    const interval = this.#deps.interval();
    const limitsNow = limits();
    return policy.registers.map((register) => {
      const use = registerUse(
        register,
        registers.condition(register),
        limitsNow[register],
        interval,
      );
      const ageMs = use.asOfMs === null ? null : Math.max(0, interval.latestMs - use.asOfMs);
      const acknowledged = use.state === 'ageing' && ageingAcknowledged;
      return { ...use, ageMs, acknowledged };
    });
  }
}
