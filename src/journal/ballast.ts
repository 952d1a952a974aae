import { closeSync, fsyncSync, openSync, rmSync, statfsSync, statSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

/** Grown by this much a step, so that no step holds up a lane. */
const STEP_BYTES = 1024 * 1024;

/** Bytes that an ordinary user may still write to the file system that `path` is on. */
export function freeBytesAt(path: string): number {
  const { bavail, bsize } = statfsSync(path);
  return bavail * bsize;
}

/**
 * A file of nothing beside the journal, removed when the disk is full so that passages can still be written while
 * somebody makes room (security A3). Made again, a step at a time, once there is room for twice its size.
 */
export class Ballast {
  readonly #file: string;
  readonly #bytes: number;
  readonly #freeBytes: () => number;

  constructor(file: string, bytes: number, freeBytes: () => number) {
    this.#file = file;
    this.#bytes = bytes;
    this.#freeBytes = freeBytes;
  }

  /** Bytes it holds back now. */
  heldBytes(): number {
    return statSync(this.#file, { throwIfNoEntry: false })?.size ?? 0;
  }

  isWhole(): boolean {
    return this.heldBytes() >= this.#bytes;
  }

  /** Gives its space back. False when there was nothing to give. */
  free(): boolean {
    if (this.heldBytes() === 0) return false;
    rmSync(this.#file, { force: true });
    const folder = openSync(dirname(this.#file), 'r');
    try {
      fsyncSync(folder);
    } finally {
      closeSync(folder);
    }
    return true;
  }

  /** One step towards being whole; true with the step that completes it. Never throws: without room it waits. */
  grow(): boolean {
    try {
      const held = this.heldBytes();
      if (held >= this.#bytes || this.#freeBytes() < 2 * this.#bytes - held) return false;
      const handle = openSync(this.#file, 'a', 0o600);
      try {
        writeSync(handle, Buffer.alloc(Math.min(STEP_BYTES, this.#bytes - held)));
      } finally {
        closeSync(handle);
      }
      return this.isWhole();
    } catch {
      return false;
    }
  }
}
