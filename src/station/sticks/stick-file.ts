import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { ConfigError, InputError } from '../../kernel/errors.ts';
import type { BundleSource } from '../../sync/bundle/open-bundle.ts';

/** A file of a stick, read where it is asked for. */
export type StickFile = BundleSource & { readonly close: () => void };

/** Null when there is none. Throws InputError for whatever is no plain file, ConfigError when the stick gives nothing. */
export function openStickFile(path: string): StickFile | null {
  let handle: number;
  try {
    // A link may lead anywhere, and a pipe would keep us waiting for ever.
    handle = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT') return null;
    if (code === 'ELOOP') throw notPlain(path);
    throw new ConfigError(`${path} cannot be read (${code}): look at the stick, put it in again`, {
      cause,
    });
  }
  const stat = fstatSync(handle);
  if (!stat.isFile()) {
    closeSync(handle);
    throw notPlain(path);
  }
  return {
    bytes: stat.size,
    read: (at, length) => readAt(handle, at, Math.min(length, Math.max(0, stat.size - at)), path),
    close: () => closeSync(handle),
  };
}

/** The file whole, or null when it is longer than `bytesMax`, is no plain file, or is not there. */
export function readStickFile(path: string, bytesMax: number): Uint8Array | null {
  const file = openPlain(path);
  if (file === null) return null;
  try {
    return file.bytes > bytesMax ? null : file.read(0, file.bytes);
  } finally {
    file.close();
  }
}

function openPlain(path: string): StickFile | null {
  try {
    return openStickFile(path);
  } catch (error) {
    if (error instanceof InputError) return null;
    throw error;
  }
}

function readAt(handle: number, at: number, length: number, path: string): Uint8Array {
  const bytes = Buffer.alloc(length);
  try {
    for (let done = 0; done < length; ) {
      const count = readSync(handle, bytes, done, length - done, at + done);
      if (count === 0) return bytes.subarray(0, done);
      done += count;
    }
    return bytes;
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new ConfigError(
      `${path} cannot be read (${code}): the stick is broken or was taken out`,
      {
        cause,
      },
    );
  }
}

function notPlain(path: string): InputError {
  return new InputError(`${path}: expected a plain file, came a link, folder or device`);
}
