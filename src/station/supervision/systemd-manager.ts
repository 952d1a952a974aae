import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { ServiceManager } from './watchdog.ts';

const run = promisify(execFile);
const PROGRAM = '/usr/bin/systemd-notify';
const NOTIFY_MS_MAX = 5_000;

type Env = Readonly<Record<string, string | undefined>>;

/** systemd, where it started this process and waits to hear of it (sd_notify(3)); else null. */
export function systemdManager(env: Env, failed: (error: unknown) => void): ServiceManager | null {
  const socket = env['NOTIFY_SOCKET'];
  if (socket === undefined) return null;
  const watchdogUs = Number(env['WATCHDOG_USEC'] ?? 0);
  const notify = async (...words: readonly string[]): Promise<void> => {
    try {
      await run(PROGRAM, [...words], { env: { NOTIFY_SOCKET: socket }, timeout: NOTIFY_MS_MAX });
    } catch (error) {
      failed(error);
    }
  };
  return {
    watchdogMs: watchdogUs > 0 ? watchdogUs / 1_000 : null,
    ready: (status) => notify('--ready', `--status=${status}`),
    feed: () => notify('WATCHDOG=1'),
  };
}
