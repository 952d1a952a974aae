import { Command } from 'commander';
import { parseHubConfig } from '../hub/config.ts';
import { openWorkingHub, resolveHubDir } from '../hub/hub-directory.ts';
import { ConfigError } from '../kernel/errors.ts';
import { readBuildInfo } from '../station/build-info.ts';
import { systemClock } from '../station/system-clock.ts';
import type { CliIo } from './cli-io.ts';
import { hubBackupCommand, hubRestoreCommand } from './hub-backup.ts';
import { hubCaseCommand } from './hub-case.ts';
import { readTextFile } from './hub-common.ts';
import { hubEpochCommand } from './hub-epoch.ts';
import { hubIncidentCommand } from './hub-incident.ts';
import { hubInitCommand } from './hub-init.ts';
import { hubListCommand } from './hub-list.ts';
import { hubOperatorCommand } from './hub-operator.ts';
import { hubMandateCommand, hubPolicyCommand } from './hub-policy.ts';
import { hubProveCommand } from './hub-prove.ts';
import { hubRegisterCommand } from './hub-register.ts';
import { hubRolesCommand } from './hub-roles.ts';
import { hubStationCommand } from './hub-station.ts';
import { hubBundleCommand, hubImportCommand } from './hub-stick.ts';

/** `chot hub --config F`: the central server, until SIGTERM; and what is done beside it. */
export function hubCommand(io: CliIo): Command {
  const command = new Command('hub')
    // Or --data would be taken from the commands below.
    .enablePositionalOptions()
    .description('run the central server, or do something at it')
    .option('--config <file>', 'TOML file, described in docs/hub.md')
    .option('--data <dir>', 'hub directory, instead of CHOT_HUB_DATA or hub.dataDir')
    .action((options: { config?: string; data?: string }) => run(io, options));
  const beside = [
    hubInitCommand,
    hubStationCommand,
    hubOperatorCommand,
    hubRolesCommand,
    hubRegisterCommand,
    hubListCommand,
    hubCaseCommand,
    hubEpochCommand,
    hubIncidentCommand,
    hubPolicyCommand,
    hubMandateCommand,
    hubBackupCommand,
    hubRestoreCommand,
    hubImportCommand,
    hubBundleCommand,
    hubProveCommand,
  ];
  for (const make of beside) command.addCommand(make(io).exitOverride());
  return command;
}

async function run(io: CliIo, options: { config?: string; data?: string }): Promise<void> {
  if (options.config === undefined) {
    throw new ConfigError("expected --config FILE, or a command: 'chot hub --help' lists them");
  }
  const config = parseHubConfig(readTextFile(options.config), options.config);
  const path = resolveHubDir({ option: options.data, env: io.env, config: config.hub.dataDir });
  // Loaded here, because the server brings native code that other commands do without.
  const { runHub } = await import('../hub/run-hub.ts');
  await runHub(
    {
      ...{ config, directory: openWorkingHub(path), clock: systemClock },
      software: readBuildInfo().software,
      log: (line) =>
        io.tell(JSON.stringify({ at: new Date(systemClock.wallMs()).toISOString(), ...line })),
    },
    io.signal,
  );
}
