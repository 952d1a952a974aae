import { Command, Option } from 'commander';
import { Type } from 'typebox';
import { Published } from '../hub/http/operator-shapes.ts';
import {
  BadLinesAnswer,
  BatchAnswer,
  PreviewAnswer,
  PublishedAnswer,
  RegistersAnswer,
  WaitingAnswer,
  WithdrawnAnswer,
} from '../hub/http/register-shapes.ts';
import type { BatchMode } from '../hub/registers/register-store.ts';
import type { RegisterFormat } from '../registers/parse-line.ts';
import { systemClock } from '../station/system-clock.ts';
import { type CliIo, EXIT } from './cli-io.ts';
import { type HubApiOptions, HubClient, withHubApi } from './hub-client.ts';
import { batchPath } from './hub-paths.ts';
import {
  badLineLines,
  batchLines,
  previewLines,
  publishedLine,
  registerLines,
  waitingLines,
  withdrawnLine,
} from './hub-register-output.ts';
import { changedAt, formatOf, instantOf, openList } from './register-file.ts';

type Where = HubApiOptions & { readonly region: string };
type ImportOptions = Where & {
  readonly register: string;
  readonly mode: BatchMode;
  readonly format?: RegisterFormat;
  readonly asOf?: string;
};
type ListOptions = Where & { readonly all?: boolean };
type ConfirmOptions = Where & { readonly register: string; readonly asOf?: string };

const TYPES: Readonly<Record<RegisterFormat, string>> = {
  csv: 'text/csv',
  ndjson: 'application/x-ndjson',
};

/** `chot hub register import | show | publish | withdraw | discard | confirm | list`: what the hub's HTTPS interface does, over it. */
export function hubRegisterCommand(io: CliIo): Command {
  const command = new Command('register').description(
    'import, publish and withdraw registers at the running hub, with the token of an operator',
  );
  const parts = [
    ...[importCommand, showCommand, publishCommand, withdrawCommand],
    ...[discardCommand, confirmCommand, listCommand],
  ];
  for (const make of parts) command.addCommand(withHubApi(make(io)).exitOverride());
  return command;
}

function importCommand(io: CliIo): Command {
  return new Command('import')
    .description('make a preview of a list: what it would add and remove; nothing is published yet')
    .argument(
      '<F>',
      "CSV (number,status,from,until,source[,oldNumbers][,qid][,attribute]) or NDJSON file, '-' for standard input",
    )
    .requiredOption('--region <id>')
    .requiredOption('--register <name>', 'which register, as f0')
    .addOption(
      new Option('--mode <mode>', 'add: beside what is listed; replace: in the place of all of it')
        .choices(['add', 'replace'])
        .default('add'),
    )
    .addOption(
      new Option(
        '--format <format>',
        "what F is, where its name does not end so; '-' is csv",
      ).choices(['csv', 'ndjson']),
    )
    .option('--as-of <instant>', 'when the list was so (ISO 8601), else when F was last changed')
    .action(async (file: string, options: ImportOptions) => {
      const { region, register, mode, asOf, json } = options;
      const type = TYPES[options.format ?? formatOf(file)];
      const asOfMs = asOf === undefined ? changedAt(file, systemClock.wallMs()) : instantOf(asOf);
      const hub = new HubClient(io, options);
      // What comes in by a pipe is of now, as the hub's clock has it.
      const query = file === '-' && asOf === undefined ? '' : `&asOfMs=${asOfMs}`;
      const answer = await hub.ask(
        {
          method: 'POST',
          path: `${registerPath(region, register)}/imports?mode=${mode}${query}`,
          body: { type, content: file === '-' ? io.stdin : openList(file) },
        },
        Type.Union([PreviewAnswer, BadLinesAnswer]),
      );
      const isGood = 'batch' in answer;
      if (json === true) io.out(JSON.stringify(answer));
      else if (isGood) previewLines(answer).forEach(io.out);
      else badLineLines(answer).forEach(io.tell);
      if (!isGood) io.exit(EXIT.notUnderstood);
    });
}

