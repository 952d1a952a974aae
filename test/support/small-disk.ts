import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A disk that is soon full: a small tmpfs. */
export type SmallDisk = {
  readonly folder: string;
  /** Leaves so much room, bytes, and no more. */
  readonly fill: (leaving: number) => void;
  /** Makes room again. */
  readonly clear: () => void;
  readonly remove: () => void;
};

/** Why there is none on this machine, in words for a skipped test's name; null when there is. */
export function smallDiskObstacle(): string | null {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'needs root on Linux';
  try {
    makeSmallDisk(1).remove();
    return null;
  } catch {
    return 'mounting is not allowed here';
  }
}

export function makeSmallDisk(sizeMiB: number): SmallDisk {
  const folder = mkdtempSync(join(tmpdir(), 'chot-small-'));
  const junk = join(folder, 'junk');
  try {
    run('mount', '-t', 'tmpfs', '-o', `size=${sizeMiB}m`, 'tmpfs', folder);
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
  return {
    folder,
    fill: (leaving) => {
      const { bavail, bsize } = statfsSync(folder);
      writeFileSync(junk, Buffer.alloc(Math.max(0, bavail * bsize - leaving)));
    },
    clear: () => rmSync(junk),
    remove: () => {
      // Lazily: a file that is let go of on another thread may be open for a moment longer.
      run('umount', '--lazy', folder);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function run(command: string, ...args: readonly string[]): void {
  execFileSync(command, args, { stdio: 'pipe', timeout: 30_000 });
}
