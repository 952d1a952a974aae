import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileName, type PublishedFile } from '../../registers/published/chunk.ts';
import type {
  Manifest,
  PublishedDelta,
  PublishedRegister,
} from '../../registers/published/manifest.ts';
import { syncFolder } from '../../station/durable-file.ts';
import type { HubDirectory } from '../hub-directory.ts';

/** A region's files, each under its SHA-256; another region's station cannot name them (security R6). */
export class PublishedFiles {
  readonly #folder: string;
  #isDirty = false;

  constructor(directory: HubDirectory, region: string) {
    this.#folder = join(directory.publishedFolder, region);
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
  }

  /** Whether all that stations may still fetch of a register is here, by its lengths. */
  holds({ base, deltas }: PublishedRegister): boolean {
    return [...base.chunks, ...deltas].every((file) => file === null || this.#has(file));
  }

  /** On disk when `settle` has been called after it. */
  put(content: Uint8Array): { readonly sha256: string; readonly bytes: number } {
    const sha256 = fileName(content);
    const path = join(this.#folder, sha256);
    if (!existsSync(path)) {
      writeSynced(`${path}.new`, content);
      renameSync(`${path}.new`, path);
      this.#isDirty = true;
    }
    return { sha256, bytes: content.length };
  }

  settle(): void {
    if (this.#isDirty) syncFolder(this.#folder);
    this.#isDirty = false;
  }

  /** Removes whatever none of these manifests names. */
  keepOnly(manifests: readonly Manifest[]): void {
    const named = new Set(manifests.flatMap(namedFiles));
    for (const name of readdirSync(this.#folder)) {
      if (!named.has(name)) rmSync(join(this.#folder, name), { force: true });
    }
  }

  #has({ sha256, bytes }: PublishedFile | PublishedDelta): boolean {
    const path = join(this.#folder, sha256);
    return existsSync(path) && statSync(path).size === bytes;
  }
}

/** Every file that a manifest names. */
export function namedFiles({ registers, lists }: Manifest): readonly string[] {
  const ofRegisters = registers.flatMap(({ base, deltas }) => [
    ...base.chunks.filter((chunk): chunk is PublishedFile => chunk !== null),
    ...deltas,
  ]);
  const ofLists = Object.values(lists).filter((list) => list !== null);
  return [...ofRegisters, ...ofLists].map(({ sha256 }) => sha256);
}

function writeSynced(path: string, content: Uint8Array): void {
  const handle = openSync(path, 'w', 0o600);
  try {
    writeSync(handle, content);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
