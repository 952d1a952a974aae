import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { syncFolder } from '../../station/durable-file.ts';

/** Where the bytes of a sealed body are. */
export type BodyPlace = { readonly file: number; readonly offset: number; readonly length: number };

const FILE_BYTES_MAX = 256 * 1024 * 1024;
const NAME = /^([0-9]{12})\.bodies$/;
/** Files kept open for reading. */
const READERS_MAX = 8;
const ZEROS = new Uint8Array(1024 * 1024);

/**
 * Sealed bodies, one behind the other in files that are only appended to and removed whole. They are sealed already, so
 * that no second cipher is paid for; what is in the clear in them is in the clear on the wire. A database says what is
 * where: bytes that it does not know (a crash came between) are nobody's. One writer; any number of readers.
 */
export class BodyFiles {
  readonly #folder: string;
  #next: number;
  #current: { readonly file: number; readonly handle: FileHandle; size: number } | null = null;
  readonly #readers = new Map<number, Promise<FileHandle>>();

  constructor(folder: string) {
    this.#folder = folder;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    this.#next = Math.max(0, ...this.files()) + 1;
  }

  /** On disk when it resolves, in the order given. After a failure the file is left as it is and another one begun. */
  async append(bodies: readonly Uint8Array[]): Promise<readonly BodyPlace[]> {
    const current = await this.#writable();
    try {
      let offset = current.size;
      const places = bodies.map(({ length }) => {
        const place = { file: current.file, offset, length };
        offset += length;
        return place;
      });
      await writeAll(current.handle, bodies, current.size);
      await current.handle.datasync();
      current.size = offset;
      return places;
    } catch (error) {
      await this.#leave();
      throw error;
    }
  }

  async read({ file, offset, length }: BodyPlace): Promise<Uint8Array> {
    const handle = await this.#reader(file);
    const bytes = Buffer.allocUnsafeSlow(length);
    const { bytesRead } = await handle.read(bytes, 0, length, offset);
    if (bytesRead === length) return bytes;
    throw new Error(
      `${bodyFileName(file)}: expected ${length} bytes at ${offset}, came ${bytesRead}`,
    );
  }

  /** Writes zeros over bodies that must not be readable any more. */
  async wipe(places: readonly BodyPlace[]): Promise<void> {
    for (const { file, offset, length } of places) {
      const handle = await open(this.#path(file), 'r+');
      try {
        for (let done = 0; done < length; done += ZEROS.length) {
          const part = ZEROS.subarray(0, Math.min(ZEROS.length, length - done));
          await writeAll(handle, [part], offset + done);
        }
        await handle.datasync();
      } finally {
        await handle.close();
      }
    }
  }

  files(): readonly number[] {
    return readdirSync(this.#folder).flatMap((name) => {
      const digits = NAME.exec(name)?.[1];
      return digits === undefined ? [] : [Number(digits)];
    });
  }

  /** Removes every file but those that hold something, and the one that is being written. */
  removeBut(needed: ReadonlySet<number>): void {
    for (const file of this.files()) {
      if (needed.has(file) || file === this.#current?.file) continue;
      rmSync(this.#path(file), { force: true });
      void this.#readers.get(file)?.then((handle) => handle.close());
      this.#readers.delete(file);
    }
  }

  async close(): Promise<void> {
    await this.#leave();
    for (const reader of this.#readers.values()) await (await reader).close();
    this.#readers.clear();
  }

  async #writable() {
    if (this.#current !== null && this.#current.size >= FILE_BYTES_MAX) await this.#leave();
    if (this.#current === null) {
      const file = this.#next++;
      const handle = await open(this.#path(file), 'wx', 0o600);
      this.#current = { file, handle, size: 0 };
      syncFolder(this.#folder);
    }
    return this.#current;
  }

  async #leave(): Promise<void> {
    const left = this.#current;
    this.#current = null;
    // What could not be written may not be closed without an error either; it is nobody's then.
    await left?.handle.close().catch(() => {});
  }

  #reader(file: number): Promise<FileHandle> {
    const there = this.#readers.get(file);
    if (there !== undefined) return there;
    const [oldest] = this.#readers;
    if (oldest !== undefined && this.#readers.size >= READERS_MAX) {
      this.#readers.delete(oldest[0]);
      void oldest[1].then((handle) => handle.close());
    }
    const opened = open(this.#path(file), 'r');
    this.#readers.set(file, opened);
    opened.catch(() => this.#readers.delete(file));
    return opened;
  }

  #path(file: number): string {
    return join(this.#folder, bodyFileName(file));
  }
}

export function bodyFileName(file: number): string {
  return `${String(file).padStart(12, '0')}.bodies`;
}

async function writeAll(
  handle: FileHandle,
  parts: readonly Uint8Array[],
  position: number,
): Promise<void> {
  let at = position;
  for (let rest = parts; rest.length > 0; ) {
    const { bytesWritten } = await handle.writev([...rest], at);
    at += bytesWritten;
    rest = without(rest, bytesWritten);
  }
}

/** What is left of `parts` behind their first `count` bytes. */
function without(parts: readonly Uint8Array[], count: number): readonly Uint8Array[] {
  let skip = count;
  return parts.flatMap((part) => {
    const skipped = Math.min(skip, part.length);
    skip -= skipped;
    return skipped === part.length ? [] : [part.subarray(skipped)];
  });
}
