import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
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
    station = await startStation(
      {
        config: parseConfig(CONFIG, 'station.toml'),
        folder,
        data: openDataDirectory(join(folder, 'data')),
        build: { software: '0.1.0', builtMs: 0 },
        clock: systemClock,
        random: () => 0.5,
        log: () => undefined,
        readers: { emulated: new Map(), pcscSocket: null },
        demo: false,
      },
      stop.signal,
    );
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
    const decided = new Promise<LaneEvent>((resolve) => {
      lane.onTold((event) => {
        if (event.event === 'decided') resolve(event);
      });
    });
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
