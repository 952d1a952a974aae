import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readFileSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeCuttableDisk, powerCutObstacle } from './power-cut.ts';

const obstacle = powerCutObstacle();

test.skipIf(obstacle !== null)(
  `a power cut keeps what was synced and loses what was not${obstacle === null ? '' : ` (SKIPPED: ${obstacle})`}`,
  () => {
    const disk = makeCuttableDisk(16);
    try {
      syncedFile(join(disk.folder, 'kept'));
      syncFolder(disk.folder);
      writeFileSync(join(disk.folder, 'lost'), 'never synced');
      const before = process.hrtime.bigint();
      const cutAtNs = disk.cut();
      expect(cutAtNs).toBeGreaterThan(before);
      expect(cutAtNs).toBeLessThan(process.hrtime.bigint());
      expect(() => writeFileSync(join(disk.folder, 'after'), 'x')).toThrow(/EIO/);
      disk.restore();
      expect(readFileSync(join(disk.folder, 'kept'), 'utf8')).toBe('synced');
      expect(existsSync(join(disk.folder, 'lost'))).toBe(false);
    } finally {
      disk.remove();
    }
  },
);

function syncedFile(path: string): void {
  const handle = openSync(path, 'w');
  writeSync(handle, 'synced');
  fsyncSync(handle);
  closeSync(handle);
}

function syncFolder(path: string): void {
  const handle = openSync(path, 'r');
  fsyncSync(handle);
  closeSync(handle);
}
