import { createPrivateKey, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto';
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ConfigError } from '../kernel/errors.ts';
import { makeFolder } from '../kernel/make-folder.ts';
import { replacePrivateFile } from './private-file.ts';

const KEY_BYTES = 32;
const AUTHORITY = /^authority-([1-9][0-9]{0,3})\.p256$/;

/** A hub's state on disk: `hub.db`, `published/`, `recipients/` (for the opener alone) and `keys/`, 0700, every file 0600. */
export class HubDirectory {
  readonly path: string;
  readonly databaseFile: string;
  readonly publishedFolder: string;
  readonly recipientsFolder: string;
  readonly lockFile: string;
  /** Where `chot hub import` meets the daemon. */
  readonly stickSocket: string;
  readonly #keysFolder: string;

  constructor(path: string) {
    this.path = path;
    this.databaseFile = join(path, 'hub.db');
    this.publishedFolder = join(path, 'published');
    this.recipientsFolder = join(path, 'recipients');
    this.lockFile = join(path, 'hub.lock');
    this.stickSocket = join(path, 'sticks.sock');
    this.#keysFolder = join(path, 'keys');
  }

  /** Whether `chot hub init` has been here. */
  get exists(): boolean {
    return existsSync(join(this.#keysFolder, 'db.key'));
  }

  /** Throws ConfigError where it cannot be written. */
  make(): void {
    makePrivateFolder(this.path);
    for (const folder of [this.#keysFolder, this.recipientsFolder, this.publishedFolder]) {
      makePrivateFolder(folder);
    }
    if (!this.exists) this.writeKey('db.key', randomBytes(KEY_BYTES));
  }

  databaseKey(): Uint8Array {
    return this.#raw('db.key');
  }

  /** Numbers of the authorities whose keys lie here, ascending. */
  authorityNumbers(): readonly number[] {
    return readdirSync(this.#keysFolder)
      .map((name) => Number(AUTHORITY.exec(name)?.[1] ?? 0))
      .filter((number) => number > 0)
      .sort((a, b) => a - b);
  }

  /** A private key in PKCS #8 PEM under `keys/`, or null when there is none. */
  privateKey(name: string): KeyObject | null {
    const text = this.text(name);
    return text === null ? null : privateKeyFrom(text, join(this.#keysFolder, name));
  }

  /** A file under `keys/`, or null. */
  text(name: string): string | null {
    return existsSync(join(this.#keysFolder, name)) ? this.#read(name).toString('utf8') : null;
  }

  writeKey(name: string, content: string | Uint8Array): void {
    replacePrivateFile(join(this.#keysFolder, name), content);
  }

  /** The region's register key of a generation, 32 bytes; null when it was never made, or is destroyed. */
  regionKey(region: string, generation: number): Uint8Array | null {
    const name = regionKeyName(region, generation);
    return existsSync(join(this.#keysFolder, name)) ? this.#raw(name) : null;
  }

  makeRegionKey(region: string, generation: number): Uint8Array {
    const key = randomBytes(KEY_BYTES);
    this.writeKey(regionKeyName(region, generation), key);
    return key;
  }

  destroyRegionKey(region: string, generation: number): void {
    rmSync(join(this.#keysFolder, regionKeyName(region, generation)), { force: true });
  }

  #raw(name: string): Uint8Array {
    const bytes = this.#read(name);
    if (bytes.length === KEY_BYTES) return Uint8Array.from(bytes);
    throw new ConfigError(
      `${join(this.#keysFolder, name)} holds ${bytes.length} bytes instead of ${KEY_BYTES}: put the hub's own key file back from the backup`,
    );
  }

  #read(name: string): Buffer {
    const file = join(this.#keysFolder, name);
    if ((statSync(file).mode & 0o077) !== 0) {
      throw new ConfigError(`${file} can be read by other users: run chmod 600 ${file}`);
    }
    return readFileSync(file);
  }
}

/** With mode 0700. Throws ConfigError where it cannot be written. */
export function makePrivateFolder(folder: string): void {
  try {
    makeFolder(folder);
    chmodSync(folder, 0o700);
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    throw new ConfigError(
      `hub directory ${folder} cannot be made (${code}): choose one this user may write with --data DIR or CHOT_HUB_DATA`,
      { cause },
    );
  }
}

type Places = {
  readonly option: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly config: string | undefined;
};

/** `--data`, else CHOT_HUB_DATA, else the configuration's, else /var/lib/chot-hub. */
export function resolveHubDir({ option, env, config }: Places): string {
  return resolve(option || env['CHOT_HUB_DATA'] || config || '/var/lib/chot-hub');
}

/** The directory of a hub that has been made, else ConfigError. */
export function openHubDirectory(path: string): HubDirectory {
  const directory = new HubDirectory(path);
  if (directory.exists) return directory;
  throw new ConfigError(`no hub in ${path}: make one with 'chot hub init', or name it with --data`);
}

/** The directory of a hub that can work, else ConfigError: keys alone wait for `chot hub restore`. */
export function openWorkingHub(path: string): HubDirectory {
  const directory = openHubDirectory(path);
  if (existsSync(directory.databaseFile)) return directory;
  throw new ConfigError(
    `${path} holds keys and no hub.db: put a backup into it first, with 'chot hub restore BACKUP --data ${path}'`,
  );
}

export function privateKeyFrom(pem: string, file: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch (cause) {
    throw new ConfigError(
      `${file}: expected a private key in PKCS #8 PEM: put the right file back`,
      {
        cause,
      },
    );
  }
}

/** PKCS #8 PEM. */
export function pemOfKey(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }) as string;
}

export function newP256(): KeyObject {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
}

export function newEd25519(): KeyObject {
  return generateKeyPairSync('ed25519').privateKey;
}

function regionKeyName(region: string, generation: number): string {
  return `region-${region}.${generation}.key`;
}
