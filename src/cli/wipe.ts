import { Command } from 'commander';
import { InputError } from '../kernel/errors.ts';
import { prepareWipe, type WipeLoss } from '../station/wipe-data.ts';
import { type CliIo, EXIT } from './cli-io.ts';
import { dataDirOf, type Options } from './register-common.ts';

type WipeOptions = Options & { readonly yesWipe?: string };

const LINE_BYTES_MAX = 256;
/** What is typed where the journal does not say whose it is. */
const UNKNOWN = 'unknown';
const HELP = `
Keys are overwritten and removed first, then journal, registers, trust and the rest of the directory. On flash, and on file
systems that copy, old bytes can outlive this in cells no program reaches: whoever must be sure destroys the medium too, and
reports the station at the hub, which makes a new generation of register keys.
Exit status: 3 when records were destroyed that the hub never got.`;

/** `chot wipe`: the end of a station's data, keys first. */
export function wipeCommand(io: CliIo): Command {
  return new Command('wipe')
    .description("destroy this station's keys and data, after its id was typed on standard input")
    .option('--yes-wipe <station-id>', 'the id, instead of typing it')
    .option('--data <dir>', 'data directory, instead of CHOT_DATA or station.dataDir')
    .option('--config <file>', "the station's TOML file, for its data directory")
    .option('--json', 'JSON lines and nothing else')
    .addHelpText('after', HELP)
    .action(async (options: WipeOptions) => {
      const path = dataDirOf(io, options);
      const wipe = prepareWipe(path);
      try {
        await confirm(io, path, wipe.loss, options);
        const removed = wipe.run();
        if (options.json === true) io.out(JSON.stringify({ ...wipe.loss, removed }));
        else io.out(`destroyed: ${removed.join(', ')} in ${path}`);
        io.exit(wipe.loss.unsentRecords === 0 ? EXIT.done : EXIT.look);
      } finally {
        wipe.release();
      }
    });
}

async function confirm(
  io: CliIo,
  path: string,
  loss: WipeLoss,
  { yesWipe }: WipeOptions,
): Promise<void> {
  const id = loss.station ?? UNKNOWN;
  io.tell(`${path}: ${lossLine(loss)}`);
  if (yesWipe === undefined) io.tell(`To destroy it, type the station's id (${id}):`);
  const typed = yesWipe ?? (await firstLine(io));
  if (typed === id) return;
  throw new InputError(`expected the station's id, ${id}: nothing was destroyed`);
}

function lossLine({ station, records, unsentRecords }: WipeLoss): string {
  if (records === null) {
    return 'the journal cannot be read; whatever the hub has not got of it will be lost';
  }
  const unsent = unsentRecords ?? records;
  const lost =
    unsent === 0
      ? 'of which the hub has every one'
      : `of which the hub never got ${unsent}; those will be lost`;
  return `station ${station ?? UNKNOWN}, ${records} record(s), ${lost}`;
}

async function firstLine(io: CliIo): Promise<string> {
  let text = '';
  for await (const chunk of io.stdin) {
    text += String(chunk);
    if (text.includes('\n') || text.length > LINE_BYTES_MAX) break;
  }
  return (text.split('\n')[0] ?? '').trim();
}
