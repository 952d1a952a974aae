import { createPublicKey, type KeyObject } from 'node:crypto';
import { rmSync } from 'node:fs';
import { Command } from 'commander';
import { Authorities } from '../hub/authority/authorities.ts';
import { tlsIdentity } from '../hub/authority/authority.ts';
import { foundRegion } from '../hub/authority/role-lists.ts';
import { type HubDirectory, newEd25519, pemOfKey, resolveHubDir } from '../hub/hub-directory.ts';
import { makeWhole } from '../hub/make-whole.ts';
import { writeNewPrivateFile } from '../hub/private-file.ts';
import { SqliteHubStore } from '../hub/store/sqlite-hub-store.ts';
import { ConfigError } from '../kernel/errors.ts';
import { systemClock } from '../station/system-clock.ts';
import { ID } from '../sync/protocol/ids.ts';
import { rawPublicKey } from '../sync/protocol/raw-keys.ts';
import { rootId } from '../sync/protocol/roles.ts';
import type { CliIo } from './cli-io.ts';
import { collect, type HubCliOptions, show, withHubData } from './hub-common.ts';

type InitOptions = HubCliOptions & {
  readonly region: readonly string[];
  readonly host: readonly string[];
  readonly root: string;
};

/** `chot hub init`: directory, authority, role keys, root; the root's private key goes into a file of its own. */
export function hubInitCommand(io: CliIo): Command {
  return withHubData(
    new Command('init')
      .description('make a new hub: keys, authority, role list; prints what to do with the root')
      .requiredOption(
        '--region <id>',
        'a region whose stations share registers; may be repeated',
        collect,
        [],
      )
      .requiredOption(
        '--host <name>',
        'name or address stations reach the hub by; may be repeated',
        collect,
        [],
      )
      .requiredOption('--root <file>', "new file for the root's private key"),
  ).action(async (options: InitOptions) => {
    refuseUnfit(options);
    const path = resolveHubDir({ option: options.data, env: io.env, config: undefined });
    const root = newEd25519();
    await makeWhole(
      path,
      (draft) => found(draft, options, root),
      // A hub whose root is lost could never change a key again: no hub without it, and no root of none.
      () => {
        writeNewPrivateFile(options.root, pemOfKey(root));
        return () => rmSync(options.root, { force: true });
      },
    );
    show(io, options, {
      ...{ directory: path, regions: options.region.join(' ') },
      root: rootId(rawPublicKey(createPublicKey(root))),
      rootFile: options.root,
    });
    io.tell(
      `Take ${options.root} off line now: on a stick in a safe, with a copy in another one. It alone can replace keys.`,
    );
    io.tell(
      `Next: 'chot hub operator add', then 'chot hub --config hub.toml' with [http] names = ${JSON.stringify(options.host)}.`,
    );
  });
}

async function found(
  directory: HubDirectory,
  { region, host }: InitOptions,
  root: KeyObject,
): Promise<void> {
  const nowMs = systemClock.wallMs();
  const store = new SqliteHubStore(directory.databaseFile, directory.databaseKey());
  try {
    for (const each of region) await foundRegion({ store, directory }, each, root, nowMs);
    const authorities = new Authorities(directory, store);
    await authorities.refresh();
    tlsIdentity(directory, authorities.oldest(nowMs), host, nowMs);
  } finally {
    await store.close();
  }
}

function refuseUnfit({ region, host }: InitOptions): void {
  if (region.length === 0 || !region.every((each) => ID.test(each))) {
    throw new ConfigError(
      `--region: expected an id of a-z, 0-9 and -, at most 32 characters, came ${region.join(' ')}`,
    );
  }
  if (host.length === 0 || !host.every((each) => /^[A-Za-z0-9.:-]{1,253}$/.test(each))) {
    throw new ConfigError(
      `--host: expected a host name or an address, without https:// and port, came ${host.join(' ')}`,
    );
  }
}
