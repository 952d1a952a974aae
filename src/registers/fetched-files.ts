import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { InputError } from '../kernel/errors.ts';
import { fileName } from './published/chunk.ts';
import { readSealed, writeSealed } from './sealed-file.ts';

/** Gives a published file whole; rejects when there is no line. What it gives is verified by who asked. */
export type FetchFile = (sha256: string, bytesMax: number) => Promise<Uint8Array>;

export type WantedFile = { readonly sha256: string; readonly bytes: number };

/** The line did not give a file; whoever asked tries again later. */
export class FetchFault extends Error {
  override readonly name = 'FetchFault';
}

const FOLDER = 'fetch';
/** So that a long way to the hub does not cost a round trip a file. */
const FETCHES_AT_ONCE = 4;

/** Published files on their way into a register: fetched once, verified, sealed, kept over restarts until they are used up. */
export class FetchedFiles {
  readonly #folder: string;
  readonly #databaseKey: Uint8Array;
  readonly #fetchFile: FetchFile;
  #fetchedBytes = 0;

  constructor(folder: string, databaseKey: Uint8Array, fetchFile: FetchFile) {
    this.#folder = join(folder, FOLDER);
    this.#databaseKey = databaseKey;
    this.#fetchFile = fetchFile;
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
  }

  /** What came over the line. */
  get fetchedBytes(): number {
    return this.#fetchedBytes;
  }

  /** Fetches what is not here whole. Throws FetchFault, InputError for a file of other content, or what the disk throws. */
  async bring(files: readonly WantedFile[]): Promise<void> {
    const missing = files.filter((file) => this.read(file) === null);
    let next = 0;
    const work = async () => {
      for (let file = missing[next++]; file !== undefined; file = missing[next++]) {
        await this.#bringOne(file);
      }
    };
    await Promise.all(Array.from({ length: FETCHES_AT_ONCE }, work));
  }

  /** Null when it is not here whole. */
  read({ sha256 }: WantedFile): Buffer | null {
    return readSealed(join(this.#folder, sha256), this.#databaseKey, sha256);
  }

  /** Lets go of all but these. */
  keepOnly(files: readonly WantedFile[]): void {
    const kept = new Set(files.map(({ sha256 }) => sha256));
    for (const name of readdirSync(this.#folder)) {
      if (!kept.has(name)) rmSync(join(this.#folder, name), { force: true });
    }
  }

  async #bringOne({ sha256, bytes }: WantedFile): Promise<void> {
    const content = await this.#fetched(sha256, bytes);
    this.#fetchedBytes += content.length;
    if (content.length !== bytes || fileName(content) !== sha256) {
      throw new InputError(
        `published file ${sha256.slice(0, 12)}: expected its own ${bytes} bytes, came ${content.length} others: fetch it again, then look at the hub`,
      );
    }
    writeSealed(join(this.#folder, sha256), this.#databaseKey, sha256, content);
  }

  async #fetched(sha256: string, bytes: number): Promise<Uint8Array> {
    try {
      return await this.#fetchFile(sha256, bytes);
    } catch (error) {
      throw new FetchFault(
        `published file ${sha256.slice(0, 12)} did not come: ${error instanceof Error ? error.message : String(error)}`,
        { cause: error },
      );
    }
  }
}
