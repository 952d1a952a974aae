import { Command } from 'commander';
import { StationAnswer, type StationShown } from '../hub/http/station-shapes.ts';
import { instantToIso } from '../kernel/calendar.ts';
import { type CliIo, EXIT } from './cli-io.ts';
import { type HubApiOptions, HubClient, withHubApi } from './hub-client.ts';

type Report = NonNullable<StationShown['report']>;
type Epoch = StationShown['epochs'][number];

/** `chot hub station show S`: as the running hub has it, over its HTTPS interface. */
export function stationShowCommand(io: CliIo): Command {
  return withHubApi(
    new Command('show')
      .description(
        'what a station reported last and what is held of its journal, from the running hub, with the token of an operator; exit 3 when something needs a look',
      )
      .argument('<station>'),
  ).action(async (station: string, options: HubApiOptions) => {
    const path = `/api/v1/stations/${encodeURIComponent(station)}`;
    const shown = await new HubClient(io, options).ask({ method: 'GET', path }, StationAnswer);
    if (options.json === true) io.out(JSON.stringify(shown));
    else stationLines(shown).forEach(io.out);
    if (needsLook(shown)) io.exit(EXIT.look);
  });
}

function needsLook({ copied, report, epochs }: StationShown): boolean {
  const isHoled = epochs.some(({ gaps, state }) => gaps.length > 0 || state === 'waiting');
  return copied || isHoled || (report?.problems.length ?? 0) > 0;
}

function stationLines(shown: StationShown): readonly string[] {
  const { station, name, region, state, copied, enrolledMs, reportMs, report, epochs } = shown;
  return [
    line('station', `${station} of ${region}, ${state}${copied ? ', COPIED' : ''}: ${name}`),
    line('enrolled', at(enrolledMs)),
    line('reported', at(reportMs)),
    ...(report === null ? [] : reportLines(report)),
    ...epochs.flatMap(epochLines),
  ];
}

function reportLines({ versions, time, problems, warnings, ...report }: Report): readonly string[] {
  const { manifest, roles, policy, mandate, generation } = versions;
  const since =
    report.oldestUnsentMs === null ? '' : `, the oldest of ${at(report.oldestUnsentMs)}`;
  const apart = Math.ceil((time.latestMs - time.earliestMs) / 1_000);
  return [
    line('software', report.software),
    line(
      'in place',
      `manifest ${manifest}, roles ${roles}, policy ${policy}, mandate ${mandate}, register key ${generation}`,
    ),
    line('to send', `${report.unsent} segments${since}`),
    line('time', `${time.trust}, known to ${apart} s`),
    line('keys', report.keyGrade),
    line('problems', listed(problems)),
    line('warnings', listed(warnings)),
  ];
}

function epochLines({ epoch, state, first, through, last, openedThrough, gaps }: Epoch) {
  const held =
    last === 0
      ? 'nothing held yet'
      : `records ${first} to ${through} held, ${openedThrough} opened`;
  return [
    line('epoch', `${epoch}${state === 'waiting' ? ', WAITS to be granted' : ''}: ${held}`),
    ...gaps.map(({ from, to }) => line('', `missing ${from} to ${to}, held to ${last}`)),
  ];
}

function listed(codes: readonly string[]): string {
  return codes.length === 0 ? 'none' : codes.join(', ');
}

function at(ms: number | null): string {
  return ms === null ? 'not yet' : instantToIso(ms);
}

function line(name: string, value: string): string {
  return `${name.padEnd(9)} ${value}`;
}
