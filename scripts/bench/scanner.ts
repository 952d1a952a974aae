import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PipeWedge } from '../../devices/scanner/sim/pipe-wedge.ts';
import { PtyScanner } from '../../devices/scanner/sim/pty-scanner.ts';
import { generateRecipient } from '../../src/journal/recipient.ts';
import { parseConfig } from '../../src/station/config.ts';
import { openDataDirectory } from '../../src/station/data-directory.ts';
import type { LaneService } from '../../src/station/lane-service.ts';
import { startStation } from '../../src/station/station.ts';
import { systemClock } from '../../src/station/system-clock.ts';

/**
 * From a code's bytes in a scanner's pseudo-terminal, or its key codes in an input device, to the lane's verdict, the record on
 * disk in between. Not in it: the scanner's own reading, the wire of an RS-232 port (80 bytes at 9600 baud take 83 ms), and the
 * typing of a wedge (two to four reports of 1 ms a character).
 */
const PEOPLE = 200;
const WARM_UP = 20;

type Cable = {
  readonly plug: () => Promise<void>;
  readonly unplug: () => Promise<void>;
  readonly scan: (text: string) => void;
};

const CABLES: Readonly<Record<'serial' | 'evdev', (path: string) => Cable>> = {
  serial: (path) => {
    const pty = new PtyScanner(path);
    return {
      plug: () => pty.plug(),
      unplug: () => pty.unplug(),
      scan: (text) => pty.send(Buffer.from(`]Q1${text}\r\n`)),
    };
  },
  evdev: (path) => {
    const wedge = new PipeWedge(path, systemClock);
    return {
      plug: () => wedge.plug(),
      unplug: () => wedge.unplug(),
      scan: (text) => wedge.type(`${text}\r`, 'alt-points'),
    };
  },
};

for (const driver of ['serial', 'evdev'] as const) console.table([await measure(driver)]);

async function measure(driver: 'serial' | 'evdev') {
  const folder = mkdtempSync(join(tmpdir(), 'chot-bench-scanner-'));
  const cable = CABLES[driver](join(folder, 'scanner'));
  await cable.plug();
  const stop = new AbortController();
  const station = await startStation(
    {
      config: parseConfig(configOf(driver), 'bench.toml'),
      folder,
      data: openDataDirectory(join(folder, 'data')),
      build: { software: '0.0.0', builtMs: 0 },
      clock: systemClock,
      random: Math.random,
      log: () => undefined,
      readers: { emulated: new Map(), pcscSocket: null },
      demo: false,
      manager: null,
    },
    stop.signal,
  );
  const [lane] = station.lanes;
  if (lane === undefined) throw new Error('no lane');
  await online(lane);
  const tookMs: number[] = [];
  for (let index = 0; index < PEOPLE + WARM_UP; index += 1) {
    const decided = verdictOf(lane);
    const fromMs = performance.now();
    cable.scan(codeOf(index));
    await decided;
    if (index >= WARM_UP) tookMs.push(performance.now() - fromMs);
    sendAway(lane);
  }
  stop.abort();
  await station.ended;
  await cable.unplug();
  rmSync(folder, { recursive: true });
  tookMs.sort((one, other) => one - other);
  return {
    what: `scan to verdict, ${driver}, ${PEOPLE} people`,
    'median ms': quantile(tookMs, 0.5),
    'p95 ms': quantile(tookMs, 0.95),
    'worst ms': quantile(tookMs, 1),
  };
}

function configOf(driver: 'serial' | 'evdev'): string {
  return `
[station]
id = "gate-1"
name = "Chốt"
[journal]
sealTo = "${generateRecipient('bench-1').sealTo}"
[http]
port = 0
[[scanner]]
id = "scan-1"
driver = "${driver}"
path = "scanner"
[[lane]]
id = "lane-1"
name = "Làn 1"
operation = "monitor"
devices = ["scan-1"]
`;
}

function codeOf(index: number): string {
  const number = `001200${String(index).padStart(6, '0')}`;
  return `${number}||Nguyễn Văn Mẫu|01022000|Nam|Số 1, Ngõ Thử, Hà Nội|03042021`;
}

function verdictOf(of: LaneService): Promise<void> {
  return new Promise((resolve) => {
    const leave = of.onTold((event) => {
      if (event.event !== 'decided') return;
      leave();
      resolve();
    });
  });
}

/** The lane is empty for the next. */
function sendAway(of: LaneService): void {
  const ordinal = of.view().current?.ordinal ?? null;
  const refusal = of.act({ action: 'turn-back', ordinal, reason: 'document.missing' });
  if (refusal !== null) throw new Error(refusal.message);
}

function online(of: LaneService): Promise<void> {
  return new Promise((resolve) => {
    const leave = of.onView((view) => {
      if (view.devices.every(({ state }) => state !== 'online')) return;
      leave();
      resolve();
    });
  });
}

function quantile(sorted: readonly number[], share: number): string {
  const at = Math.min(sorted.length - 1, Math.floor(sorted.length * share));
  return (sorted[at] ?? 0).toFixed(1);
}
