import type { Readable } from 'node:stream';
import { InputError } from '../kernel/errors.ts';

/** Shell exit codes of every command. */
export const EXIT = { done: 0, failed: 1, usage: 2, look: 3, notUnderstood: 4 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** What a command may touch of the process. `out` is for results, `tell` for people (standard error). */
export type CliIo = {
  readonly stdin: Readable;
  readonly out: (line: string) => void;
  readonly tell: (line: string) => void;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Aborts on SIGINT and SIGTERM. */
  readonly signal: AbortSignal;
  /** The command's outcome; the last one set is the process's exit code. */
  readonly exit: (code: ExitCode) => void;
};

/** Reads standard input whole, or throws InputError past `bytesMax`. */
export async function readStdin(io: CliIo, bytesMax: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of io.stdin) {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : (chunk as Uint8Array);
    length += bytes.length;
    if (length > bytesMax) {
      throw new InputError(
        `standard input is longer than ${bytesMax} bytes: give one value at a time`,
      );
    }
    parts.push(bytes);
  }
  return Buffer.concat(parts);
}
