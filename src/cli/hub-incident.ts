import { Command } from 'commander';
import { type IncidentShown, IncidentsAnswer } from '../hub/http/station-shapes.ts';
import { instantToIso } from '../kernel/calendar.ts';
import { InputError } from '../kernel/errors.ts';
import { type CliIo, EXIT } from './cli-io.ts';
import { columns } from './columns.ts';
import { type HubApiOptions, HubClient, withHubApi } from './hub-client.ts';

type ListOptions = HubApiOptions & { readonly all?: boolean };

const PAGE = 500;

/** `chot hub incident list | close`: what the hub has noticed about stations, over its HTTPS interface. */
export function hubIncidentCommand(io: CliIo): Command {
  const command = new Command('incident').description(
    'what the hub has noticed about stations and somebody must look at, with the token of an operator',
  );
  for (const make of [listCommand, closeCommand]) {
    command.addCommand(withHubApi(make(io)).exitOverride());
  }
  return command;
}

function listCommand(io: CliIo): Command {
  return new Command('list')
    .description('those that nobody has closed, the newest first; exit 3 when there is one')
    .option('--all', 'every one there was')
    .action(async (options: ListOptions) => {
      const { all, json } = options;
      const incidents = await incidentsOf(new HubClient(io, options), all !== true);
      if (json === true) for (const each of incidents) io.out(JSON.stringify(each));
      else incidentTable(incidents).forEach(io.out);
      if (incidents.some(({ closedMs }) => closedMs === null)) io.exit(EXIT.look);
    });
}

async function incidentsOf(hub: HubClient, isOpen: boolean): Promise<readonly IncidentShown[]> {
  const found: IncidentShown[] = [];
  for (let before = ''; ; ) {
    const path = `/api/v1/incidents?open=${isOpen}&limit=${PAGE}${before}`;
    const { incidents } = await hub.ask({ method: 'GET', path }, IncidentsAnswer);
    found.push(...incidents);
    const last = incidents.at(-1);
    if (last === undefined || incidents.length < PAGE) return found;
    before = `&before=${last.id}`;
  }
}

function incidentTable(incidents: readonly IncidentShown[]): readonly string[] {
  if (incidents.length === 0) return ['no incident is open'];
  return columns(
    ['incident', 'at', 'station', 'code', 'closed by', 'detail'],
    incidents.map(({ id, atMs, station, code, closedBy, detail }) => [
      ...[id, instantToIso(atMs), station ?? '-', code, closedBy ?? '-'],
      Object.entries(detail)
        .map(([name, value]) => `${name} ${value}`)
        .join(', '),
    ]),
  );
}

function closeCommand(io: CliIo): Command {
  return new Command('close')
    .description('say that an incident was looked at and dealt with')
    .argument('<incident>', 'its number, as list names it')
    .action(async (text: string, options: HubApiOptions) => {
      if (!/^[1-9][0-9]{0,14}$/.test(text)) {
        throw new InputError("expected the number of an incident: 'chot hub incident list'");
      }
      const path = `/api/v1/incidents/${text}/closure`;
      await new HubClient(io, options).tell({ method: 'POST', path });
      io.tell(`incident ${text} is closed`);
    });
}
