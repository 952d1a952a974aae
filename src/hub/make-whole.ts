import { existsSync, readdirSync, renameSync, rmdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError } from '../kernel/errors.ts';
import { syncFolder } from '../station/durable-file.ts';
import { HubDirectory, makePrivateFolder } from './hub-directory.ts';

/** Inside, not beside: the folder may be a mount, or the only one this user may write to. */
const DRAFT = 'init.new';
/** A hub is there once `keys` is, so it is put in place last. */
const KEYS = 'keys';
const PARTS = ['hub.db', 'hub.db-wal', 'hub.db-shm', 'published', 'recipients', KEYS];

/**
 * Makes a new hub's directory whole or not at all: `build` fills a draft, `handOver` gives away what must be safe before the hub counts,
 * then the parts are moved into place. When that fails, what
 * was handed over is taken back. What a failure or a power cut left of it, the next call removes. Throws ConfigError where
 * something lies that is not such a remnant.
 */
export async function makeWhole(
  path: string,
  build: (draft: HubDirectory) => Promise<void>,
  handOver: () => TakeBack,
): Promise<void> {
  refuseTaken(path);
  const wasThere = existsSync(path);
  makePrivateFolder(path);
  clear(path);
  const draft = new HubDirectory(join(path, DRAFT));
  let takeBack: TakeBack = () => {};
  try {
    draft.make();
    await build(draft);
    takeBack = handOver();
    moveIn(path, draft.path);
  } catch (error) {
    takeBack();
    clear(path);
    if (!wasThere) rmdirSync(path);
    throw error;
  }
}

type TakeBack = () => void;

function refuseTaken(path: string): void {
  if (new HubDirectory(path).exists) {
    throw new ConfigError(`${path} holds a hub already: name another directory`);
  }
  if (existsSync(join(path, DRAFT))) return;
  const foreign = PARTS.find((name) => existsSync(join(path, name)));
  if (foreign === undefined) return;
  throw new ConfigError(
    `${path} holds ${foreign} and is no hub: name another directory, or look whose that is`,
  );
}

/** The draft last: as long as it lies there, the parts beside it are known to be its. */
function clear(path: string): void {
  const draft = join(path, DRAFT);
  if (!existsSync(draft)) return;
  for (const name of PARTS) rmSync(join(path, name), { recursive: true, force: true });
  rmSync(draft, { recursive: true, force: true });
}

function moveIn(path: string, draft: string): void {
  syncFolder(draft);
  const names = readdirSync(draft).filter((name) => name !== KEYS);
  for (const name of names) renameSync(join(draft, name), join(path, name));
  syncFolder(path);
  renameSync(join(draft, KEYS), join(path, KEYS));
  // A hub from here on; an empty draft that stays disturbs nobody.
  rmdirSync(draft);
  syncFolder(path);
}
