import { randomBytes } from 'node:crypto';
import { join, resolve } from 'node:path';
import { encodePreview } from '../../devices/camera/encode-preview.ts';
import { type Journal, openJournal } from '../journal/journal.ts';
import { compiledEntry, packageRoot } from '../kernel/package-root.ts';
import type { Clock } from '../ports/clock.ts';
import { RegisterStore } from '../registers/register-store.ts';
import { type DecoderPool, openDecoderPool } from '../vision/decoder-pool.ts';
import { BoardStates } from './board-states.ts';
import { openBoards, runBoards } from './boards.ts';
import type { BuildInfo } from './build-info.ts';
import { cameraSettings, readSecretFile } from './camera-settings.ts';
import { CameraViews } from './camera-views.ts';
import type { ReaderConfig, StationConfig } from './config-schema.ts';
import type { DataDirectory } from './data-directory.ts';
import { lockDataDirectory } from './data-lock.ts';
import { hasBatteryClock, readDurableTime } from './durable-time.ts';
import { openKept } from './enrolled.ts';
import type { Credentials } from './http/credentials.ts';
import { listen } from './http/server.ts';
import { keepHouse } from './keep-house.ts';
import type { LaneService } from './lane-service.ts';
import { type Officers, parseOfficers, StationOfficers } from './officers.ts';
import { type LaneParts, openLane } from './open-lane.ts';
import { Opened } from './opened.ts';
import { PhotoDecoder } from './photo/photo-decoder.ts';
import { type ReaderSources, Readers } from './readers.ts';
import { runDevices } from './run-devices.ts';
import { KeptTest } from './self-test/keep-tested.ts';
import { mandated } from './signed-mandate.ts';
import { LivePolicy } from './signed-policy.ts';
import { StationHub } from './station-hub.ts';
import { stationPort } from './station-port.ts';
import { StationTrust } from './station-trust.ts';
import { Supervisors } from './supervision/supervisors.ts';
import { watchStation } from './supervision/watch-station.ts';
import type { ServiceManager } from './supervision/watchdog.ts';
import { Telemetry, type WriteLog } from './telemetry.ts';
import { TimeKeeper } from './time-keeper.ts';
import { noteOrigin, openCredentials } from './tokens.ts';

const DECODE_WORKERS = 2;
const DECODE_DEADLINE_MS = 2_000;
const OFFICERS_BYTES_MAX = 512 * 1024;

export type StationOptions = {
  readonly config: StationConfig;
  /** Folder of the configuration file; paths in it are relative to this. */
  readonly folder: string;
  readonly data: DataDirectory;
  readonly build: BuildInfo;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: WriteLog;
  readonly readers: ReaderSources;
  readonly demo: boolean;
  /** Another decoding worker than the one of this build: tests break it. */
  readonly decoder?: URL;
  /** Who started this process and restarts it when it hangs; null: nobody does. */
  readonly manager: ServiceManager | null;
};

export type RunningStation = {
  readonly origin: string;
  readonly credentials: Credentials;
  readonly lanes: readonly LaneService[];
  /** Ends when everything has stopped, after `signal` aborted. */
  readonly ended: Promise<void>;
};

type Served = {
  readonly lanes: readonly LaneService[];
  readonly credentials: Credentials;
  readonly opened: Opened;
  readonly tested: KeptTest;
};

type StationParts = Omit<LaneParts, 'registers' | 'laneHub' | 'selfTested'> & {
  readonly registers: RegisterStore;
  readonly hub: StationHub;
  readonly boardStates: BoardStates;
};

/**
 * Puts a station together and starts it. Throws ConfigError when it cannot start, and then nothing of it is left open or
 * running; afterwards faults are states.
 */
export async function startStation(
  options: StationOptions,
  signal: AbortSignal,
): Promise<RunningStation> {
  const opened = new Opened();
  const fault = new AbortController();
  const stop = () => fault.abort();
  try {
    return await start(options, opened, AbortSignal.any([signal, fault.signal]), stop);
  } catch (error) {
    stop();
    await opened.close();
    throw error;
  }
}

async function start(
  options: StationOptions,
  opened: Opened,
  signal: AbortSignal,
  stop: () => void,
): Promise<RunningStation> {
  const { config, folder, data, build, clock, random } = options;
  const lock = lockDataDirectory(data.path);
  opened.add(() => lock.release());
  const telemetry = new Telemetry(options.log);
  const { software } = build;
  const parts = openParts(options, telemetry, opened);
  const { journal, registers, time, boards, supervisors } = parts;
  const cameras = config.camera.map((camera) => cameraSettings(camera, folder));
  const { hub } = parts;
  const asked = mandated(registers, () => hub.mayAsk());
  const laneHub = {
    line: () => hub.line(),
    caseCode: (passage: number) => hub.caseCode(passage),
  };
  const pool = openPool(options, opened);
  const tested = new KeptTest({ pool, clock, telemetry });
  const laneParts = { ...parts, registers: asked, laneHub, selfTested: () => tested.hasPassed };
  const lanes = config.lane.map((lane) => openLane(lane, laneParts));
  hub.begin({ ...parts, lanes, registers, selfTest: () => tested.view() });
  const credentials = openCredentials(data);
  const origin = await serve(options, parts, { lanes, credentials, opened, tested });
  noteOrigin(data, origin);
  telemetry.started(config.station.id, software, origin);
  const toRun = {
    cameras,
    scanners: config.scanner,
    lanes,
    pool,
    supervisors,
    random,
    telemetry,
    folder,
    views: new CameraViews(data.path),
  };
  const devices = runDevices(toRun, signal);
  const { trust } = parts;
  const house = {
    clock,
    journal,
    registers,
    trust,
    time,
    software,
    dataDir: data.path,
    telemetry,
    hub,
  };
  // Longer than the lanes, whose devices have a last word to say.
  opened.add(runBoards(boards, { clock, telemetry }));
  const watched = { name: config.station.name, runFolder: data.runFolder, lanes };
  const running = [
    ...[...devices, ...lanes.map((lane) => lane.run(signal))],
    ...[keepHouse(house, signal), hub.run(signal), tested.run(signal)],
    watchStation(options.manager, { ...watched, supervisors, telemetry, clock }, signal),
  ];
  const ended = endOf(running, stop, opened).finally(() => telemetry.stopped());
  return { origin, credentials, lanes, ended };
}

