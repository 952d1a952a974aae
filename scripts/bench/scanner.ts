import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PtyScanner } from '../../devices/scanner/sim/pty-scanner.ts';
import { generateRecipient } from '../../src/journal/recipient.ts';
import { parseConfig } from '../../src/station/config.ts';
import { openDataDirectory } from '../../src/station/data-directory.ts';
import type { LaneService } from '../../src/station/lane-service.ts';
import { startStation } from '../../src/station/station.ts';
import { systemClock } from '../../src/station/system-clock.ts';

/**
 * From a code's bytes into a scanner's pseudo-terminal to the lane's verdict, its record on disk in between. Not in it: the
 * scanner's own reading, and the wire of an RS-232 port (80 bytes at 9600 baud take 83 ms).
 */
const PEOPLE = 200;
const WARM_UP = 20;

const folder = mkdtempSync(join(tmpdir(), 'chot-bench-scanner-'));
const cable = new PtyScanner(join(folder, 'scanner'));
await cable.plug();
const stop = new AbortController();
const config = `
[station]
id = "gate-1"
name = "Chốt"
[journal]
sealTo = "${generateRecipient('bench-1').sealTo}"
[http]
port = 0
[[scanner]]
id = "scan-1"
driver = "serial"
path = "scanner"
[[lane]]
id = "lane-1"
name = "Làn 1"
operation = "monitor"
devices = ["scan-1"]
`;
const station = await startStation(
  {
    config: parseConfig(config, 'bench.toml'),
    folder,
    data: openDataDirectory(join(folder, 'data')),
    build: { software: '0.0.0', builtMs: 0 },
    clock: systemClock,
    random: Math.random,
    log: () => undefined,
    readers: { emulated: new Map(), pcscSocket: null },
    demo: false,
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
  cable.send(Buffer.from(codeOf(index)));
  await decided;
  if (index >= WARM_UP) tookMs.push(performance.now() - fromMs);
  sendAway(lane);
}
stop.abort();
await station.ended;
await cable.unplug();
rmSync(folder, { recursive: true });

tookMs.sort((one, other) => one - other);
console.table([
  {
    what: `scan to verdict over a pseudo-terminal, ${PEOPLE} people`,
    'median ms': quantile(0.5),
    'p95 ms': quantile(0.95),
    'worst ms': quantile(1),
  },
]);

function codeOf(index: number): string {
  const number = `001200${String(index).padStart(6, '0')}`;
  return `]Q1${number}||Nguyễn Văn Mẫu|01022000|Nam|Số 1, Ngõ Thử, Hà Nội|03042021\r\n`;
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

function quantile(share: number): string {
  const at = Math.min(tookMs.length - 1, Math.floor(tookMs.length * share));
  return (tookMs[at] ?? 0).toFixed(1);
}
