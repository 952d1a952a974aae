import { join } from 'node:path';
import { makeFolder } from '../kernel/make-folder.ts';
import { SIGNATURE_COLUMNS, SIGNATURE_ROWS } from '../vision/frame-signature.ts';
import type { LongView } from '../vision/long-view.ts';
import { readIfThere, replaceFile } from './durable-file.ts';

const CELLS = SIGNATURE_COLUMNS * SIGNATURE_ROWS;
const VERSION = 1;

/**
 * How each camera's view looks over hours, kept so that one which was moved while the station was off is found out:
 * 576 bytes in which nobody can be told (src/vision/long-view.ts), and no frame.
 */
export class CameraViews {
  readonly #folder: string;

  constructor(dataFolder: string) {
    this.#folder = join(dataFolder, 'cameras');
  }

  /** Null where there is none, and for a file that is not one: the view is learned anew. */
  read(camera: string): LongView | null {
    try {
      return parse(readIfThere(this.#file(camera)) ?? '');
    } catch {
      return null;
    }
  }

  /** Throws what the file system says. */
  write(camera: string, { relief, sharpness, seenMs }: LongView): void {
    makeFolder(this.#folder);
    const bytes = Int8Array.from(relief, (level) =>
      Math.max(-128, Math.min(127, Math.round(level))),
    );
    const view = Buffer.from(bytes.buffer).toString('base64');
    replaceFile(
      this.#file(camera),
      `${JSON.stringify({ version: VERSION, view, sharpness, seenMs: Math.round(seenMs) })}\n`,
    );
  }

  #file(camera: string): string {
    return join(this.#folder, `${camera}.json`);
  }
}

function parse(text: string): LongView | null {
  const kept = JSON.parse(text) as Readonly<Record<string, unknown>>;
  const { version, view, sharpness, seenMs } = kept;
  if (version !== VERSION || typeof view !== 'string' || !isAmount(seenMs)) return null;
  if (sharpness !== null && !isAmount(sharpness)) return null;
  const bytes = Buffer.from(view, 'base64');
  if (bytes.length !== CELLS) return null;
  return { relief: Float32Array.from(new Int8Array(bytes)), sharpness, seenMs, settling: null };
}

function isAmount(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}
