import type { TimeInterval } from '../kernel/time-interval.ts';
import type { Barrier } from '../ports/barrier.ts';
import type { Clock } from '../ports/clock.ts';
import type { Registers } from '../registers/lookup.ts';
import type { RegisterLimits } from '../rules/ask-registers.ts';
import type { Policy } from '../rules/situation.ts';
import type { LaneJournal } from './journal-keeper.ts';
import type { CardRequest } from './lane-input.ts';
import type { LaneSettings } from './lane-settings.ts';
import type { OutwardDevice } from './outward-signals.ts';

/** The station's time; see station/time-keeper. */
export interface LaneTime {
  interval(): TimeInterval;
  /** Best single guess, whole milliseconds since 1970 UTC. */
  nowMs(): number;
  /** An officer has compared date and time; false when that cannot be right. */
  confirm(): boolean;
}

export type LaneRunnerDeps = {
  readonly settings: LaneSettings;
  /** Read anew for every verdict: a signed policy may come at any time. */
  readonly policy: Policy;
  readonly limits: () => RegisterLimits;
  readonly registers: Registers;
  readonly journal: LaneJournal;
  readonly barrier: Pick<Barrier, 'open'> | null;
  readonly signals: readonly OutwardDevice[];
  /** Reads the card that lies there; what comes of it is told by `card` and `presentChip`. Null: no reader. */
  readonly cards: { read(request: CardRequest): void } | null;
  readonly clock: Clock;
  readonly time: LaneTime;
  /** Keyed hash of a subject under the region's key, 16 hexadecimal digits. */
  readonly subjectKey: (kind: 'number' | 'qid', value: string) => string;
  readonly software: string;
};
