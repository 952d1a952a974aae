import { Command, Option } from 'commander';
import { CaseAnswer, type CaseShown, CasesAnswer, StopsAnswer } from '../hub/http/case-shapes.ts';
import { PURPOSES, type Purpose } from '../hub/http/operator-guard.ts';
import { parseCaseCode } from '../hub/passages/case-code.ts';
import { CASE_OUTCOMES, type CaseOutcome, type CaseState } from '../hub/passages/index-store.ts';
import { InputError } from '../kernel/errors.ts';
import { type CliIo, EXIT } from './cli-io.ts';
import { caseLines, caseTable, closeHint, type StopShown, stopTable } from './hub-case-output.ts';
import { type HubApiOptions, HubClient, withHubApi } from './hub-client.ts';
import { batchPath } from './hub-paths.ts';

type ListOptions = HubApiOptions & { readonly state?: CaseState; readonly all?: boolean };
type ReadOptions = HubApiOptions & { readonly purpose: Purpose };
type CloseOptions = HubApiOptions & { readonly outcome: CaseOutcome };

const PAGE = 500;

/** `chot hub case list | show | acknowledge | close | stops`: what became of stops, over the hub's HTTPS interface. */
export function hubCaseCommand(io: CliIo): Command {
  const command = new Command('case').description(
    'cases that stops at the gates have opened: see, acknowledge and close them, with the token of an operator',
  );
  const parts = [listCommand, showCommand, acknowledgeCommand, closeCommand, stopsCommand];
  for (const make of parts) command.addCommand(withHubApi(make(io)).exitOverride());
  return command;
}

function listCommand(io: CliIo): Command {
  return new Command('list')
    .description(
      'cases that are not closed, the newest first; exit 3 when nobody has acknowledged one of them',
    )
    .addOption(
      new Option('--state <state>', 'those alone').choices(['open', 'acknowledged', 'closed']),
    )
    .option('--all', `every one, not only the newest ${PAGE}`)
    .action(async (options: ListOptions) => {
      const { state, all, json } = options;
      const { cases, isMore } = await casesOf(new HubClient(io, options), state, all === true);
      if (json === true) for (const each of cases) io.out(JSON.stringify(each));
      else caseTable(cases, state ?? null).forEach(io.out);
      if (isMore) io.tell('there may be older ones: --all');
      if (cases.some((each) => each.state === 'open')) io.exit(EXIT.look);
    });
}

/** Page by page; whatever has the time at which a page ends comes in the next one again, and is taken once. */
async function casesOf(hub: HubClient, state: CaseState | undefined, isAll: boolean) {
  const found = new Map<string, CaseShown>();
  const those = state === undefined ? '' : `&state=${state}`;
  for (let older = ''; ; ) {
    const path = `/api/v1/cases?limit=${PAGE}${those}${older}`;
    const { cases } = await hub.ask({ method: 'GET', path }, CasesAnswer);
    const before = found.size;
    for (const each of cases) found.set(`${each.station} ${each.epoch} ${each.sequence}`, each);
    const last = cases.at(-1);
    const isMore = cases.length === PAGE && last !== undefined;
    if (!isMore || !isAll || found.size === before) {
      return { cases: [...found.values()], isMore: isMore && !isAll };
    }
    older = `&beforeMs=${last.openedMs + 1}`;
  }
}

function showCommand(io: CliIo): Command {
  return new Command('show')
    .description('whom a case is about, and what happened at the gate; the audit says who asked')
    .argument('<code>', 'as it is read out at the gate: K7-4HX')
    .addOption(purposeOption())
    .action(async (text: string, options: ReadOptions) => {
      const request = { method: 'GET', path: casePath(text), purpose: options.purpose } as const;
      const answer = await new HubClient(io, options).ask(request, CaseAnswer);
      if (options.json === true) io.out(JSON.stringify(answer));
      else caseLines(answer).forEach(io.out);
    });
}

function acknowledgeCommand(io: CliIo): Command {
  return new Command('acknowledge')
    .description('say that somebody looks after a case')
    .argument('<code>')
    .action(async (text: string, options: HubApiOptions) => {
      const path = `${casePath(text)}/acknowledgement`;
      await new HubClient(io, options).tell({ method: 'POST', path });
      const code = parseCaseCode(text);
      io.tell(`case ${code} is acknowledged; when its outcome is known: ${closeHint(code)}`);
    });
}

function closeCommand(io: CliIo): Command {
  return new Command('close')
    .description('say how a case ended; this cannot be undone')
    .argument('<code>')
    .addOption(
      new Option('--outcome <outcome>', 'how it ended')
        .choices(CASE_OUTCOMES)
        .makeOptionMandatory(),
    )
    .action(async (text: string, options: CloseOptions) => {
      const { outcome } = options;
      await new HubClient(io, options).tell({
        ...{ method: 'POST', path: `${casePath(text)}/closure` },
        body: { type: 'application/json', content: JSON.stringify({ outcome }) },
      });
      io.tell(`case ${parseCaseCode(text)} is closed: ${outcome}`);
    });
}

function stopsCommand(io: CliIo): Command {
  return new Command('stops')
    .description('who was stopped under a batch of a register; the audit says who asked')
    .argument('<batch>', "its number, as 'chot hub register list' names it")
    .addOption(purposeOption())
    .action(async (text: string, options: ReadOptions) => {
      const stops = await stopsOf(new HubClient(io, options), batchPath(text), options.purpose);
      if (options.json === true) for (const each of stops) io.out(JSON.stringify(each));
      else stopTable(stops).forEach(io.out);
    });
}

async function stopsOf(hub: HubClient, path: string, purpose: Purpose) {
  const found: StopShown[] = [];
  for (let after = ''; ; ) {
    const request = {
      method: 'GET',
      path: `${path}/stops?limit=${PAGE}${after}`,
      purpose,
    } as const;
    const { stops, next } = await hub.ask(request, StopsAnswer);
    found.push(...stops);
    if (next === null) return found;
    after = `&after=${encodeURIComponent(next)}`;
  }
}

function purposeOption(): Option {
  return new Option('--purpose <purpose>', 'why this person’s data is read')
    .choices(PURPOSES)
    .makeOptionMandatory();
}

function casePath(text: string): string {
  const code = parseCaseCode(text);
  if (/^[A-Z0-9]{2}-[A-Z0-9]{3}$/.test(code)) return `/api/v1/cases/${code}`;
  throw new InputError("expected the code of a case, as K7-4HX: 'chot hub case list' names them");
}
