import { Argument, Command } from 'commander';
import { Published } from '../hub/http/operator-shapes.ts';
import type { ListName } from '../registers/published/list-codec.ts';
import type { CliIo } from './cli-io.ts';
import { type HubApiOptions, HubClient, withHubApi } from './hub-client.ts';
import { LIST_SOURCES, readList } from './hub-list-file.ts';

type PublishOptions = HubApiOptions & { readonly region: string };

/** `chot hub list publish`: what travels with registers, over the hub's HTTPS interface. */
export function hubListCommand(io: CliIo): Command {
  const command = new Command('list').description(
    'publish notices, attribute tables and officers at the running hub, with the token of an operator',
  );
  command.addCommand(withHubApi(publishCommand(io)).exitOverride());
  return command;
}

function publishCommand(io: CliIo): Command {
  return new Command('publish')
    .description("put a list in force, whole, in the place of the one before; '[]' takes it away")
    .addArgument(new Argument('<list>', 'which one').choices(Object.keys(LIST_SOURCES)))
    .argument('<F>', "JSON file, an array of rows as docs/hub.md has them; '-' for standard input")
    .requiredOption('--region <id>')
    .action(async (list: ListName, file: string, options: PublishOptions) => {
      const { region, json } = options;
      const hub = new HubClient(io, options);
      const rows = await readList(io, list, file);
      const { version } = await hub.ask(
        {
          ...{ method: 'PUT', path: `/api/v1/regions/${encodeURIComponent(region)}/lists/${list}` },
          body: { type: 'application/json', content: JSON.stringify(rows) },
        },
        Published,
      );
      const done = { region, list, version, rows: rows.length };
      io.out(json === true ? JSON.stringify(done) : publishedLine(done));
    });
}

function publishedLine({ region, list, version, rows }: PublishedList): string {
  if (rows > 0) return `${list} of ${region} are in force: version ${version}, ${rows} row(s)`;
  const instead = list === 'officers' ? "; the stations' own files of officers count again" : '';
  return `${list} of ${region} are taken away: version ${version}${instead}`;
}
type PublishedList = {
  readonly region: string;
  readonly list: ListName;
  readonly version: number;
  readonly rows: number;
};
