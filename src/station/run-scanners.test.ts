import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { PipeWedge } from '../../devices/scanner/sim/pipe-wedge.ts';
import { PtyScanner, ptyObstacle } from '../../devices/scanner/sim/pty-scanner.ts';
import { generateRecipient } from '../journal/recipient.ts';
import type { LaneEvent } from '../lane/run-lane.ts';
import { parseConfig } from './config.ts';
import { openDataDirectory } from './data-directory.ts';
import type { LaneService } from './lane-service.ts';
import { type RunningStation, startStation } from './station.ts';
import { systemClock } from './system-clock.ts';

const { sealTo } = generateRecipient('test-1');
const CONFIG = `
[station]
id = "gate-1"
name = "Chốt"
[journal]
sealTo = "${sealTo}"
[http]
port = 0
[[scanner]]
id = "scan-1"
driver = "serial"
path = "scanner"
[[lane]]
id = "lane-1"
name = "Làn 1"
devices = ["scan-1"]
`;
const WEDGE = CONFIG.replace('"serial"', '"evdev"');
const CODE = '001200000017||Nguyễn Văn Mẫu|01022000|Nam|Số 1, Ngõ Thử, Hà Nội|03042021';

const obstacle = ptyObstacle();
let folder: string;
let cable: PtyScanner;
let stop: AbortController;
let station: RunningStation;

describe.skipIf(obstacle !== null)(`a scanner of a lane (${obstacle ?? 'socat'})`, () => {
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'chot-scan-'));
    cable = new PtyScanner(join(folder, 'scanner'));
    await cable.plug();
    stop = new AbortController();
    station = await start(CONFIG);
  });
  afterEach(async () => {
    stop.abort();
    await station.ended;
    await cable.unplug();
    rmSync(folder, { recursive: true });
  });

  test('what it reads becomes a verdict on its lane', async () => {
    const lane = laneOf(station);
    await shown(lane, 'online', null);
    const decided = decision(lane);
    cable.send(Buffer.from(`]Q1${CODE}\r\n`));
    expect(await decided).toMatchObject({ source: 'scanner', verdict: 'check', test: false });
    expect(lane.view().current?.subject?.number).toBe('001200000017');
  });

  test('its cable pulled and put back are shown to staff', async () => {
    const lane = laneOf(station);
    await shown(lane, 'online', null);
    await cable.unplug();
    await shown(lane, 'offline', 'scanner.unplugged');
    await cable.plug();
    await shown(lane, 'online', null);
  });
});

describe('a keyboard wedge of a lane', () => {
  let wedge: PipeWedge;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'chot-scan-'));
    wedge = new PipeWedge(join(folder, 'scanner'), systemClock);
    await wedge.plug();
    stop = new AbortController();
    station = await start(WEDGE);
  });
  afterEach(async () => {
    stop.abort();
    await station.ended;
    await wedge.unplug();
    rmSync(folder, { recursive: true });
  });

  test('what it types becomes a verdict, by the number alone where it lost the name', async () => {
    const lane = laneOf(station);
    await shown(lane, 'online', null);
    const decided = decision(lane);
    wedge.type(`${CODE}\r`, 'drop');
    expect(await decided).toMatchObject({ source: 'scanner', verdict: 'check', test: false });
    const subject = lane.view().current?.subject;
    expect(subject).toMatchObject({ number: '001200000017', name: null });
  });

  test('another keyboard layout is shown to staff as such', async () => {
    const lane = laneOf(station);
    await shown(lane, 'online', null);
    wedge.type(')!@)!@)!@)!@\r', 'drop');
    await shown(lane, 'offline', 'scanner.layout');
  });
});

function start(config: string): Promise<RunningStation> {
  return startStation(
    {
      config: parseConfig(config, 'station.toml'),
      folder,
      data: openDataDirectory(join(folder, 'data')),
      build: { software: '0.1.0', builtMs: 0 },
      clock: systemClock,
      random: () => 0.5,
      log: () => undefined,
      readers: { emulated: new Map(), pcscSocket: null },
      demo: false,
      manager: null,
    },
    stop.signal,
  );
}

function decision(lane: LaneService): Promise<LaneEvent> {
  return new Promise((resolve) => {
    lane.onTold((event) => {
      if (event.event === 'decided') resolve(event);
    });
  });
}

function laneOf({ lanes: [lane] }: RunningStation): LaneService {
  if (lane === undefined) throw new Error('no lane');
  return lane;
}

/** Resolves once the lane's view has the scanner so. */
function shown(lane: LaneService, state: string, reason: string | null): Promise<void> {
  return new Promise((resolve) => {
    const look = () => {
      const device = lane.view().devices.find(({ kind }) => kind === 'scanner');
      if (device?.state !== state || device.reason !== reason) return;
      leave();
      resolve();
    };
    const leave = lane.onView(look);
    look();
  });
}
