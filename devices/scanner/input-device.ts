import { constants, type Stats } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { runChild } from '../camera/child-run.ts';
import { LineTail } from '../camera/line-tail.ts';

export type InputFault = { readonly reason: string; readonly detail: readonly string[] };

/** Major number of /dev/input/... in Linux's list of devices; event devices begin at minor 64. */
const INPUT_MAJOR = 13;
const EVENT_MINOR_MIN = 64;

/** What the path leads to now, and why it cannot be read; neither when it can. Never blocks, never rejects. */
export async function lookAtInput(path: string): Promise<string | InputFault> {
  const found: Stats | null = await stat(path).catch(() => null);
  if (found === null) return { reason: 'scanner.not-found', detail: [`${path} is not there`] };
  if (!isInput(found)) {
    const detail = [`${path} is no input device: expected /dev/input/by-id/...-event-kbd`];
    return { reason: 'scanner.wrong-device', detail };
  }
  try {
    const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    await handle.close();
    return nodeOf(found);
  } catch (error) {
    return faultOf(path, (error as NodeJS.ErrnoException).code ?? '');
  }
}

/** Whether the name still leads to `node`: a device that nobody uses would never tell that it is gone. */
export async function isStill(path: string, node: string): Promise<boolean> {
  const found: Stats | null = await stat(path).catch(() => null);
  return found !== null && nodeOf(found) === node;
}

/**
 * Reads until the device is gone or `signal` aborts; null when it was unplugged. `cat` reads for us: the kernel keeps 64
 * records a reader, twenty milliseconds of typing, and a process of its own is never late for them, as this one may be.
 */
export async function readInput(
  path: string,
  onBytes: (bytes: Uint8Array) => void,
  signal: AbortSignal,
): Promise<InputFault | null> {
  const tail = new LineTail((line) => line);
  const end = await runChild('cat', ['--', path], tail, signal, async (bytes) => onBytes(bytes));
  if (end.kind === 'not-started') {
    return { reason: 'scanner.fault', detail: [`cat does not start: ${end.errorCode}`] };
  }
  const said = tail.lines();
  if (signal.aborted || end.code === 0 || said.some((line) => /No such (device|file)/.test(line)))
    return null;
  return { reason: 'scanner.fault', detail: said };
}

/** A pipe is what the simulator makes. */
function isInput(found: Stats): boolean {
  if (found.isFIFO()) return true;
  const major = (found.rdev >> 8) & 0xfff;
  const minor = (found.rdev & 0xff) | ((found.rdev >> 12) & 0xfff00);
  return found.isCharacterDevice() && major === INPUT_MAJOR && minor >= EVENT_MINOR_MIN;
}

function nodeOf({ dev, ino, rdev }: Stats): string {
  return `${dev}:${ino}:${rdev}`;
}

function faultOf(path: string, code: string): InputFault {
  if (code === 'EACCES' || code === 'EPERM') {
    const detail = [
      `${path} may not be read: udev's rule of scripts/install gives scanners to the daemon's group, or the daemon's user into group input`,
    ];
    return { reason: 'scanner.denied', detail };
  }
  const isGone = code === 'ENOENT' || code === 'ENODEV' || code === 'ENXIO';
  return { reason: isGone ? 'scanner.not-found' : 'scanner.fault', detail: [`${path}: ${code}`] };
}
