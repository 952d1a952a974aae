import { Command } from 'commander';
import { parse } from 'smol-toml';
import { type MandateOrder, setMandate, setPolicy } from '../hub/statements-desk.ts';
import { dayFromIso } from '../kernel/calendar.ts';
import { ConfigError, InputError } from '../kernel/errors.ts';
import { systemClock } from '../station/system-clock.ts';
import type { CliIo } from './cli-io.ts';
import {
  accountOf,
  type HubCliOptions,
  type OpenedHub,
  readTextFile,
  show,
  withHub,
  withHubData,
} from './hub-common.ts';

type PolicyOptions = HubCliOptions & { readonly region: string; readonly days: number };

const DAYS_MAX = 730;

/** `chot hub policy set`, `chot hub mandate set`: signed, with the next version. */
export function hubPolicyCommand(io: CliIo): Command {
  const set = withHubData(
    new Command('set')
      .description("sign a file with the keys of a station's [policy], TOML or JSON")
      .argument('<file>')
      .requiredOption('--region <id>')
      .option('--days <days>', 'how long it holds, 1 to 730', Number, 365),
  ).action(async (file: string, options: PolicyOptions) => {
    const { region, days } = options;
    if (!Number.isInteger(days) || days < 1 || days > DAYS_MAX) {
      throw new ConfigError(`--days: expected a whole number from 1 to ${DAYS_MAX}`);
    }
    const policy = tableIn(file);
    const version = await withHub(io, options, async (hub) => {
      const made = await setPolicy({ ...hub, clock: systemClock }, region, policy, days);
      await record(io, hub, 'policy.set', { region, version: made });
      return made;
    });
    show(io, options, { region, version });
  });
  return new Command('policy')
    .description('what stations must ask for')
    .addCommand(set.exitOverride());
}

export function hubMandateCommand(io: CliIo): Command {
  const set = withHubData(
    new Command('set')
      .description('sign a file with the keys from, until (YYYY-MM-DD), purpose and legalText')
      .argument('<file>')
      .requiredOption('--region <id>'),
  ).action(async (file: string, options: HubCliOptions & { region: string }) => {
    const { region } = options;
    const order = mandateFrom(tableIn(file), file);
    const version = await withHub(io, options, async (hub) => {
      const made = await setMandate({ ...hub, clock: systemClock }, region, order);
      await record(io, hub, 'mandate.set', { region, version: made });
      return made;
    });
    show(io, options, { region, version });
  });
  return new Command('mandate')
    .description('under which law people are stopped, and until when')
    .addCommand(set.exitOverride());
}

function tableIn(file: string): Readonly<Record<string, unknown>> {
  const text = readTextFile(file);
  try {
    return (file.endsWith('.json') ? JSON.parse(text) : parse(text)) as Record<string, unknown>;
  } catch (cause) {
    throw new InputError(`${file}: expected TOML, or JSON in a file named .json`, { cause });
  }
}

function mandateFrom(table: Readonly<Record<string, unknown>>, file: string): MandateOrder {
  const { from, until, purpose, legalText } = table;
  const fromDay = typeof from === 'string' ? dayFromIso(from) : null;
  const untilDay = typeof until === 'string' ? dayFromIso(until) : null;
  if (
    fromDay === null ||
    untilDay === null ||
    typeof purpose !== 'string' ||
    typeof legalText !== 'string'
  ) {
    throw new InputError(
      `${file}: expected the texts from, until (YYYY-MM-DD), purpose, legalText`,
    );
  }
  return { fromDay, untilDay, purpose, legalText };
}

function record(
  io: CliIo,
  { store }: OpenedHub,
  action: string,
  detail: Readonly<Record<string, string | number>>,
) {
  return store.operators.record({
    ...{ atMs: systemClock.wallMs(), operator: accountOf(io), action, purpose: null, detail },
  });
}
