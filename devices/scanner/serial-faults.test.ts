import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readdirSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ScanEvent } from '../../src/ports/text-scanner.ts';
import { systemClock } from '../../src/station/system-clock.ts';
import { asNobody } from '../../test/support/as-nobody.ts';
import { DeviceWatch } from '../contract/device-watch.ts';
import { loadScannerProfile } from './scanner-profile.ts';
import { SerialScanner } from './serial-scanner.ts';
import { PtyScanner, ptyObstacle } from './sim/pty-scanner.ts';

const UNPLUGS = process.env['CHOT_SOAK'] === '1' ? 1_000 : 20;
/** The event loop's own wake-ups come and go. */
const HANDLES_SPARE = 2;

const obstacle = ptyObstacle();
/** Read by who runs the tests: the project may lie where nobody else can read. */
const GENERIC = loadScannerProfile('generic');

let folder: string;
let cable: PtyScanner;
let watches: DeviceWatch<ScanEvent>[];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'chot-scanner-'));
  chmodSync(folder, 0o755);
  cable = new PtyScanner(join(folder, 'scanner'));
  watches = [];
});
afterEach(async () => {
  for (const watch of watches) await watch.stop();
  await cable.unplug();
  rmSync(folder, { recursive: true });
});

describe.skipIf(obstacle !== null)(`a port's faults (${obstacle ?? 'socat'})`, () => {
  test('a port that is not there is named, and found once it comes', async () => {
    const watch = watched();
    expect((await watch.next('offline')).reason).toBe('scanner.not-found');
    await cable.plug();
    await watch.next('online');
    expect(await scanned(watch, 'one\r')).toBe('one');
  });

  test('what is no serial port is a fault, and nothing crashes', async () => {
    symlinkSync('/dev/null', cable.path);
    expect((await watched().next('offline')).reason).toBe('scanner.fault');
  });

  test('a port that another program has is named, and taken when it is free', async () => {
    await cable.plug();
    const first = watched();
    await first.next('online');
    const second = watched();
    expect((await second.next('offline')).reason).toBe('scanner.busy');
    expect(await scanned(first, 'mine\r')).toBe('mine');
    await first.stop();
    await second.next('online');
    expect(await scanned(second, 'now\r')).toBe('now');
  });

  test('glued and cut frames are read', async () => {
    await cable.plug();
    const watch = watched();
    await watch.next('online');
    expect(await scanned(watch, 'one\rtwo\r\nthr')).toBe('one');
    expect(text(await watch.next('scan'))).toBe('two');
    expect(await scanned(watch, 'ee\r')).toBe('three');
  });

  test('20 kB without an end are named and dropped, and the next code is read', async () => {
    await cable.plug();
    const watch = watched();
    await watch.next('online');
    cable.send(Buffer.from(`${'x'.repeat(30_000)}\r`));
    expect((await watch.next('offline')).reason).toBe('scanner.overlong');
    expect(await scanned(watch, 'next\r')).toBe('next');
    expect(watch.words).toEqual(['online', 'offline scanner.overlong', 'online', 'scan']);
  });

  test('noise, as a wrong baud or parity gives, is named until something readable comes', async () => {
    await cable.plug();
    const watch = watched();
    await watch.next('online');
    cable.send(Buffer.from('\x00\xf8\r\x01\x80\r\x00\x00\r', 'latin1'));
    const { reason, detail } = await watch.next('offline');
    expect(reason).toBe('scanner.noise');
    expect(detail.join()).toContain('9600, 115200');
    expect(await scanned(watch, 'text\r')).toBe('text');
  });

  test.each(['even', 'odd'] as const)(
    '%s parity and 7 data bits are told from a wrong baud',
    async (parity) => {
      await cable.plug();
      const watch = watched();
      await watch.next('online');
      const text = Buffer.from('001200000017|plain text').map((byte) => withParity(byte, parity));
      for (let round = 0; round < 3; round++) cable.send(Buffer.concat([text, Buffer.from('\n')]));
      const { reason, detail } = await watch.next('offline');
      expect(reason).toBe('scanner.noise');
      expect(detail.join()).toContain(`7 data bits and ${parity} parity`);
    },
  );

  test('an unreadable code moves the port on to the next rate, and a readable one keeps it there', async () => {
    await cable.plug();
    const watch = watched();
    await watch.next('online');
    expect(await speedIs(9_600)).toBe(true);
    cable.send(Buffer.from('\xf8\x01\r', 'latin1'));
    expect(await speedIs(115_200)).toBe(true);
    cable.send(Buffer.from('\xf8\x02\r', 'latin1'));
    expect(await speedIs(38_400)).toBe(true);
    expect(await scanned(watch, 'text\r')).toBe('text');
    cable.send(Buffer.from('\xf8\x01\r\xf8\x02\r', 'latin1'));
    expect(await scanned(watch, 'more\r')).toBe('more');
    expect(speed()).toBe(38_400);
  });

  test('a port that another process has locked is busy, and taken when that ends', async () => {
    await cable.plug();
    const script = `const { SerialPort } = require('serialport');
      const port = new SerialPort({ path: process.argv[1], baudRate: 9600, lock: true });
      port.on('open', () => console.log('open'));`;
    const other = spawn(process.execPath, ['-e', script, cable.path], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(other.stdout, 'data');
    const watch = watched();
    expect((await watch.next('offline')).reason).toBe('scanner.busy');
    other.kill('SIGKILL');
    await watch.next('online');
    expect(await scanned(watch, 'mine now\r')).toBe('mine now');
  });

  test('a port that the user may not open is named', async () => {
    await cable.plug();
    const watch = await asNobody(realpathSync(cable.path), async () => {
      const denied = watched();
      expect((await denied.next('offline')).reason).toBe('scanner.denied');
      return denied;
    });
    await watch.next('online');
  });

  test(`${UNPLUGS} times unplugged while idle: each told and healed, no handle left`, async () => {
    await cable.plug();
    const watch = watched();
    await watch.next('online');
    const before = openFiles();
    let worstMs = 0;
    for (let round = 0; round < UNPLUGS; round++) {
      worstMs = Math.max(worstMs, await taken(cable.unplug(), watch.next('offline')));
      worstMs = Math.max(worstMs, await taken(cable.plug(), watch.next('online')));
    }
    expect(await scanned(watch, 'end\r')).toBe('end');
    expect(openFiles()).toBeLessThanOrEqual(before + HANDLES_SPARE);
    console.log(
      `${UNPLUGS} times unplugged and plugged: told after ${Math.round(worstMs)} ms at most`,
    );
  }, 3_600_000);
});

/** How long `told` comes after `done`. */
async function taken(done: Promise<void>, told: Promise<unknown>): Promise<number> {
  await done;
  const startedMs = systemClock.monoMs();
  await told;
  return systemClock.monoMs() - startedMs;
}

function watched(): DeviceWatch<ScanEvent> {
  const scanner = new SerialScanner(
    { deviceId: 'scan-1', path: cable.path, profile: GENERIC, baud: 'auto' },
    { clock: systemClock, random: () => 0.5 },
  );
  const watch = new DeviceWatch(scanner);
  watches.push(watch);
  return watch;
}

async function scanned(watch: DeviceWatch<ScanEvent>, sent: string): Promise<string> {
  cable.send(Buffer.from(sent));
  return text(await watch.next('scan'));
}

function text({ bytes }: { readonly bytes: Uint8Array }): string {
  return Buffer.from(bytes).toString();
}

function openFiles(): number {
  return readdirSync('/proc/self/fd').length;
}

function withParity(byte: number, parity: 'even' | 'odd'): number {
  const isOdd = [...byte.toString(2)].filter((bit) => bit === '1').length % 2 === 1;
  return isOdd === (parity === 'even') ? byte | 0x80 : byte;
}

function speed(): number {
  return Number(spawnSync('stty', ['-F', cable.path, 'speed']).stdout.toString());
}

/** Whether the port comes to that speed; a pseudo-terminal keeps it, though it sends at any. */
async function speedIs(baud: number): Promise<boolean> {
  const untilMs = systemClock.monoMs() + 30_000;
  while (speed() !== baud) {
    if (systemClock.monoMs() > untilMs) return false;
    await systemClock.sleep(10, AbortSignal.timeout(1_000));
  }
  return true;
}
