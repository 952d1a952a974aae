import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { Command } from 'commander';
import { ConfigError } from '../kernel/errors.ts';
import { readBuildInfo } from '../station/build-info.ts';
import { parseConfig } from '../station/config.ts';
import { openDataDirectory, resolveDataDir } from '../station/data-directory.ts';
import { systemdManager } from '../station/supervision/systemd-manager.ts';
import { systemClock } from '../station/system-clock.ts';
import { systemRandom } from '../station/system-random.ts';
import type { CliIo } from './cli-io.ts';

const NOTIFY_ENV = ['NOTIFY_SOCKET', 'WATCHDOG_USEC', 'WATCHDOG_PID'];

/** `chot station --config F`: the daemon, until SIGTERM. */
export function stationCommand(io: CliIo): Command {
  return new Command('station')
    .description('run the station of this machine until it is told to stop')
    .requiredOption('--config <file>', 'TOML file, described in docs/operations.md')
    .option('--data <dir>', 'data directory, instead of CHOT_DATA or station.dataDir')
    .action(async (options: { config: string; data?: string }) => {
      const config = parseConfig(readConfig(options.config), options.config);
      const dataDir = resolveDataDir({
        option: options.data,
        env: io.env,
        config: config.station.dataDir,
      });
      // Loaded here, because the daemon brings native code that other commands do without.
      const { startStation } = await import('../station/station.ts');
      const manager = systemdManager(io.env, () =>
        io.tell(JSON.stringify({ event: 'systemd-not-told' })),
      );
      // No child may speak for us: whoever inherits the socket could feed the watchdog.
      for (const name of NOTIFY_ENV) delete process.env[name];
      const station = await startStation(
        {
          config,
          folder: dirname(resolve(options.config)),
          data: openDataDirectory(dataDir),
          build: readBuildInfo(),
          clock: systemClock,
          random: systemRandom,
          log: (line) =>
            io.tell(JSON.stringify({ at: new Date(systemClock.wallMs()).toISOString(), ...line })),
          readers: {
            emulated: new Map(),
            pcscSocket: io.env['PCSCLITE_CSOCK_NAME'] ?? null,
          },
          demo: false,
          manager,
        },
        io.signal,
      );
      await station.ended;
    });
}

function readConfig(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    throw new ConfigError(`${file} cannot be read (${code}): give the station's TOML file`, {
      cause: error,
    });
  }
}
