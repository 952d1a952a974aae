import { Command, Option } from 'commander';
import { REVOCATION_REASONS, type RevocationReason } from '../hub/stations/station-actions.ts';
import { instantToIso } from '../kernel/calendar.ts';
import { InputError } from '../kernel/errors.ts';
import { systemClock } from '../station/system-clock.ts';
import type { CliIo } from './cli-io.ts';
import {
  accountOf,
  type HubCliOptions,
  type OpenedHub,
  withHub,
  withHubData,
} from './hub-common.ts';
import { stationShowCommand } from './hub-station-show.ts';

/** `chot hub station add | list | show | revoke | clear`. */
export function hubStationCommand(io: CliIo): Command {
  return new Command('station')
    .description('enrolment codes, the list of stations, revocation')
    .addCommand(addCommand(io).exitOverride())
    .addCommand(listCommand(io).exitOverride())
    .addCommand(stationShowCommand(io).exitOverride())
    .addCommand(revokeCommand(io).exitOverride())
    .addCommand(clearCommand(io).exitOverride());
}

function addCommand(io: CliIo): Command {
  return withHubData(
    new Command('add')
      .description('print a code with which this station enrols: once, within 15 minutes')
      .argument('<station>', 'its id, a-z 0-9 -')
      .requiredOption('--region <id>')
      .option('--name <name>', 'for people; the id without one'),
  ).action(async (station: string, options: HubCliOptions & { region: string; name?: string }) => {
    const { region, name = station } = options;
    const { code, expiresMs } = await withHub(io, options, async (hub) => {
      const made = await hub.actions.invite({ region, station, name });
      await record(io, hub, 'station.invite', { region, station });
      return made;
    });
    if (options.json === true) return io.out(JSON.stringify({ station, code, expiresMs }));
    io.out(code);
    io.tell(
      `Good once, until ${instantToIso(expiresMs)}: 'chot enrol --hub URL --code -' on ${station}.`,
    );
  });
}

function listCommand(io: CliIo): Command {
  return withHubData(
    new Command('list').description('stations, their state and last report'),
  ).action(async (options: HubCliOptions) => {
    const stations = await withHub(io, options, ({ store }) => store.stations.list(null));
    for (const { station, region, name, state, copied, reportMs } of stations) {
      const reported = reportMs === null ? '-' : instantToIso(reportMs);
      const shown = { station, region, name, state, copied, reported };
      if (options.json === true) io.out(JSON.stringify(shown));
      else {
        const mark = copied ? '  COPIED' : '';
        io.out(
          `${station.padEnd(24)} ${region.padEnd(16)} ${state.padEnd(8)} ${reported}  ${name}${mark}`,
        );
      }
    }
  });
}

function revokeCommand(io: CliIo): Command {
  return withHubData(
    new Command('revoke')
      .description(
        "end a station's rights; --reason stolen gives the region a new register key too",
      )
      .argument('<station>')
      .addOption(new Option('--reason <reason>').choices(REVOCATION_REASONS).makeOptionMandatory()),
  ).action(async (station: string, options: HubCliOptions & { reason: RevocationReason }) => {
    const { reason } = options;
    await withHub(io, options, async (hub) => {
      if (!(await hub.actions.revoke(station, reason))) {
        throw unknown(station);
      }
      await record(io, hub, 'station.revoke', { station, reason });
    });
    io.tell(`${station} is revoked: the hub refuses it from the next request on.`);
    if (reason === 'stolen') {
      io.tell(
        'The region has a new register key; the other stations take it with the next manifest.',
      );
      io.tell('Theft of a station is a breach that must be notified: see docs/security.md.');
    }
  });
}

function clearCommand(io: CliIo): Command {
  return withHubData(
    new Command('clear')
      .description('after station.copied: take whichever token the station shows next')
      .argument('<station>'),
  ).action(async (station: string, options: HubCliOptions) => {
    await withHub(io, options, async (hub) => {
      if ((await hub.store.stations.get(station)) === null) throw unknown(station);
      await hub.actions.clearCopied(station);
      await record(io, hub, 'station.clear', { station });
    });
  });
}

function unknown(station: string): InputError {
  return new InputError(`no station ${station}: 'chot hub station list' names them`);
}

function record(
  io: CliIo,
  { store }: OpenedHub,
  action: string,
  detail: Readonly<Record<string, string>>,
) {
  return store.operators.record({
    ...{ atMs: systemClock.wallMs(), operator: accountOf(io), action, purpose: null, detail },
  });
}
