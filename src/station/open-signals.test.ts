import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { LcusSim } from '../../devices/relay/sim/lcus-sim.ts';
import { SimFaults } from '../../devices/relay/sim/sim-faults.ts';
import { SimRelays } from '../../devices/relay/sim/sim-relays.ts';
import { ptyObstacle } from '../../devices/serial/sim/pty-cable.ts';
import { generateRecipient } from '../journal/recipient.ts';
import { parseConfig } from './config.ts';
import { openDataDirectory } from './data-directory.ts';
import type { LaneService } from './lane-service.ts';
import { type RunningStation, startStation } from './station.ts';
import { systemClock } from './system-clock.ts';

const { sealTo } = generateRecipient('test-1');
const BASE = `
[station]
id = "gate-1"
name = "Chốt"
[journal]
sealTo = "${sealTo}"
[http]
port = 0
`;
const SPEAKING = `${BASE}
[[signal]]
id = "light-1"
driver = "sim"
[[signal]]
id = "voice-1"
driver = "sound"
device = "null"
[[signal]]
id = "voice-2"
driver = "sound"
device = "plughw:CARD=Nowhere,DEV=0"
[[lamp]]
id = "lamp-1"
driver = "sim"
dimmer = 1
[[lane]]
id = "lane-1"
name = "Làn 1"
devices = ["light-1", "voice-1", "voice-2", "lamp-1"]
`;
const WIRED = `${BASE}
[[board]]
id = "board-1"
driver = "lcus"
path = "board"
profile = "lcus-4"
[[signal]]
id = "light-1"
driver = "relay"
board = "board-1"
green = 2
red = 3
buzzer = 4
[[lane]]
id = "lane-1"
name = "Làn 1"
devices = ["light-1"]
`;
const GREEN = 2;
const RED = 3;
const CODE = '001200000017||Nguyễn Văn Mẫu|01022000|Nam|Số 1, Ngõ Thử, Hà Nội|03042021';
const obstacle =
  spawnSync('aplay', ['--version']).status === 0 ? null : 'no aplay: apt install alsa-utils';

test.skipIf(obstacle !== null)(
  `a lane's signals and lamp run with it, and each tells whether it is there (${obstacle ?? 'aplay'})`,
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'chot-signals-'));
    const stop = new AbortController();
    const station = await begin(SPEAKING, folder, stop.signal);
    const lane = laneOf(station);
    await shown(lane, {
      'light-1': 'online',
      'voice-1': 'online',
      'voice-2': 'offline signal.no-sound-device',
      'lamp-1': 'online',
    });
    stop.abort();
    await station.ended;
    rmSync(folder, { recursive: true });
  },
);

const line = ptyObstacle();

describe.skipIf(line !== null)(`lights on a board of the station (${line ?? 'socat'})`, () => {
  let folder: string;
  let relays: SimRelays;
  let board: LcusSim;
  let stop: AbortController;
  let station: RunningStation;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'chot-lights-'));
    relays = new SimRelays(4, 0, systemClock);
    board = new LcusSim(join(folder, 'board'), relays, new SimFaults(), true);
    await board.plug();
    stop = new AbortController();
    station = await begin(WIRED, folder, stop.signal);
    await shown(laneOf(station), { 'light-1': 'online' });
  });
  afterEach(async () => {
    stop.abort();
    await station.ended;
    await board.unplug();
    rmSync(folder, { recursive: true });
  });

  test('are red for who must wait, and red when the station has ended', async () => {
    const lane = laneOf(station);
    lane.present(CODE, 'api');
    await relays.until(RED, true);
    lane.act({ action: 'let-pass', ordinal: null, reason: 'papers-match' });
    await relays.until(GREEN, true);
    expect(relays.isClosed(RED)).toBe(false);
    stop.abort();
    await station.ended;
    expect([relays.isClosed(GREEN), relays.isClosed(RED)]).toEqual([false, true]);
  });

  test('are told out with their board, and show what holds when it is back', async () => {
    const lane = laneOf(station);
    await board.unplug();
    await shown(lane, { 'light-1': 'offline board.unplugged' });
    lane.present(CODE, 'api');
    await board.plug();
    await relays.until(RED, true);
    await shown(lane, { 'light-1': 'online' });
  });
});

function begin(config: string, folder: string, signal: AbortSignal): Promise<RunningStation> {
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
    signal,
  );
}

function laneOf({ lanes: [lane] }: RunningStation): LaneService {
  if (lane === undefined) throw new Error('no lane');
  return lane;
}

/** Resolves once the lane's view has its devices so. */
function shown(lane: LaneService, wanted: Readonly<Record<string, string>>): Promise<void> {
  return new Promise((resolve) => {
    const look = () => {
      const devices = lane
        .view()
        .devices.map(({ id, state, reason }) => [
          id,
          reason === null ? state : `${state} ${reason}`,
        ]);
      if (JSON.stringify(Object.fromEntries(devices)) !== JSON.stringify(wanted)) return;
      leave();
      resolve();
    };
    const leave = lane.onView(look);
    look();
  });
}
