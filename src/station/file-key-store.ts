import {
  chmodSync,
  closeSync,
  fstatSync,
  fsyncSync,
  linkSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { ConfigError } from '../kernel/errors.ts';
import { makeFolder } from '../kernel/make-folder.ts';
import type { KeyGrade, KeyStore } from '../ports/key-store.ts';
import { syncFolder } from './durable-file.ts';

/** Drafts begin with a point, so none is ever taken for a secret. */
const NAME = /^[a-z0-9][a-z0-9.-]{0,63}$/;

/** Secrets as files that only their owner may read (0600 in 0700). Throws ConfigError for one that others can read. */
export class FileKeyStore implements KeyStore {
  readonly grade: KeyGrade = 'file';
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
    makeFolder(folder);
    chmodSync(folder, 0o700);
  }

  describe(name: string): string {
    return this.#file(name);
  }

  read(name: string): Uint8Array | null {
    const file = this.#file(name);
    const mode = statSync(file, { throwIfNoEntry: false })?.mode;
    if (mode === undefined) return null;
    if ((mode & 0o077) !== 0) {
      throw new ConfigError(`${file} can be read by other users: run chmod 600 ${file}`);
    }
    return readFileSync(file);
  }

  readOrMake(name: string, make: () => Uint8Array): Uint8Array {
    const there = this.read(name);
    if (there !== null) return there;
    const secret = make();
    const draft = this.#draft(name, secret);
    try {
      // Whoever links first has made it.
      linkSync(draft, this.#file(name));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    rmSync(draft);
    syncFolder(this.#folder);
    return this.read(name) ?? secret;
  }

  write(name: string, secret: Uint8Array): void {
    const file = this.#file(name);
    renameSync(this.#draft(name, secret), file);
    syncFolder(this.#folder);
  }

  remove(name: string): void {
    const file = this.#file(name);
    if (statSync(file, { throwIfNoEntry: false }) === undefined) return;
    overwrite(file);
    rmSync(file);
    syncFolder(this.#folder);
  }

  list(): readonly string[] {
    return readdirSync(this.#folder)
      .filter((name) => NAME.test(name))
      .sort();
  }

  #file(name: string): string {
    if (!NAME.test(name)) {
      throw new RangeError(`a key's name has a-z, 0-9, . and -, at most 64, came "${name}"`);
    }
    return join(this.#folder, name);
  }

  #draft(name: string, secret: Uint8Array): string {
    const draft = join(this.#folder, `.${name}.${process.pid}.new`);
    rmSync(draft, { force: true });
    const handle = openSync(draft, 'wx', 0o600);
    try {
      writeSync(handle, secret);
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
    return draft;
  }
}

/**
 * Writes zeros over a file where it lies. On a magnetic disk that destroys it; flash and copying file systems may keep the
 * old bytes elsewhere until they are used again, which no program can prevent.
 */
export function overwrite(file: string): void {
  const handle = openSync(file, 'r+');
  try {
    writeSync(handle, new Uint8Array(fstatSync(handle).size), 0, null, 0);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
