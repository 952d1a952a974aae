import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { generateRecipient } from '../journal/recipient.ts';
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
const obstacle =
  spawnSync('aplay', ['--version']).status === 0 ? null : 'no aplay: apt install alsa-utils';

test.skipIf(obstacle !== null)(
  `a lane's signals and lamp run with it, and each tells whether it is there (${obstacle ?? 'aplay'})`,
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'chot-signals-'));
    const stop = new AbortController();
    const station = await startStation(
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
