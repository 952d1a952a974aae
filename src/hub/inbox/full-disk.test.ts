import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { actionRecord } from '../../../test/support/journal-records.ts';
import { JournalsRig, sealFor } from '../../../test/support/journals-rig.ts';
import type { MadeSegment } from '../../../test/support/sealed-segments.ts';
import { freeBytesAt } from '../../journal/ballast.ts';
import { StorageFault } from '../../kernel/errors.ts';

const obstacle = mountObstacle();
const named = (name: string) => (obstacle === null ? name : `${name} (SKIPPED: ${obstacle})`);

let disk: string;
beforeEach(() => {
  disk = mkdtempSync(join(tmpdir(), 'chot-hub-full-'));
  if (obstacle === null) run('mount', '-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', disk);
});
afterEach(() => {
  if (obstacle === null) run('umount', disk);
  rmSync(disk, { recursive: true, force: true });
});

test.skipIf(obstacle !== null)(
  named(
    'a full disk acknowledges nothing, loses nothing acknowledged, and goes on when there is room',
  ),
  async () => {
    const rig = new JournalsRig(disk);
    const station = await rig.station('station-1');
    const records = Array.from({ length: 64 }, () => () => actionRecord(null));
    const sent: MadeSegment[] = [];
    const acknowledged: number[] = [];
    writeFileSync(join(disk, 'junk'), Buffer.alloc(4 * 1024 * 1024));
    let fault: unknown = null;
    while (fault === null) {
      const made = sealFor(station, ...records);
      sent.push(made);
      try {
        const { kind } = await rig.send(station, made);
        if (kind === 'stored') acknowledged.push(made.first);
      } catch (error) {
        fault = error;
      }
    }
    expect(fault).toBeInstanceOf(StorageFault);
    expect((fault as StorageFault).kind).toBe('full');
    expect(freeBytesAt(disk)).toBeLessThan(1024 * 1024);
    // Reading goes on meanwhile.
    expect((await rig.inbox.arrivals(0, 999)).map(({ first }) => first)).toEqual(acknowledged);
    rmSync(join(disk, 'junk'));
    for (const made of sent) {
      const { kind } = await rig.send(station, made);
      expect(kind).toBe(acknowledged.includes(made.first) ? 'known' : 'stored');
    }
    await rig.openAll();
    expect(await rig.held()).toHaveLength(sent.length * 64);
    await rig.close();
  },
);

function mountObstacle(): string | null {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'needs root on Linux';
  const folder = mkdtempSync(join(tmpdir(), 'chot-mount-'));
  try {
    run('mount', '-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder);
    run('umount', folder);
    return null;
  } catch {
    return 'mounting is not allowed here';
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function run(command: string, ...args: readonly string[]): void {
  execFileSync(command, args, { stdio: 'pipe', timeout: 30_000 });
}