function showCommand(io: CliIo): Command {
  return new Command('show')
    .description('a batch; while it waits for somebody, what publishing it would do now')
    .argument('<batch>', 'number that import printed')
    .action(async (text: string, options: HubApiOptions) => {
      const path = batchPath(text);
      const answer = await new HubClient(io, options).ask({ method: 'GET', path }, BatchAnswer);
      if (options.json === true) io.out(JSON.stringify(answer));
      else batchLines(answer).forEach(io.out);
    });
}

function publishCommand(io: CliIo): Command {
  return new Command('publish')
    .description('put a preview in force; exit 3 when a second publisher must run it too')
    .argument('<batch>', 'number that import printed')
    .action(async (text: string, options: HubApiOptions) => {
      const path = `${batchPath(text)}/publication`;
      const answer = await new HubClient(io, options).ask(
        { method: 'POST', path },
        Type.Union([PublishedAnswer, WaitingAnswer]),
      );
      const isWaiting = answer.kind === 'waiting';
      if (options.json === true) io.out(JSON.stringify(answer));
      else if (isWaiting) waitingLines(text, answer).forEach(io.out);
      else io.out(publishedLine(text, answer));
      if (isWaiting) io.exit(EXIT.look);
    });
}

function withdrawCommand(io: CliIo): Command {
  return new Command('withdraw')
    .description('take a published batch back whole; what it had replaced is in force again')
    .argument('<batch>')
    .action(async (text: string, options: HubApiOptions) => {
      const path = `${batchPath(text)}/withdrawal`;
      const answer = await new HubClient(io, options).ask(
        { method: 'POST', path },
        WithdrawnAnswer,
      );
      io.out(options.json === true ? JSON.stringify(answer) : withdrawnLine(text, answer));
    });
}

function discardCommand(io: CliIo): Command {
  return new Command('discard')
    .description('throw a preview away')
    .argument('<batch>')
    .action(async (text: string, options: HubApiOptions) => {
      await new HubClient(io, options).tell({ method: 'DELETE', path: batchPath(text) });
      io.tell(`batch ${text} is thrown away; nothing of it was published`);
    });
}

function confirmCommand(io: CliIo): Command {
  return new Command('confirm')
    .description('say that a list is still so: its date moves, and it does not age')
    .requiredOption('--region <id>')
    .requiredOption('--register <name>')
    .option('--as-of <instant>', 'since when that is known (ISO 8601), else now')
    .action(async (options: ConfirmOptions) => {
      const { region, register, asOf, json } = options;
      const asOfMs = asOf === undefined ? Math.floor(systemClock.wallMs()) : instantOf(asOf);
      const { version } = await new HubClient(io, options).ask(
        {
          method: 'POST',
          path: `${registerPath(region, register)}/confirmation`,
          body: { type: 'application/json', content: JSON.stringify({ asOfMs }) },
        },
        Published,
      );
      if (json === true) io.out(JSON.stringify({ region, register, version }));
      else io.out(`${register} of ${region} is confirmed: version ${version}`);
    });
}

function listCommand(io: CliIo): Command {
  return new Command('list')
    .description('registers, their versions and batches: how many, since when, by whom')
    .requiredOption('--region <id>')
    .option('--all', 'every batch there was, not only the newest twenty')
    .action(async (options: ListOptions) => {
      const { region, all, json } = options;
      const answer = await new HubClient(io, options).ask(
        { method: 'GET', path: `/api/v1/regions/${encodeURIComponent(region)}/registers` },
        RegistersAnswer,
      );
      if (json === true) io.out(JSON.stringify(answer));
      else registerLines(region, answer, all === true).forEach(io.out);
    });
}

function registerPath(region: string, register: string): string {
  return `/api/v1/regions/${encodeURIComponent(region)}/registers/${encodeURIComponent(register)}`;
}
