import { Command, Option } from 'commander';
import type { CliIo } from './cli-io.ts';
import { doctorSetup, type SetupOptions } from './doctor-setup.ts';

/** `chot doctor`. */
export function doctorCommand(io: CliIo): Command {
  return new Command('doctor')
    .description('what to set up, and how')
    .addOption(
      new Option(
        '--setup <what>',
        'print a page: the codes that set a hand scanner up, and one to try it with',
      )
        .choices(['scanner'])
        .makeOptionMandatory(),
    )
    .option('--profile <name>', "of one maker; without it every maker's")
    .option('--out <file>', 'where to write the page (HTML), instead of standard output')
    .action((options: SetupOptions) => doctorSetup(io, options));
}
