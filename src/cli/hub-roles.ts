import { Command, Option } from 'commander';
import { currentLists, type RotatedRole, rotateRole } from '../hub/authority/role-lists.ts';
import { newEd25519, pemOfKey } from '../hub/hub-directory.ts';
import { writeNewPrivateFile } from '../hub/private-file.ts';
import { instantToIso } from '../kernel/calendar.ts';
import { ConfigError } from '../kernel/errors.ts';
import { systemClock } from '../station/system-clock.ts';
import { type RoleList, rootId } from '../sync/protocol/roles.ts';
import type { CliIo } from './cli-io.ts';
import {
  accountOf,
  collect,
  type HubCliOptions,
  readPrivateKey,
  withHub,
  withHubData,
} from './hub-common.ts';

const ROTATED: readonly RotatedRole[] = [
  'manifest',
  'receipt',
  'policy',
  'recipient',
  'authority',
  'root',
];

type RotateOptions = HubCliOptions & {
  readonly role: RotatedRole;
  readonly root: string;
  readonly newRoot?: string;
  readonly drop: readonly string[];
  readonly manifestCeiling: number;
};

/** `chot hub roles show | rotate`. */
export function hubRolesCommand(io: CliIo): Command {
  return new Command('roles')
    .description('who may sign what; replace keys without visiting a station')
    .addCommand(showCommand(io).exitOverride())
    .addCommand(rotateCommand(io).exitOverride());
}

function showCommand(io: CliIo): Command {
  return withHubData(new Command('show').description('the newest role lists')).action(
    async (options: HubCliOptions) => {
      const lists = await withHub(io, options, ({ store }) => currentLists(store));
      for (const list of lists) showList(io, options, list);
    },
  );
}

function rotateCommand(io: CliIo): Command {
  return withHubData(
    new Command('rotate')
      .description(
        'a new key for a role, in a new list that the root signs; old ones stay for their term',
      )
      .addOption(new Option('--role <role>').choices(ROTATED).makeOptionMandatory())
      .requiredOption('--root <file>', "the root's private key, put in for this command alone")
      .option('--new-root <file>', 'with --role root: new file for the private key that takes over')
      .option(
        '--drop <id>',
        'take a key, authority-<n> or root-... off the list at once',
        collect,
        [],
      )
      .option(
        '--manifest-ceiling <version>',
        'lower what stations hold as the highest manifest version',
        Number,
        0,
      ),
  ).action(async (options: RotateOptions) => {
    const { role, drop, manifestCeiling } = options;
    if (!Number.isSafeInteger(manifestCeiling) || manifestCeiling < 0) {
      throw new ConfigError('--manifest-ceiling: expected a version');
    }
    const root = readPrivateKey(options.root);
    const newRoot = newRootOf(options);
    const lists = await withHub(io, options, async ({ store, directory }) => {
      const nowMs = systemClock.wallMs();
      const rotation = { role, root, drop, newRoot, manifestCeiling };
      const made = await rotateRole({ store, directory }, rotation, nowMs);
      const detail = { role, dropped: drop.join(' '), manifestCeiling };
      await store.operators.record({
        ...{ atMs: nowMs, operator: accountOf(io), action: 'roles.rotate', purpose: null, detail },
      });
      return made;
    });
    for (const list of lists) showList(io, options, list);
    io.tell(`Take ${options.root} off line again.`);
    if (newRoot === null) return;
    io.tell(
      "Stations take the new root from this list. When all report it, drop the old one: 'chot hub roles rotate --role manifest --root NEW --drop root-...'",
    );
  });
}

function newRootOf({ role, newRoot, drop }: RotateOptions) {
  if (role !== 'root') {
    if (newRoot !== undefined) throw new ConfigError('--new-root goes with --role root');
    return null;
  }
  if (newRoot === undefined) {
    if (drop.length > 0) return null;
    throw new ConfigError('--role root: name the file for the new key with --new-root');
  }
  const key = newEd25519();
  writeNewPrivateFile(newRoot, pemOfKey(key));
  return key;
}

function showList(io: CliIo, { json }: HubCliOptions, list: RoleList): void {
  const roots = list.roots.map(rootId);
  const keys = list.keys.map(({ role, id, notBeforeMs, notAfterMs }) => ({
    ...{ role, id, from: instantToIso(notBeforeMs), until: instantToIso(notAfterMs) },
  }));
  const { region, version, authorities, manifestCeiling } = list;
  const head = { region, version, roots, authorities: authorities.length, manifestCeiling };
  if (json === true) {
    io.out(JSON.stringify({ ...head, keys }));
    return;
  }
  io.out(
    `${region}, version ${version}, roots ${roots.join(' ')}, ${authorities.length} authority(ies)`,
  );
  for (const { role, id, from, until } of keys) {
    io.out(`  ${role.padEnd(10)} ${id.padEnd(20)} ${from} to ${until}`);
  }
}
