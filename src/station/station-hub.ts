import type { Journal } from '../journal/journal.ts';
import type { Recipient } from '../journal/recipient.ts';
import { dayToIso } from '../kernel/calendar.ts';
import type { TimeInterval } from '../kernel/time-interval.ts';
import type { Clock } from '../ports/clock.ts';
import { removeRegister } from '../registers/put-in-place.ts';
import type { RegisterStore } from '../registers/register-store.ts';
import type { DownlinkNews } from '../sync/downlink/downlink-deps.ts';
import type { Enrolment } from '../sync/enrolment/enrolment.ts';
import type { Kept } from '../sync/kept.ts';
import type { SyncLoop } from '../sync/sync-loop.ts';
import type { BuildInfo } from './build-info.ts';
import type { StationConfig } from './config-schema.ts';
import type { DataDirectory } from './data-directory.ts';
import { enrolmentFor, recipientFor } from './enrolled.ts';
import type { LaneView } from './http/lane-shape.ts';
import type { SelfTestView } from './http/shapes.ts';
import type { LaneService } from './lane-service.ts';
import type { RegionKey } from './region-keys.ts';
import { mandateState } from './signed-mandate.ts';
import type { LivePolicy } from './signed-policy.ts';
import { readinessOf } from './station-port.ts';
import { stationSync } from './station-sync.ts';
import { StickImports } from './sticks/stick-imports.ts';
import { SyncStatus } from './sync-status.ts';
import type { Telemetry } from './telemetry.ts';
import type { TimeKeeper } from './time-keeper.ts';

type HubParts = {
  readonly config: StationConfig;
  readonly data: DataDirectory;
  readonly build: BuildInfo;
  readonly clock: Clock;
  readonly random: () => number;
  readonly kept: Kept;
  readonly policy: LivePolicy;
  readonly time: TimeKeeper;
  readonly telemetry: Telemetry;
};

type Begun = {
  readonly journal: Journal;
  readonly registers: RegisterStore;
  readonly lanes: readonly LaneService[];
  readonly selfTest: () => SelfTestView;
};

/** The daemon's side of its hub; of a station that is not enrolled everything here says so and does nothing. */
export class StationHub {
  readonly #parts: HubParts;
  readonly #enrolment: Enrolment | null;
  readonly #status: SyncStatus;
  #begun: Begun | null = null;
  #sync: SyncLoop | null = null;
  #sticks: StickImports | null = null;
  #running: AbortSignal | null = null;
  #regionKey: RegionKey | null = null;

  /** Throws ConfigError when the machine is enrolled as somebody else. */
  constructor(parts: HubParts) {
    this.#parts = parts;
    this.#enrolment = enrolmentFor(parts.kept, parts.config);
    this.#status = new SyncStatus(parts.data.runFolder);
  }

