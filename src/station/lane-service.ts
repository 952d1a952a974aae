import type { CardDesk } from '../lane/card-desk.ts';
import type { LaneEvent, LaneRunner } from '../lane/run-lane.ts';
import type { Barrier } from '../ports/barrier.ts';
import type { Clock } from '../ports/clock.ts';
import type { DeviceOffline, DeviceOnline } from '../ports/device-event.ts';
import type { GreyFrame } from '../ports/frame-source.ts';
import type { ScanEvent } from '../ports/text-scanner.ts';
import type { VisionEvent } from '../vision/vision-event.ts';
import type { LaneConfig } from './config-schema.ts';
import { FrameTap } from './frame-tap.ts';
import type { LanePort, PresentedVia, Refusal } from './http/lane-port.ts';
import type { LaneView, RecentView } from './http/lane-shape.ts';
import type { LaneOpeningsView } from './http/openings-shape.ts';
import type { NoticeView, StaffAction } from './http/shapes.ts';
import type { LaneLamp } from './lane-lamp.ts';
import { type DeviceView, type LaneHub, laneView } from './lane-view.ts';
import type { StationOfficers } from './officers.ts';
import { openingsView } from './openings-view.ts';
import { type RunningDevice, runDevice } from './run-device.ts';
import type { Telemetry } from './telemetry.ts';
import type { TimeKeeper } from './time-keeper.ts';

export type LaneServiceDeps = {
  readonly config: LaneConfig;
  readonly runner: LaneRunner;
  readonly cards: CardDesk | null;
  readonly officers: StationOfficers;
  readonly devices: readonly Pick<DeviceView, 'id' | 'kind'>[];
  /** Those of its devices that run with it and tell by themselves whether they are there. */
  readonly running: readonly RunningDevice[];
  /** The first opens; all of them are heard. */
  readonly barriers: readonly Barrier[];
  readonly lamps: readonly LaneLamp[];
  readonly time: TimeKeeper;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  /** The line to the hub, for screens. */
  readonly hub: LaneHub;
  readonly healthPhone: string | null;
  readonly notice: NoticeView;
  readonly demo: boolean;
};

/** A page hears of what only runs down (rests, ages, waiting times) this often; of everything else at once. */
const REFRESH_MS = 1_000;

/** One lane as the station runs it: the runner, its devices' states, who is signed in, and who looks on. */
export class LaneService implements LanePort {
  readonly id: string;
  readonly notice: NoticeView;
  readonly #deps: LaneServiceDeps;
  readonly #devices: Map<string, DeviceView>;
  readonly #tap: FrameTap;
  readonly #listeners = new Set<(view: LaneView) => void>();
  #isTellingLater = false;

