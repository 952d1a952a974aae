import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { parseHubConfig } from '../hub/config.ts';
import { resolveHubDir } from '../hub/hub-directory.ts';
import { checkHere } from '../hub/inbox/check-segments.ts';
import { SegmentIngest } from '../hub/inbox/segment-ingest.ts';
import type { Incident } from '../hub/ingest-port.ts';
import { type Imported, importStick } from '../hub/sticks/import-stick.ts';
import { makeBundle } from '../hub/sticks/make-bundle.ts';
import { StickDesk, type StickPort } from '../hub/sticks/stick-desk.ts';
import { StickSocket } from '../hub/sticks/stick-socket.ts';
import { ConfigError } from '../kernel/errors.ts';
import { lockFile } from '../station/data-lock.ts';
import { syncFolder } from '../station/durable-file.ts';
import { systemClock } from '../station/system-clock.ts';
import { type CliIo, EXIT } from './cli-io.ts';
import {
  accountOf,
  type HubCliOptions,
  type OpenedHub,
  readTextFile,
  withHub,
  withHubData,
} from './hub-common.ts';
import { withJournals } from './hub-journals.ts';

const HOUR_MS = 3_600_000;
/** The longest that may be configured: a station that is told it removes nothing too early. */
const LONGEST_BACKUP_MS = 90 * 24 * HOUR_MS;

type BundleOptions = HubCliOptions & { readonly station: string; readonly config?: string };

/** `chot hub import DIR`: through the daemon, who alone writes the inbox; or directly while none runs. */
export function hubImportCommand(io: CliIo): Command {
  return withHubData(
    new Command('import')
      .description(
        "take in what 'chot sync export' wrote on a stick; exit 3 names what was refused",
      )
      .argument('<dir>', 'folder of the stick'),
  ).action(async (folder: string, options: HubCliOptions) => {
    const done = await withHub(io, options, async (hub) => {
      const imported = await withPort(hub, (port) =>
        importStick(
          {
            ...{ folder, port, clock: systemClock },
            progress: (at, all) => io.tell(`${at} of ${all} segments`),
          },
          io.signal,
        ),
      );
      const { stored, known, refusedCount } = imported;
      await hub.store.operators.record({
        ...{ atMs: systemClock.wallMs(), operator: accountOf(io), action: 'stick.import' },
        ...{ purpose: null, detail: { stored, known, refused: refusedCount } },
      });
      return imported;
    });
    tell(io, options, done);
    io.exit(done.refusedCount === 0 ? EXIT.done : EXIT.look);
  });
}

/** `chot hub bundle --station S DIR`: what a station without a line needs; reads beside the daemon. */
export function hubBundleCommand(io: CliIo): Command {
  return withHubData(
    new Command('bundle')
      .description('write what a station without a line needs: registers, policy, keys, receipts')
      .argument('<dir>', 'folder of the stick')
      .requiredOption('--station <id>')
      .option(
        '--config <file>',
        "the hub's TOML file, for backup.intervalH and the directory; without it the station keeps what it wrote for 90 days",
      ),
  ).action(async (folder: string, options: BundleOptions) => {
    const { config, station, data } = options;
    const settings = config === undefined ? null : parseHubConfig(readTextFile(config), config);
    const path = resolveHubDir({ option: data, env: io.env, config: settings?.hub.dataDir });
    const file = join(folder, `${station}.down`);
    const bytes = await withHub(io, { ...options, data: path }, (hub) =>
      withJournals(hub.directory, 'read-only', async (journals) => {
        const backupIntervalMs =
          settings === null ? LONGEST_BACKUP_MS : settings.backup.intervalH * HOUR_MS;
        const parts = makeBundle(station, {
          ...{ ...hub, journals, clock: systemClock, backupIntervalMs },
        });
        const length = await writeParts(file, folder, parts, io);
        await hub.store.operators.record({
          ...{ atMs: systemClock.wallMs(), operator: accountOf(io), action: 'stick.bundle' },
          ...{ purpose: null, detail: { station, bytes: length } },
        });
        return length;
      }),
    );
    io.out(options.json === true ? JSON.stringify({ file, bytes }) : `${file}  ${bytes} bytes`);
  });
}

/** The daemon when one holds the hub's lock, else this process. */
async function withPort<T>(hub: OpenedHub, work: (port: StickPort) => Promise<T>): Promise<T> {
  const { directory, store, authorities } = hub;
  const lock = lockFile(directory.lockFile, 0);
  if ('code' in lock) return work(new StickSocket(directory.stickSocket));
  const raised: Promise<void>[] = [];
  try {
    return await withJournals(directory, 'create', async (journals) => {
      if (journals === null) throw new ConfigError('the journals of this hub cannot be made');
      const { inbox, index } = journals;
      const raise = (incident: Incident) => void raised.push(store.raise(incident));
      const ingest = new SegmentIngest({
        ...{ store: inbox, clock: systemClock, recipients: () => authorities.recipients },
        check: checkHere,
        openedThrough: (epoch) => index.opened.openedThrough(epoch),
        raise,
      });
      const done = await work(new StickDesk({ store, ingest, raise, clock: systemClock }));
      await ingest.settled();
      return done;
    });
  } finally {
    await Promise.all(raised);
    lock.release();
  }
}

/** In place under its name only when it is whole and on the stick. */
async function writeParts(
  file: string,
  folder: string,
  parts: AsyncIterable<Uint8Array>,
  io: CliIo,
): Promise<number> {
  const draft = `${file}.new`;
  let bytes = 0;
  try {
    mkdirSync(folder, { recursive: true });
    const handle = openSync(draft, 'w', 0o600);
    try {
      for await (const part of parts) {
        io.signal.throwIfAborted();
        writeFileSync(handle, part);
        bytes += part.length;
      }
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
    renameSync(draft, file);
    syncFolder(folder);
    return bytes;
  } catch (cause) {
    rmSync(draft, { force: true });
    const { code, syscall } = cause as NodeJS.ErrnoException;
    if (syscall === undefined) throw cause;
    throw new ConfigError(
      `${file} cannot be written (${code}): make room on the stick, or name another folder`,
      { cause },
    );
  }
}

function tell(io: CliIo, { json }: HubCliOptions, done: Imported): void {
  if (json === true) {
    io.out(JSON.stringify(done));
    return;
  }
  for (const { file, code, message } of done.refused) io.out(`${file}: ${code}: ${message}`);
  const { stored, known, refusedCount } = done;
  io.out(`${stored} segments taken, ${known} known before, ${refusedCount} refused`);
  for (const [station, head] of Object.entries(done.heads)) {
    io.out(
      `${station} had written up to record ${head}: 'chot hub prove ${station}' says what is here`,
    );
  }
}