  recipient(sealTo: string | undefined, time: TimeInterval): Recipient {
    return recipientFor(this.#enrolment === null ? null : this.#parts.kept, sealTo, time);
  }

  begin(begun: Begun): void {
    this.#begun = begun;
    if (this.#enrolment === null) return;
    const { build, policy } = this.#parts;
    const { journal, registers, lanes, selfTest } = begun;
    const hub = () => this.readiness();
    const sync = stationSync({
      ...{ ...this.#parts, enrolment: this.#enrolment, journal, registers },
      software: build.software,
      readiness: () =>
        readinessOf({
          ...{ lanes, journal, registers, hub, selfTest },
          policyRegisters: () => policy.registers,
        }),
      onNews: (news) => this.#take(news),
      heldStops: () => lanes.flatMap((lane) => lane.heldStops()),
    });
    this.#sync = sync;
    const { runFolder, keys } = this.#parts.data;
    const { station } = this.#enrolment;
    this.#sticks = new StickImports({
      ...{ runFolder, station, sealingKey: keys.stationSealing, sync },
      witness: { time: this.#parts.time, journal, software: build.software },
    });
    this.#takePolicy();
  }

  /** Until `signal` aborts. Rejects only for what is a bug. */
  async run(signal: AbortSignal): Promise<void> {
    this.#running = signal;
    await this.#sync?.run(signal);
    await this.#sticks?.ended();
  }

  /** A segment was closed. */
  wake(): void {
    this.#sync?.wake();
  }

  answers(): boolean {
    return this.#sync?.hubAnswers ?? false;
  }

  /** People may be looked up: no mandate limits it, or it is in force. */
  mayAsk(): boolean {
    const state = this.#mandateState();
    return state === 'none' || state === 'in-force';
  }

  /** The region's register key of the newest generation. */
  regionKey(): Uint8Array {
    const { regionKeys, keys } = this.#parts.data;
    const generation = this.#sync?.held.versions().generation ?? 0;
    if (this.#regionKey?.generation !== generation) {
      // A key of a generation never changes, but it may come later than its manifest.
      const key = regionKeys.read(generation);
      if (key === null) return keys.region.key;
      this.#regionKey = key;
    }
    return this.#regionKey.key;
  }

  /** For screens; null at a station without a hub. */
  line(): LaneView['hub'] {
    if (this.#sync === null) return null;
    const { line, unsent } = this.#sync.snapshot();
    return { state: line.state, sinceMs: line.sinceMs, unsent, mandate: this.#mandateView() };
  }

  /** Why nobody is looked up; null while people may be, and where only the date is missing, which the screen asks for. */
  #mandateView(): NonNullable<LaneView['hub']>['mandate'] {
    const mandate = this.#sync?.held.mandate?.value ?? null;
    const state = this.#mandateState();
    if (mandate === null || state === 'none' || state === 'in-force') return null;
    if (state === 'ended' && this.#parts.time.interval().trust === 'unset') return null;
    return { state, from: dayToIso(mandate.fromDay), until: dayToIso(mandate.untilDay) };
  }

  /** Short code of a stop's case at the hub, to be read out on the telephone. */
  caseCode(passage: number): string | null {
    return this.#sync?.caseCode(passage) ?? null;
  }

  readiness(): { readonly problems: readonly string[]; readonly warnings: readonly string[] } {
    if (this.#sync === null) return { problems: [], warnings: [] };
    const { line, alarms } = this.#sync.snapshot();
    const mandate = this.#mandateState();
    return {
      problems: this.mayAsk() ? [] : [`mandate.${mandate}`],
      warnings: [...(line.state === 'down' ? ['hub.down'] : []), ...alarms],
    };
  }

  /** To be called every second: metrics, what commands ask for, and the end of the mandate. */
  look(): void {
    if (this.#sync === null) return;
    const snapshot = this.#sync.snapshot();
    if (snapshot.unsent !== null) this.#parts.telemetry.unsent(snapshot.unsent);
    if (this.#status.isAsked()) this.#sync.hurry();
    this.#status.tell(snapshot);
    if (this.#running !== null) this.#sticks?.look(this.#running);
    if (this.#mandateState() === 'over') this.#removeRegisters();
  }

  #take(news: DownlinkNews): void {
    this.#parts.telemetry.taken(news);
    if (news === 'policy') this.#takePolicy();
  }

  #takePolicy(): void {
    const policy = this.#sync?.held.policy?.value;
    if (policy !== undefined) this.#parts.policy.take(policy.version, policy.json);
  }

  #mandateState() {
    return mandateState(this.#sync?.held.mandate?.value ?? null, this.#parts.time.interval());
  }

  #removeRegisters(): void {
    const { data, telemetry } = this.#parts;
    const { registers } = this.#begun ?? {};
    const there = registers?.names().filter((name) => registers.describe(name).meta !== null) ?? [];
    for (const name of there) {
      removeRegister(data.registersFolder, data.keys.database, name);
      telemetry.taken(`mandate-over:${name}`);
    }
    if (there.length > 0) registers?.refresh();
  }
}
