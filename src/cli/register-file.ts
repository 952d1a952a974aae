import { createReadStream, statSync } from 'node:fs';
import { instantFromIso } from '../kernel/calendar.ts';
import { ConfigError } from '../kernel/errors.ts';
import type { RegisterFormat } from '../registers/parse-line.ts';
import { readable } from './register-common.ts';

/** What `chot register import` and `chot hub register import` share: the file of a list. */

/** In parts of 256 KB. Throws ConfigError for what is no file that can be read. */
export function openList(file: string): AsyncIterable<Uint8Array> {
  if (readable(file, () => statSync(file)).isDirectory()) {
    throw new ConfigError(`${file} is a folder: name the file of the list`);
  }
  return createReadStream(file, { highWaterMark: 262_144 });
}

/** By the file's name; '-' is CSV. */
export function formatOf(file: string): RegisterFormat {
  if (file === '-' || /\.csv$/i.test(file)) return 'csv';
  if (/\.(ndjson|jsonl)$/i.test(file)) return 'ndjson';
  throw new ConfigError(`${file}: say --format csv or --format ndjson`);
}

/** When a list was so, by its file: a list knows nothing of what came after it was written; and a clock that is behind makes nothing newer. */
export function changedAt(file: string, nowMs: number): number {
  if (file === '-') return nowMs;
  return Math.min(nowMs, Math.floor(readable(file, () => statSync(file)).mtimeMs));
}

/** `--as-of`: ISO 8601 with its offset, to milliseconds since 1970 UTC. */
export function instantOf(text: string): number {
  const ms = instantFromIso(text);
  if (ms !== null) return ms;
  throw new ConfigError(
    '--as-of: expected an instant with its offset, as 2026-11-24T06:00:00+07:00',
  );
}
