import { Command } from 'commander';
import { ConfigError } from '../kernel/errors.ts';
import { readBuildInfo } from '../station/build-info.ts';
import { openDataDirectory } from '../station/data-directory.ts';
import { lockDataDirectory } from '../station/data-lock.ts';
import { enrolStation } from '../station/enrol-station.ts';
import { systemClock } from '../station/system-clock.ts';
import { hubUrl } from '../sync/enrolment/enrolment.ts';
import { parseEnrolmentCode } from '../sync/protocol/enrolment-code.ts';
import { type CliIo, readStdin } from './cli-io.ts';
import { dataDirOf, type Options } from './register-common.ts';
import { runOnce } from './sync.ts';

type EnrolOptions = Options & {
  readonly hub: string;
  readonly code: string;
  readonly again?: boolean;
};

const CODE_BYTES_MAX = 1_024;

/** `chot enrol --hub URL --code -`: makes this machine a station of a hub. */
export function enrolCommand(io: CliIo): Command {
  return new Command('enrol')
    .description(
      'make this machine the station that a code of the hub names, and fetch what it needs',
    )
    .requiredOption('--hub <url>', "the hub's address, https://host[:port]")
    .requiredOption('--code <code>', "the code that 'chot hub station add' printed; '-' reads it")
    .option('--again', 'also when it is enrolled already')
    .option('--data <dir>', 'data directory, instead of CHOT_DATA or station.dataDir')
    .option('--config <file>', "the station's TOML file, for its data directory")
    .option('--json', 'JSON lines and nothing else')
    .action(async (options: EnrolOptions) => {
      const hub = hubUrl(options.hub);
      if (hub === null) {
        throw new ConfigError(`--hub: expected https://host[:port], came ${options.hub}`);
      }
      if (options.code !== '-') {
        throw new ConfigError(
          "--code: give '-' and the code on standard input: others see a command line",
        );
      }
      const code = parseEnrolmentCode(Buffer.from(await readStdin(io, CODE_BYTES_MAX)).toString());
      const data = openDataDirectory(dataDirOf(io, options));
      const lock = lockDataDirectory(data.path);
      try {
        const { station, region } = await enrolStation(
          {
            data,
            hub,
            code,
            again: options.again === true,
            build: readBuildInfo(),
            clock: systemClock,
          },
          io.signal,
        );
        if (options.json === true) io.out(JSON.stringify({ station, region, hub: hub.origin }));
        else io.out(`station ${station} of region ${region}, at ${hub.origin}`);
        await runOnce(io, data, options.json === true);
      } finally {
        lock.release();
      }
    });
}
