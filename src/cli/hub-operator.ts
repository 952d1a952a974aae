import { randomBytes } from 'node:crypto';
import { Command, Option } from 'commander';
import { operatorTokenHash } from '../hub/http/operator-guard.ts';
import { OPERATOR_ROLES, type OperatorRole } from '../hub/operators/operator-store.ts';
import { InputError } from '../kernel/errors.ts';
import { systemClock } from '../station/system-clock.ts';
import { ID } from '../sync/protocol/ids.ts';
import type { CliIo } from './cli-io.ts';
import { accountOf, type HubCliOptions, withHub, withHubData } from './hub-common.ts';

const TOKEN_BYTES = 32;

/** `chot hub operator add | end | list`. */
export function hubOperatorCommand(io: CliIo): Command {
  return new Command('operator')
    .description('who may use the operators’ interface')
    .addCommand(addCommand(io).exitOverride())
    .addCommand(endCommand(io).exitOverride())
    .addCommand(listCommand(io).exitOverride());
}

function addCommand(io: CliIo): Command {
  return withHubData(
    new Command('add')
      .description('print a token for a new operator, once: only its hash is kept')
      .argument('<operator>', 'id, a-z 0-9 -')
      .addOption(new Option('--role <role>').choices(OPERATOR_ROLES).makeOptionMandatory()),
  ).action(async (operator: string, options: HubCliOptions & { role: OperatorRole }) => {
    const { role } = options;
    if (!ID.test(operator)) throw new InputError('operator: expected an id of a-z, 0-9 and -');
    const token = randomBytes(TOKEN_BYTES).toString('base64url');
    await withHub(io, options, async ({ store }) => {
      const atMs = systemClock.wallMs();
      const isNew = await store.operators.add(
        { operator, role, addedMs: atMs },
        operatorTokenHash(token),
      );
      if (!isNew) throw new InputError(`${operator} is taken, now or earlier: choose another name`);
      await store.operators.record({
        ...{ atMs, operator: accountOf(io), action: 'operator.add', purpose: null },
        detail: { added: operator, role },
      });
    });
    if (options.json === true) return io.out(JSON.stringify({ operator, role, token }));
    io.out(token);
    io.tell(
      `The token of ${operator}, shown this once: hand it over in person, to be kept in a file of mode 0600.`,
    );
  });
}

function endCommand(io: CliIo): Command {
  return withHubData(
    new Command('end')
      .description("an operator's token is no good any more")
      .argument('<operator>'),
  ).action(async (operator: string, options: HubCliOptions) => {
    await withHub(io, options, async ({ store }) => {
      const atMs = systemClock.wallMs();
      if (!(await store.operators.end(operator, atMs))) {
        throw new InputError(
          `no operator ${operator} at work: 'chot hub operator list' names them`,
        );
      }
      await store.operators.record({
        ...{ atMs, operator: accountOf(io), action: 'operator.end', purpose: null },
        detail: { ended: operator },
      });
    });
  });
}

function listCommand(io: CliIo): Command {
  return withHubData(new Command('list').description('operators, past ones too')).action(
    async (options: HubCliOptions) => {
      const operators = await withHub(io, options, ({ store }) => store.operators.list());
      for (const each of operators) {
        if (options.json === true) io.out(JSON.stringify(each));
        else
          io.out(
            `${each.operator.padEnd(32)} ${each.role.padEnd(10)} ${each.endedMs === null ? '' : 'ended'}`,
          );
      }
    },
  );
}
