import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { CameraSettings } from '../../devices/camera/camera-settings.ts';
import { ConfigError } from '../kernel/errors.ts';
import type { CameraConfig } from './config-schema.ts';

const SOURCE_FILE_BYTES_MAX = 4_096;

/** A camera as its driver wants it. Paths are relative to `folder`, that of the configuration. */
export function cameraSettings(camera: CameraConfig, folder: string): CameraSettings {
  const { id, driver, widthPx, heightPx, framesPerS, loop, controls } = camera;
  const source = camera.source ?? sourceFrom(resolve(folder, camera.sourceFile ?? ''), id);
  const isPath = driver === 'file' || driver === 'stills';
  return {
    id,
    driver,
    source: isPath ? resolve(folder, source) : source,
    widthPx,
    heightPx,
    framesPerS,
    loop,
    controls,
  };
}

/** A private file's text for the configuration of `key`; others must not be able to read it. */
export function readSecretFile(file: string, key: string, bytesMax: number): string {
  try {
    const { mode, size } = statSync(file);
    if ((mode & 0o077) !== 0) {
      throw new ConfigError(`${key}: ${file} can be read by other users: run chmod 600 ${file}`);
    }
    if (size > bytesMax) throw new ConfigError(`${key}: ${file} is longer than ${bytesMax} bytes`);
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    const code = (error as NodeJS.ErrnoException).code;
    throw new ConfigError(`${key}: ${file} cannot be read (${code})`, { cause: error });
  }
}

function sourceFrom(file: string, id: string): string {
  const line =
    readSecretFile(file, `camera ${id}.sourceFile`, SOURCE_FILE_BYTES_MAX).split('\n', 1)[0] ?? '';
  if (line.trim() !== '') return line.trim();
  throw new ConfigError(
    `camera ${id}.sourceFile: ${file} is empty; expected a URL on its first line`,
  );
}
