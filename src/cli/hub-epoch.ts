import { Command } from 'commander';
import type { Static } from 'typebox';
import { EpochsAnswer } from '../hub/http/operator-shapes.ts';
import { instantToIso } from '../kernel/calendar.ts';
import { InputError } from '../kernel/errors.ts';
import { type CliIo, EXIT } from './cli-io.ts';
import { columns } from './columns.ts';
import { type HubApiOptions, HubClient, withHubApi } from './hub-client.ts';

type ListOptions = HubApiOptions & { readonly all?: boolean };

/** `chot hub epoch list | grant`: over the hub's HTTPS interface, because the running hub alone writes its inbox. */
export function hubEpochCommand(io: CliIo): Command {
  const command = new Command('epoch').description(
    "stations' journals that began anew and wait for somebody to look: epoch.waiting",
  );
  for (const make of [listCommand, grantCommand]) {
    command.addCommand(withHubApi(make(io)).exitOverride());
  }
  return command;
}

function listCommand(io: CliIo): Command {
  return new Command('list')
    .description('epochs that wait, why they began and what they follow; exit 3 when there is one')
    .option('--all', 'granted ones too')
    .action(async (options: ListOptions) => {
      const { all, json } = options;
      const path = `/api/v1/epochs${all === true ? '' : '?state=waiting'}`;
      const { epochs } = await new HubClient(io, options).ask(
        { method: 'GET', path },
        EpochsAnswer,
      );
      if (json === true) for (const each of epochs) io.out(JSON.stringify(each));
      else epochLines(epochs).forEach(io.out);
      if (epochs.some(({ state }) => state === 'waiting')) io.exit(EXIT.look);
    });
}

function grantCommand(io: CliIo): Command {
  return new Command('grant')
    .description('take an epoch as the continuation of a station’s journal, once it is known why')
    .argument('<station>')
    .argument('<epoch>', '32 hexadecimal digits, as list prints them')
    .action(async (station: string, epoch: string, options: HubApiOptions) => {
      if (!/^[0-9a-f]{32}$/.test(epoch)) {
        throw new InputError("expected an epoch of 32 digits 0-9 a-f, as 'chot hub epoch list'");
      }
      await new HubClient(io, options).tell({
        method: 'POST',
        path: `/api/v1/stations/${encodeURIComponent(station)}/epochs/${epoch}/grant`,
      });
      io.tell(`epoch ${epoch} of ${station} is granted`);
    });
}

const FOLLOWS = {
  nothing: 'nothing',
  receipt: 'what is here',
  unknown: 'UNKNOWN',
} as const;

function epochLines(epochs: Static<typeof EpochsAnswer>['epochs']): readonly string[] {
  if (epochs.length === 0) return ['no epoch waits'];
  return columns(
    ['station', 'epoch', 'state', 'reason', 'follows', 'records', 'announced'],
    epochs.map(({ station, epoch, state, reason, follows, first, last, announcedMs }) => [
      ...[station, epoch, state, reason, FOLLOWS[follows]],
      last === 0 ? '-' : `${first}-${last}`,
      instantToIso(announcedMs),
    ]),
  );
}
