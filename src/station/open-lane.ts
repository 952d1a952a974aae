import { randomBytes } from 'node:crypto';
import type { RelayBoard } from '../../devices/relay/relay-board.ts';
import type { Journal } from '../journal/journal.ts';
import { CardDesk } from '../lane/card-desk.ts';
import type { PhotoDecoder } from '../lane/card-photo.ts';
import type { OutwardDevice } from '../lane/outward-signals.ts';
import { LaneRunner } from '../lane/run-lane.ts';
import type { Barrier } from '../ports/barrier.ts';
import type { CardReader } from '../ports/card-reader.ts';
import type { Clock } from '../ports/clock.ts';
import type { Lamp } from '../ports/lamp.ts';
import type { Registers } from '../registers/lookup.ts';
import { openBarrier } from './boards.ts';
import type { LaneConfig, ReaderConfig, StationConfig } from './config-schema.ts';
import { journalSubjects } from './journal-subjects.ts';
import { runningBarrier } from './lane-barrier.ts';
import { LaneLamp } from './lane-lamp.ts';
import { LaneService } from './lane-service.ts';
import type { DeviceView, LaneHub } from './lane-view.ts';
import type { StationOfficers } from './officers.ts';
import { openLamp, openSignal } from './open-signals.ts';
import type { RunningDevice } from './run-device.ts';
import type { LivePolicy } from './signed-policy.ts';
import type { StationTrust } from './station-trust.ts';
import type { Supervisors } from './supervision/supervisors.ts';
import type { Telemetry } from './telemetry.ts';
import type { TimeKeeper } from './time-keeper.ts';

export type LaneParts = {
  readonly config: StationConfig;
  /** That of the configuration: paths are relative to it. */
  readonly folder: string;
  readonly boards: ReadonlyMap<string, RelayBoard>;
  readonly supervisors: Supervisors;
  readonly policy: LivePolicy;
  /** The region's key of the newest generation, which may change. */
  readonly regionKey: () => Uint8Array;
  readonly software: string;
  readonly clock: Clock;
  readonly time: TimeKeeper;
  readonly journal: Journal;
  readonly registers: Registers;
  readonly officers: StationOfficers;
  readonly telemetry: Telemetry;
  readonly readers: (reader: ReaderConfig) => CardReader;
  readonly trust: StationTrust;
  readonly photos: PhotoDecoder;
  /** The line to the hub, for screens. */
  readonly laneHub: LaneHub;
  /** A known code was understood since the start. */
  readonly selfTested: () => boolean;
  readonly demo: boolean;
};

/** One lane with its devices, put together from the configuration. */
export function openLane(lane: LaneConfig, parts: LaneParts): LaneService {
  const { config, clock, time, officers, telemetry, demo } = parts;
  const has = ({ id }: { readonly id: string }) => lane.devices.includes(id);
  const { barriers, signals, lamps, running } = openOutputs(has, parts);
  const readers = config.reader.filter(has).map(parts.readers);
  const cards = readers.length === 0 ? null : openDesk(readers, parts);
  const runner = openRunner(lane, { barrier: barriers[0] ?? null, signals, cards }, parts);
  const devices: Pick<DeviceView, 'id' | 'kind'>[] = [
    ...config.camera.filter(has).map(({ id }) => ({ id, kind: 'camera' as const })),
    ...config.scanner.filter(has).map(({ id }) => ({ id, kind: 'scanner' as const })),
    ...readers.map(({ deviceId }) => ({ id: deviceId, kind: 'reader' as const })),
    ...barriers.map(({ deviceId }) => ({ id: deviceId, kind: 'barrier' as const })),
    ...signals.map(({ deviceId }) => ({ id: deviceId, kind: 'signal' as const })),
    ...lamps.map(({ deviceId }) => ({ id: deviceId, kind: 'lamp' as const })),
  ];
  return new LaneService({
    config: lane,
    runner,
    cards,
    officers,
    devices,
    running,
    barriers,
    lamps: lamps.map((lamp) => laneLamp(lamp, runner, parts)),
    time,
    clock,
    telemetry,
    hub: parts.laneHub,
    healthPhone: config.station.healthPhone ?? null,
    notice: {
      demo,
      legalBasis: config.notice.legalBasis ?? null,
      retentionDays: config.journal.retentionDays ?? null,
      phone: config.notice.phone ?? null,
    },
    demo,
  });
}

