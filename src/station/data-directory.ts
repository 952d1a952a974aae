import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
} from 'node:crypto';
import { chmodSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { ConfigError } from '../kernel/errors.ts';
import { makeFolder } from '../kernel/make-folder.ts';
import type { KeyStore } from '../ports/key-store.ts';
import { FileKeyStore } from './file-key-store.ts';
import { checkedKey, type RegionKey, RegionKeys } from './region-keys.ts';

const KEY_BYTES = 32;

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
    /** X25519: what register keys and bundles are sealed to. */
    readonly stationSealing: KeyObject;
  };
  /** Where all of them lie, and what else is kept there: `tls.p256`. */
  readonly keyStore: KeyStore;
  readonly regionKeys: RegionKeys;
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
    const keyStore = new FileKeyStore(join(path, 'keys'));
    const regionKeys = new RegionKeys(keyStore);
    const registersFolder = privateFolder(join(path, 'registers'));
    const runFolder = privateFolder(join(path, 'run'));
    const stationSigning = privateKey(keyStore, 'ed25519');
    return {
      path,
      keys: {
        database: checkedKey(keyStore, 'db.key', keyStore.readOrMake('db.key', newSecret)),
        region: regionKeys.newest(newSecret),
        stationSigning,
        stationVerifying: createPublicKey(stationSigning),
        stationSealing: privateKey(keyStore, 'x25519'),
      },
      keyStore,
      regionKeys,
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

function privateFolder(path: string): string {
  makeFolder(path);
  chmodSync(path, 0o700);
  return path;
}

function newSecret(): Uint8Array {
  return randomBytes(KEY_BYTES);
}

/** `station.<kind>`, in PKCS #8 PEM. */
function privateKey(keys: KeyStore, kind: 'ed25519' | 'x25519'): KeyObject {
  const name = `station.${kind}`;
  const pem = keys.readOrMake(name, () => Buffer.from(newPrivateKey(kind)));
  try {
    const key = createPrivateKey(Buffer.from(pem));
    if (key.asymmetricKeyType === kind) return key;
    throw new Error(`it is of the kind ${key.asymmetricKeyType}`);
  } catch (error) {
    throw new ConfigError(
      `${keys.describe(name)} is not an ${kind} key in PKCS #8 PEM: put the station's own key file back, or wipe and enrol again`,
      { cause: error },
    );
  }
}

function newPrivateKey(kind: 'ed25519' | 'x25519'): string {
  // Told apart for the compiler's sake: each kind has an overload of its own.
  const { privateKey: key } =
    kind === 'ed25519' ? generateKeyPairSync('ed25519') : generateKeyPairSync('x25519');
  return key.export({ type: 'pkcs8', format: 'pem' }) as string;
}
