import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { ConfigError, DeviceFault } from '../../../src/kernel/errors.ts';
import { packageRoot } from '../../../src/kernel/package-root.ts';

export type RtspServerOptions = {
  /** MP4 with H.264, with a key frame a second or so: a client sees nothing before the first one. */
  readonly file: string;
  /** 0, the default, takes a free one. */
  readonly port?: number;
  /** Prints when each picture left, for measurements. */
  readonly trace?: boolean;
};

export type RtspServer = {
  readonly url: string;
  readonly pid: number;
  /** Lines after the first, as the script prints them. Only with `trace`. */
  readonly lines: AsyncIterable<string>;
  /** Resolves when the server is gone: told to by `signal`, or by itself. */
  readonly closed: Promise<void>;
};

const PYTHON = '/usr/bin/python3';
const SCRIPT = 'devices/camera/sim/rtsp-server.py';
const STATUS_MISSING = 3;
const STATUS_BAD_FILE = 4;

/**
 * Plays a video file over RTSP on loopback in an endless, seamless loop, as a network camera would.
 *
 * Rejects with ConfigError when this machine has no Python or no GStreamer (its message names the packages), so that a
 * demo can go on with the file itself, and with DeviceFault for a file that cannot be played.
 */
export async function startRtspServer(
  { file, port = 0, trace = false }: RtspServerOptions,
  signal: AbortSignal,
): Promise<RtspServer> {
  const script = join(packageRoot(), SCRIPT);
  const child = spawn(PYTHON, [script, file, String(port), ...(trace ? ['--trace'] : [])], {
    // The script ends when its stdin does, also when this process is killed.
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { PATH: '/usr/bin:/bin', LC_ALL: 'C.UTF-8' },
  });
  const closed = untilClosed(child);
  const kill = () => void child.kill('SIGKILL');
  signal.addEventListener('abort', kill, { once: true });
  if (signal.aborted) kill();
  void closed.then(() => signal.removeEventListener('abort', kill));

  let complaint = '';
  child.stderr.on('data', (chunk: Buffer) => {
    complaint = `${complaint}${chunk.toString('utf8')}`.slice(-1_000);
  });
  const lines = createInterface({ input: child.stdout });
  const url = await Promise.race([firstLine(lines), closed.then(() => undefined)]);
  if (url === undefined || child.pid === undefined) {
    await closed;
    throw whyNot(child.exitCode, complaint.trim());
  }
  if (!trace) lines.close();
  child.stdout.resume();
  return { url, pid: child.pid, lines, closed };
}

function untilClosed(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.once('close', () => resolve());
    child.once('error', () => {
      if (child.pid === undefined) resolve();
    });
  });
}

function firstLine(lines: NodeJS.EventEmitter): Promise<string> {
  return new Promise((resolve) => void lines.once('line', resolve));
}

function whyNot(status: number | null, complaint: string): Error {
  if (status === STATUS_BAD_FILE) return new DeviceFault(complaint);
  if (status === STATUS_MISSING) return new ConfigError(complaint);
  return new ConfigError(
    complaint === ''
      ? `${PYTHON} could not be started: apt install python3-gi gir1.2-gst-rtsp-server-1.0`
      : `the RTSP server did not start: ${complaint}`,
  );
}
