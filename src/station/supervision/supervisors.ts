import type { Clock } from '../../ports/clock.ts';
import type { Supervisor } from './probes.ts';
import { type SignsOfLife, SupervisedClock } from './supervised-clock.ts';

/** The clocks of all devices' supervisors: whoever is put together with one of these is asked before the watchdog is fed. */
export class Supervisors {
  readonly #clock: Clock;
  readonly #all = new Map<string, SupervisedClock>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** One name, as in the log, has one clock. */
  clockOf(name: string, signs: SignsOfLife): Clock {
    const clock = this.#all.get(name) ?? new SupervisedClock(this.#clock, signs);
    this.#all.set(name, clock);
    return clock;
  }

  /** Simulated devices keep nothing going that could hang; their clock is the station's. */
  clockOfDevice(kind: string, { id, driver }: { readonly id: string; readonly driver: string }) {
    return driver === 'sim' ? this.#clock : this.clockOf(`${kind} ${id}`, 'waits');
  }

  list(): readonly Supervisor[] {
    return [...this.#all].map(([name, clock]) => ({ name, clock }));
  }
}
