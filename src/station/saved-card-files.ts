import { closeSync, constants, fstatSync, opendirSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import type { LdsFile } from '../chip/lds/files.ts';
import { type SavedFiles, savedFile } from '../chip/verify-files.ts';
import { InputError } from '../kernel/errors.ts';

/** Names looked at in one folder: a chip has at most 18 files. */
const NAMES_MAX = 1_000;

export type SavedFolder = {
  readonly files: SavedFiles;
  /** Names that are no file of a chip, and were not opened. */
  readonly passedOver: number;
};

/**
 * The files of a chip saved in a folder. Throws InputError for a folder that cannot be read, and for a file that is a link,
 * no file at all, too large, or there twice.
 */
export function readSavedFolder(folder: string): SavedFolder {
  const files = new Map<LdsFile, Uint8Array>();
  const names = namesIn(folder);
  const known = names.flatMap((name) => {
    const file = savedFile(name);
    return file === null ? [] : [{ name, file }];
  });
  for (const { name, file } of known) {
    if (files.has(file)) {
      throw new InputError(`${folder} has ${file.name} twice, also as ${name}: leave one of them`);
    }
    files.set(file, readBounded(join(folder, name), file.bytesMax));
  }
  return { files, passedOver: names.length - known.length };
}

function namesIn(folder: string): readonly string[] {
  const names: string[] = [];
  try {
    const entries = opendirSync(folder);
    try {
      for (let entry = entries.readSync(); entry !== null; entry = entries.readSync()) {
        names.push(entry.name);
        if (names.length > NAMES_MAX) {
          throw new InputError(
            `${folder} has over ${NAMES_MAX} files: give one card its own folder`,
          );
        }
      }
    } finally {
      entries.closeSync();
    }
  } catch (error) {
    throw unreadable(folder, error, 'name the folder that holds EF_SOD.bin');
  }
  return names.sort();
}

/**
 * A whole file of at most `bytesMax` bytes. Links are not followed: a folder from elsewhere must not choose what is read here.
 * Throws InputError.
 */
export function readBounded(
  path: string,
  bytesMax: number,
  links: 'refuse' | 'follow' = 'refuse',
): Uint8Array {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
  let handle: number;
  try {
    // Without waiting: a named pipe would let nobody in until somebody writes.
    handle = openSync(path, O_RDONLY | O_NONBLOCK | (links === 'refuse' ? O_NOFOLLOW : 0));
  } catch (error) {
    throw unreadable(path, error, 'give a file that this user may read');
  }
  try {
    const stat = fstatSync(handle);
    if (!stat.isFile()) throw new InputError(`${path} is no file: give the saved file itself`);
    if (stat.size > bytesMax) {
      throw new InputError(`${path} has ${stat.size} bytes: at most ${bytesMax} expected`);
    }
    const bytes = Buffer.alloc(stat.size);
    let length = 0;
    while (length < bytes.length) {
      const count = readSync(handle, bytes, length, bytes.length - length, null);
      if (count === 0) break;
      length += count;
    }
    return Uint8Array.from(bytes.subarray(0, length));
  } catch (error) {
    throw unreadable(path, error, 'give a file that this user may read');
  } finally {
    closeSync(handle);
  }
}

function unreadable(path: string, error: unknown, advice: string): Error {
  const { code } = error as NodeJS.ErrnoException;
  if (error instanceof InputError || code === undefined) return error as Error;
  if (code === 'ELOOP') return new InputError(`${path} is a link: put the file itself there`);
  return new InputError(`${path} cannot be read (${code}): ${advice}`, { cause: error });
}