  constructor(deps: LaneServiceDeps) {
    const { config, runner, devices, time, notice } = deps;
    this.id = config.id;
    this.notice = notice;
    this.#deps = deps;
    this.#tap = new FrameTap(deps.clock);
    const sinceMs = time.nowMs();
    this.#devices = new Map(
      devices.map(({ id, kind }) => [
        id,
        // What has no stream of its own is there until an order to it fails.
        { id, kind, state: WITH_STREAM.has(kind) ? 'starting' : 'online', reason: null, sinceMs },
      ]),
    );
    runner.onChange(() => {
      deps.cards?.forgetPhoto();
      this.#announce();
    });
    runner.onTold((event) => this.#onTold(event));
    for (const device of deps.running) device.onEvent((event) => this.#told(event));
    for (const barrier of deps.barriers) barrier.onEvent((event) => runner.barrier(event));
  }

  /** Until `signal` aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { runner, cards, clock } = this.#deps;
    const reading = cards?.run(runner, (reader) => this.#told(reader), signal);
    const running = this.#deps.running.map((device) => runDevice(device, this.#deps, signal));
    await Promise.all([runner.run(signal), reading, ...running, this.#refresh(clock, signal)]);
  }

  /** Resolves once the lane's loop has come round again. */
  turned(): Promise<void> {
    return this.#deps.runner.turned();
  }

  has(deviceId: string): boolean {
    return this.#devices.has(deviceId);
  }

  /** A camera's newest frame, for who watches and for the lamp; it is not kept. */
  frame(deviceId: string, frame: GreyFrame): void {
    this.#tap.push(frame);
    for (const lamp of this.#deps.lamps) lamp.frame(deviceId, frame);
  }

  /** What a camera of this lane saw. */
  vision(event: VisionEvent): void {
    if (event.kind === 'online' || event.kind === 'offline') this.#told(event);
    this.#deps.runner.vision(event);
    for (const lamp of this.#deps.lamps) lamp.vision(event);
  }

  /** What is wrong with a device of this lane that works all the same; null when nothing is. */
  warn(deviceId: string, warning: string | null): void {
    const { telemetry, time } = this.#deps;
    const known = this.#devices.get(deviceId);
    const before = known?.warning ?? null;
    if (known === undefined || before === warning) return;
    this.#devices.set(deviceId, { ...known, warning, warningSinceMs: time.nowMs() });
    telemetry.deviceWarning(deviceId, warning, before);
    this.#announce();
  }

  /** What a scanner of this lane told. Its bytes go on as they came. */
  scanner(event: ScanEvent): void {
    const { runner, clock } = this.#deps;
    if (event.kind === 'scan') runner.present(event.bytes, 'scanner', clock.monoMs());
    else this.#told(event);
  }

  view(): LaneView {
    const { config, runner, time, healthPhone, demo } = this.#deps;
    const devices = [...this.#devices.values()];
    return laneView(runner.snapshot(), {
      ...{ lane: config, devices, time, healthPhone, demo },
      hub: this.#deps.hub,
    });
  }

  openings(): LaneOpeningsView {
    return openingsView(this.#deps.config, this.#deps.runner.openings());
  }

  /** Recorded passages that are held as stops, on the screen or set aside. */
  heldStops(): readonly number[] {
    const { current, parked } = this.#deps.runner.snapshot();
    return [...(current === null ? [] : [current]), ...parked]
      .filter(({ verdict, passage }) => verdict === 'stop' && passage > 0)
      .map(({ passage }) => passage);
  }

  present(text: string, via: PresentedVia): void {
    const { runner, clock } = this.#deps;
    if (via === 'typed') {
      runner.presentTyped(text, clock.monoMs());
      return;
    }
    const source = via === 'wedge' ? 'scanner' : 'api';
    runner.present(new TextEncoder().encode(text), source, clock.monoMs());
  }

  act(action: StaffAction): Refusal | null {
    const { runner } = this.#deps;
    return runner.staff(action, runner.snapshot().officer);
  }

  reconcile(slip: string, number: string | null): Refusal | null {
    return this.#deps.runner.reconcile(slip, number);
  }

  async signIn(officer: string | null, pin: string | null): Promise<Refusal | null> {
    const { officers, runner, time } = this.#deps;
    if (officer !== null) {
      const list = officers.current();
      const refusal =
        list === null ? NO_OFFICERS : await list.verify(officer, pin, time.interval());
      if (refusal !== null) return refusal;
    }
    runner.signIn(officer);
    return null;
  }

  photo(name: string): Uint8Array | null {
    return this.#deps.cards?.photo(name) ?? null;
  }

  frames(signal: AbortSignal): AsyncIterable<GreyFrame> {
    return this.#tap.frames(signal);
  }

  onView(listener: (view: LaneView) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  onTold(listener: (event: LaneEvent) => void): () => void {
    return this.#deps.runner.onTold(listener);
  }

  onOutcome(listener: (row: RecentView) => void): () => void {
    return this.#deps.runner.onOutcome((row) => listener({ ...row, reasons: [...row.reasons] }));
  }

  async #refresh(clock: Clock, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await clock.sleep(REFRESH_MS, signal);
      this.#announce();
    }
  }

  #told(event: DeviceOnline | DeviceOffline): void {
    if (event.kind === 'online') this.#device(event.deviceId, 'online', null);
    else this.#device(event.deviceId, 'offline', event.reason, event.detail);
  }

  #device(
    id: string,
    state: DeviceView['state'],
    reason: string | null,
    detail: readonly string[] = [],
  ): void {
    const { telemetry, time } = this.#deps;
    const known = this.#devices.get(id);
    if (known === undefined) return;
    if (known.state === state && known.reason === reason) return;
    this.#devices.set(id, { ...known, state, reason, sinceMs: time.nowMs() });
    if (state === 'online') telemetry.deviceOnline(id);
    else telemetry.deviceOffline(id, reason ?? '', detail);
    this.#announce();
  }

  #onTold(event: LaneEvent): void {
    const { telemetry } = this.#deps;
    switch (event.event) {
      case 'decided':
        telemetry.decided(this.id, event);
        break;
      case 'journal-lost':
        telemetry.journalLost(event.cause);
        break;
      case 'journal-back':
        telemetry.journalBack(event.decided, event.crossed);
        break;
      case 'card-ended':
        telemetry.cardEnded(this.id, event.outcome, event.tookMs);
        break;
      default:
        telemetry.lane(this.id, event.event);
        break;
    }
  }

  /** Several changes in one turn of the event loop are one event for the pages. */
  #announce(): void {
    if (this.#isTellingLater || this.#listeners.size === 0) return;
    this.#isTellingLater = true;
    queueMicrotask(() => {
      this.#isTellingLater = false;
      const view = this.view();
      for (const listener of this.#listeners) listener(view);
    });
  }
}

/** What tells by itself whether it is there. */
const WITH_STREAM: ReadonlySet<DeviceView['kind']> = new Set([
  'camera',
  'scanner',
  'reader',
  'barrier',
  'signal',
  'lamp',
]);

const NO_OFFICERS: Refusal = {
  code: 'officer.none-configured',
  message: 'no officers are configured: name a file in station.officersFile',
};
