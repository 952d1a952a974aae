import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * A small ext4 on a loop device whose power can be cut: what was not synced is gone, as on a real disk, which killing
 * a process never shows. Needs root and a free loop device: see `powerCutObstacle`.
 */
export type CuttableDisk = {
  /** The mounted folder. The same path before and after `restore`. */
  readonly folder: string;
  /**
   * Cuts the power. Returns CLOCK_MONOTONIC in ns (that of `process.hrtime.bigint()`) from just before: only what was
   * acknowledged with an earlier stamp must be found again. Afterwards every access fails with EIO.
   */
  readonly cut: () => bigint;
  /** Mounts what survived. Nobody may hold a file of the disk open any more. */
  readonly restore: () => void;
  readonly remove: () => void;
};

/** EXT4_IOC_SHUTDOWN with EXT4_GOING_FLAGS_NOLOGFLUSH: nothing is flushed, not even the file system's own journal. */
const SHUTDOWN = `
import fcntl, os, struct, sys, time
handle = os.open(sys.argv[1], os.O_RDONLY)
before = time.monotonic_ns()
fcntl.ioctl(handle, 0x8004587d, struct.pack('I', 2))
print(before)
`;

/** Why power cannot be cut on this machine, in words for a skipped test's name; null when it can. */
export function powerCutObstacle(): string | null {
  if (process.platform !== 'linux') return 'not Linux';
  if (process.getuid?.() !== 0) return 'needs root';
  try {
    makeCuttableDisk(8).remove();
    return null;
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    return `no loop device or mount: ${text.trim().split('\n').at(-1)}`;
  }
}

export function makeCuttableDisk(sizeMiB: number): CuttableDisk {
  const base = mkdtempSync(join(tmpdir(), 'chot-disk-'));
  const image = join(base, 'image');
  const folder = join(base, 'disk');
  let mounted = false;
  const mount = () => {
    run('mount', '-o', 'loop', image, folder);
    mounted = true;
  };
  const unmount = () => {
    if (mounted) run('umount', folder);
    mounted = false;
  };
  const remove = () => {
    // Lazily: a file that is let go of on another thread may be open for a moment longer.
    if (mounted) run('umount', '--lazy', folder);
    mounted = false;
    rmSync(base, { recursive: true });
  };
  try {
    mkdirSync(folder);
    run('truncate', '-s', `${sizeMiB}M`, image);
    run('mkfs.ext4', '-q', '-F', image);
    mount();
  } catch (error) {
    remove();
    throw error;
  }
  return {
    folder,
    cut: () => BigInt(run('python3', '-c', SHUTDOWN, folder).trim()),
    restore: () => {
      unmount();
      mount();
    },
    remove,
  };
}

function run(command: string, ...args: readonly string[]): string {
  return execFileSync(command, args, {
    encoding: 'utf8',
    timeout: 30_000,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}
