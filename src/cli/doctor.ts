import { Command, Option } from 'commander';
import { ALL_CHECKS } from '../doctor/checks.ts';
import type { Context } from '../doctor/context.ts';
import { gettingStarted } from '../doctor/getting-started.ts';
import { thisMachine } from '../doctor/machine/this-machine.ts';
import { openContext } from '../doctor/open-context.ts';
import { reportLines, summaryOf } from '../doctor/report.ts';
import { runChecks } from '../doctor/run-checks.ts';
import { systemClock } from '../station/system-clock.ts';
import { systemRandom } from '../station/system-random.ts';
import { type CliIo, EXIT, type ExitCode } from './cli-io.ts';
import { doctorSetup, type SetupOptions } from './doctor-setup.ts';

type Options = Partial<SetupOptions> & {
  readonly config?: string;
  readonly data?: string;
  readonly json?: boolean;
};

const COLUMNS = 100;

const HELP = `
Changes nothing and needs no root; what it could not look at without it is listed. Beside a running station it asks that for its
devices. Exit status: 0 all well, 3 something needs a look, 1 something is out of order.`;

/** `chot doctor`: every device, program, permission, port, clock, disk, key, register and line; what is wrong, and what to do. */
export function doctorCommand(io: CliIo): Command {
  return new Command('doctor')
    .description('look at this machine and its devices: what is wrong, why, and what to do')
    .option('--config <file>', "the station's TOML file, instead of /etc/chot/station.toml")
    .option('--data <dir>', 'data directory, instead of CHOT_DATA or station.dataDir')
    .option('--json', 'JSON lines and nothing else (docs/doctor.md)')
    .addOption(
      new Option(
        '--setup <what>',
        'print a page instead: the codes that set a hand scanner up, and one to try it with',
      ).choices(['scanner']),
    )
    .option('--profile <name>', "with --setup: of one maker; without it every maker's")
    .option('--out <file>', 'with --setup: where to write the page (HTML), else standard output')
    .addHelpText('after', HELP)
    .action(async (options: Options) => {
      const { setup } = options;
      if (setup !== undefined) return doctorSetup(io, { ...options, setup });
      const machine = thisMachine({ clock: systemClock, random: systemRandom, env: io.env });
      const { config, data } = options;
      const context = await openContext(machine, { config, data, env: io.env });
      await examine(io, context, options.json === true);
    });
}

async function examine(io: CliIo, context: Context, isJson: boolean): Promise<void> {
  const findings = await runChecks(ALL_CHECKS, context, systemClock);
  const summary = summaryOf(findings);
  if (isJson) {
    for (const finding of findings) io.out(JSON.stringify(finding));
    io.out(JSON.stringify(summary));
  } else {
    const columns = process.stdout.isTTY ? process.stdout.columns : COLUMNS;
    const nowMs = context.machine.nowMs();
    for (const line of reportLines(findings, headOf(context), nowMs, columns)) io.out(line);
    if (context.configState.kind === 'none') {
      for (const line of ['', ...(await gettingStarted(context))]) io.out(line);
    }
  }
  io.exit(EXITS[summary.verdict]);
}

const EXITS: Readonly<Record<'good' | 'warning' | 'fault', ExitCode>> = {
  good: EXIT.done,
  warning: EXIT.look,
  fault: EXIT.failed,
};

function headOf({ config, daemon }: Context): string {
  if (config === null && daemon.health === null) return 'This machine is no station yet.';
  const id = daemon.health?.station ?? config?.station.id;
  if (daemon.pid !== null || daemon.isAlive) return `Station ${id}, running.`;
  return daemon.isHidden ? `Station ${id}.` : `Station ${id}, which does not run now.`;
}