type Has = (device: { readonly id: string }) => boolean;

/** What a lane gives orders to, each kept going under a supervisor of its own. */
export function openOutputs(
  has: Has,
  parts: Pick<LaneParts, 'config' | 'folder' | 'boards' | 'supervisors' | 'time'>,
) {
  const { config, folder, boards, supervisors, time } = parts;
  const nowMs = () => time.nowMs();
  const running: RunningDevice[] = [];
  const barriers = config.barrier.filter(has).map((each) => {
    const clock = supervisors.clockOfDevice('barrier', each);
    const barrier = openBarrier(each, { boards, clock });
    running.push(runningBarrier(barrier, clock));
    return barrier;
  });
  const supervised = <Device extends RunningDevice>(device: Device, clock: Clock): Device => {
    const { deviceId } = device;
    running.push({
      ...{ deviceId, clock },
      run: (signal) => device.run(signal),
      onEvent: (listener) => device.onEvent(listener),
    });
    return device;
  };
  const signals = config.signal.filter(has).map((each) => {
    const clock = supervisors.clockOfDevice('signal', each);
    return supervised(openSignal(each, { clock, nowMs, folder, boards }), clock);
  });
  const lamps = config.lamp.filter(has).map((each) => {
    const clock = supervisors.clockOfDevice('lamp', each);
    return supervised(openLamp(each, { clock, nowMs, folder, boards }), clock);
  });
  return { barriers, signals, lamps, running };
}

function laneLamp(lamp: Lamp, runner: LaneRunner, { clock, telemetry }: LaneParts): LaneLamp {
  return new LaneLamp({
    ...{ lamp, clock },
    isClosed: () => runner.snapshot().mode === 'closed',
    onBug: (error) => telemetry.bug('lamp', error),
  });
}

function openDesk(
  readers: readonly CardReader[],
  { clock, time, trust, photos, telemetry }: LaneParts,
): CardDesk {
  return new CardDesk({
    ...{ readers, clock, photos },
    random: (bytes) => randomBytes(bytes),
    trust: () => trust.current(),
    latestMs: () => time.interval().latestMs,
    onBug: (error) => telemetry.bug('card', error),
  });
}

type LaneDevices = {
  readonly barrier: Barrier | null;
  readonly signals: readonly OutwardDevice[];
  readonly cards: CardDesk | null;
};

function openRunner(
  lane: LaneConfig,
  { barrier, signals, cards }: LaneDevices,
  parts: LaneParts,
): LaneRunner {
  const { policy, regionKey, software, clock, time, journal, registers, officers } = parts;
  return new LaneRunner({
    settings: {
      lane: lane.id,
      direction: lane.direction,
      operation: lane.operation,
      hasBarrier: barrier !== null,
      clear: lane.clear,
      // Only a policy signed by the hub may let a lane open by itself on a claim (security A2).
      openOnClaim: false,
      get selfTested() {
        return parts.selfTested();
      },
      get officerRequired() {
        return officers.current() !== null;
      },
      get joinMs() {
        return policy.joinMs;
      },
      get repeatMs() {
        return policy.repeatMs;
      },
    },
    policy,
    limits: () => policy.limits(),
    registers,
    journal: {
      append: (build) => journal.append(build).sequence,
      unfinished: () => unfinishedOf(lane.id, journal),
      openings: () => journal.openings(lane.id),
    },
    barrier,
    signals,
    cards,
    clock,
    time,
    subjectKey: (kind, value) => journalSubjects(regionKey())(kind, value),
    software,
  });
}

function unfinishedOf(lane: string, journal: Journal): readonly number[] | null {
  if (journal.state().kind !== 'writing') return null;
  return journal
    .unfinished()
    .filter((passage) => passage.lane === lane)
    .map(({ sequence }) => sequence);
}
