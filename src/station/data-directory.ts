import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
} from 'node:crypto';
import {
  chmodSync,
  closeSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { ConfigError } from '../kernel/errors.ts';
import { syncFolder } from './durable-file.ts';

const KEY_BYTES = 32;
const REGION_KEY = /^register-([1-9][0-9]{0,8})\.key$/;

export type RegionKey = { readonly generation: number; readonly key: Uint8Array };

/** One station's state on disk. Keys are raw 32 bytes or PKCS #8, each in a 0600 file under `keys/` (0700). */
export type DataDirectory = {
  readonly path: string;
  readonly keys: {
    readonly database: Uint8Array;
    /** The newest generation of the region's register key. */
    readonly region: RegionKey;
    /** Ed25519: signs the journal's heads. */
    readonly stationSigning: KeyObject;
    readonly stationVerifying: KeyObject;
  };
  readonly journalFile: string;
  readonly registersFolder: string;
  /** For this boot only: tokens and the like. Emptied at every start of the daemon. */
  readonly runFolder: string;
};

type Places = {
  readonly option: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly config: string | undefined;
};

/** `--data`, else CHOT_DATA, else the configuration's, else the system's place. The same for every command. */
export function resolveDataDir({ option, env, config }: Places): string {
  const chosen = option ?? env['CHOT_DATA'] ?? config;
  if (chosen !== undefined && chosen !== '') return resolve(chosen);
  if (process.getuid?.() === 0) return '/var/lib/chot';
  return join(env['XDG_DATA_HOME'] || join(homedir(), '.local', 'share'), 'chot');
}

/** Opens the directory, making what is missing on the first start. Throws ConfigError with what to do. */
export function openDataDirectory(path: string): DataDirectory {
  try {
    const keysFolder = makeFolder(join(path, 'keys'));
    const registersFolder = makeFolder(join(path, 'registers'));
    const runFolder = makeFolder(join(path, 'run'));
    const stationSigning = signingKey(join(keysFolder, 'station.ed25519'));
    return {
      path,
      keys: {
        database: secret(join(keysFolder, 'db.key')),
        region: regionKey(keysFolder),
        stationSigning,
        stationVerifying: createPublicKey(stationSigning),
      },
      journalFile: join(path, 'journal.db'),
      registersFolder,
      runFolder,
    };
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    const code = (error as NodeJS.ErrnoException).code;
    throw new ConfigError(
      `data directory ${path} cannot be used (${code ?? String(error)}): choose one this user may write with --data DIR or CHOT_DATA`,
      { cause: error },
    );
  }
}

function makeFolder(path: string): string {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  chmodSync(path, 0o700);
  return path;
}

function secret(file: string): Uint8Array {
  const bytes = readOrMake(file, () => randomBytes(KEY_BYTES));
  if (bytes.length !== KEY_BYTES) {
    throw new ConfigError(
      `${file} holds ${bytes.length} bytes instead of ${KEY_BYTES}: put the station's own key file back, or wipe and enrol again`,
    );
  }
  return bytes;
}

function regionKey(folder: string): RegionKey {
  const generations = readdirSync(folder)
    .map((name) => Number(REGION_KEY.exec(name)?.[1] ?? 0))
    .filter((generation) => generation > 0);
  const generation = Math.max(1, ...generations);
  return { generation, key: secret(join(folder, `register-${generation}.key`)) };
}

function signingKey(file: string): KeyObject {
  const pem = readOrMake(file, () =>
    Buffer.from(
      generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
    ),
  );
  try {
    return createPrivateKey(Buffer.from(pem));
  } catch (error) {
    throw new ConfigError(
      `${file} is not an Ed25519 key in PKCS #8 PEM: put the station's own key file back, or wipe and enrol again`,
      { cause: error },
    );
  }
}

/** Two processes that start together must end with the same key: whoever links first has made it. */
function readOrMake(file: string, make: () => Uint8Array): Uint8Array {
  try {
    return readPrivate(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  const draft = `${file}.${process.pid}.new`;
  const handle = openSync(draft, 'wx', 0o600);
  try {
    writeSync(handle, make());
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  try {
    linkSync(draft, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  rmSync(draft);
  syncFolder(resolve(file, '..'));
  return readPrivate(file);
}

function readPrivate(file: string): Uint8Array {
  const mode = statSync(file).mode & 0o077;
  if (mode !== 0) {
    throw new ConfigError(`${file} can be read by other users: run chmod 600 ${file}`);
  }
  return readFileSync(file);
}
