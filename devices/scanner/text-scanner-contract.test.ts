import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe } from 'vitest';
import { systemClock } from '../../src/station/system-clock.ts';
import { describeTextScanner } from '../contract/text-scanner-contract.ts';
import { EvdevScanner } from './evdev-scanner.ts';
import { loadScannerProfile } from './scanner-profile.ts';
import { SerialScanner } from './serial-scanner.ts';
import { PipeWedge } from './sim/pipe-wedge.ts';
import { PtyScanner, ptyObstacle } from './sim/pty-scanner.ts';

describeTextScanner(
  'SerialScanner on a pseudo-terminal',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'chot-scanner-'));
    const cable = new PtyScanner(join(folder, 'scanner'));
    await cable.plug();
    const scanner = new SerialScanner(
      {
        deviceId: 'scan-1',
        path: cable.path,
        profile: loadScannerProfile('generic'),
        baud: 'auto',
      },
      { clock: systemClock, random: () => 0.5 },
    );
    return {
      scanner,
      scan: (text) => cable.send(Buffer.from(`]Q1${text}\r\n`)),
      unplug: () => cable.unplug(),
      plug: () => cable.plug(),
      close: async () => {
        await cable.unplug();
        rmSync(folder, { recursive: true });
      },
    };
  },
  ptyObstacle(),
);

describe.each(['alt-points', 'alt-bytes'] as const)('%s', (style) => {
  describeTextScanner('EvdevScanner on a pipe of key codes', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'chot-wedge-'));
    const wedge = new PipeWedge(join(folder, 'usb-Sim-event-kbd'), systemClock);
    await wedge.plug();
    const scanner = new EvdevScanner(
      { deviceId: 'scan-1', path: wedge.path, profile: loadScannerProfile('generic') },
      { clock: systemClock, random: () => 0.5 },
    );
    return {
      scanner,
      scan: (text) => wedge.type(`]Q1${text}\r`, style),
      unplug: () => wedge.unplug(),
      plug: () => wedge.plug(),
      close: async () => {
        await wedge.unplug();
        rmSync(folder, { recursive: true });
      },
    };
  });
});