function openPool({ clock, random, decoder }: StationOptions, opened: Opened): DecoderPool {
  const pool = openDecoderPool({
    workers: DECODE_WORKERS,
    clock,
    random,
    entry: decoder ?? compiledEntry('src/vision/decode-worker.ts'),
    deadlineMs: DECODE_DEADLINE_MS,
  });
  opened.add(() => pool.close());
  return pool;
}

/** One part that fails ends them all: the whole starts again (systemd) rather than going on without it. */
async function endOf(
  running: readonly Promise<void>[],
  stop: () => void,
  opened: Opened,
): Promise<void> {
  try {
    await Promise.all(running);
  } finally {
    stop();
    await Promise.allSettled(running);
    await opened.close();
  }
}

function openParts(options: StationOptions, telemetry: Telemetry, opened: Opened): StationParts {
  const { config, folder, data, build, clock, demo } = options;
  const local = openOfficers(config, folder);
  const time = openTime(options);
  const kept = openKept(data);
  opened.add(() => kept.close());
  const policy = new LivePolicy(config);
  const hub = new StationHub({ ...options, kept, policy, time, telemetry });
  const journal = openStationJournal(options, { telemetry, hub, time });
  opened.add(() => journal.close());
  const registers = new RegisterStore(data.registersFolder, {
    databaseKey: data.keys.database,
    region: data.keys.region,
  });
  opened.add(() => registers.close());
  const officers = new StationOfficers(local, () => registers.officers());
  const { software } = build;
  const supervisors = new Supervisors(clock);
  const boards = openBoards(config, { ...options, supervisors });
  const boardStates = new BoardStates(boards, { nowMs: () => time.nowMs(), telemetry });
  return {
    ...{ config, folder, policy, hub, boards, supervisors, boardStates },
    regionKey: () => hub.regionKey(),
    software,
    clock,
    time,
    journal,
    registers,
    officers,
    telemetry,
    ...openCardParts(options, supervisors, telemetry, opened),
    demo,
  };
}

/** What reading chip cards takes, besides a lane. */
function openCardParts(
  { data, clock, random, readers: sources }: StationOptions,
  supervisors: Supervisors,
  telemetry: Telemetry,
  opened: Opened,
) {
  const trust = new StationTrust(data.path, (error) => telemetry.bug('trust', error));
  trust.refresh();
  const readers = new Readers({ ...sources, clock, random, supervisors });
  opened.add(() => readers.close());
  const photos = new PhotoDecoder(clock);
  opened.add(() => photos.close());
  return { trust, photos, readers: (reader: ReaderConfig) => readers.open(reader) };
}

/** Where it listens. */
async function serve(
  { config, clock, build, demo }: StationOptions,
  { officers, journal, registers, telemetry, policy, hub, boardStates }: StationParts,
  { lanes, credentials, opened, tested }: Served,
): Promise<string> {
  const station = stationPort({
    id: config.station.id,
    software: build.software,
    demo,
    boot: randomBytes(6).toString('hex'),
    lanes,
    officers,
    journal,
    registers,
    policyRegisters: () => policy.registers,
    hub: () => hub.readiness(),
    selfTest: () => tested.view(),
    boards: () => boardStates.view(),
  });
  const pages = join(packageRoot(), 'web', 'dist', 'station');
  const server = await listen(
    { station, credentials, clock, telemetry, encodePreview, pages },
    config.http,
  );
  opened.add(() => server.close());
  return server.origin;
}

function openStationJournal(
  { config, data, clock }: StationOptions,
  { telemetry, hub, time }: Pick<StationParts, 'telemetry' | 'hub' | 'time'>,
): Journal {
  return openJournal({
    path: data.journalFile,
    key: data.keys.database,
    station: config.station.id,
    recipient: hub.recipient(config.journal.sealTo, time.interval()),
    signingKey: data.keys.stationSigning,
    clock,
    onEvent: (event) => telemetry.journal(event),
    onClosed: () => hub.wake(),
  });
}

function openTime({ clock, build, data }: StationOptions): TimeKeeper {
  return new TimeKeeper({
    clock,
    buildMs: build.builtMs,
    batteryClock: hasBatteryClock(),
    durable: readDurableTime(data.path),
  });
}

function openOfficers({ station }: StationConfig, folder: string): Officers | null {
  if (station.officersFile === undefined) return null;
  const file = resolve(folder, station.officersFile);
  return parseOfficers(readSecretFile(file, 'station.officersFile', OFFICERS_BYTES_MAX), file);
}
